using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Ingestion.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Worker.Hosting;

namespace Worker.Tests;

/// <summary>docs/telemetry.md and docs/logs.md list what the code emits: all of it, and nothing else.</summary>
public sealed partial class TelemetryPageTests
{
    private const string Page = "docs/telemetry.md";
    private const string Logs = "docs/logs.md";

    [Fact]
    public void The_page_lists_every_span() => AssertSame(
        Constants(typeof(IngestionActivity)).Where(name => name != IngestionActivity.SourceName).Append(IngestionActivity.Root("{strategy}")).Append(IngestionActivity.Process("{item}")).Append(IngestionActivity.Publish("{queue}")),
        Repository.Table(Page, "Spans").SelectMany(row => Names(row[0])));

    [Fact]
    public void The_page_lists_every_attribute_and_says_on_which_spans_it_is()
    {
        string[][] rows = Repository.Table(Page, "Attributes");
        HashSet<string> spans = [.. Repository.Table(Page, "Spans").SelectMany(row => Names(row[0]))];

        AssertSame(Constants(typeof(TagNames)), rows.SelectMany(row => Names(row[0])));
        Assert.All(rows.SelectMany(row => Names(row[1])), span => Assert.Contains(span, spans));
    }

    [Fact]
    public void The_page_lists_every_metric_with_its_kind_and_unit() => AssertSame(
        Instruments().Select(instrument => $"`{instrument.Name}` {Kind(instrument)} `{instrument.Unit}`"),
        Repository.Table(Page, "Metrics").Select(row => $"{row[0]} {row[1]} {row[2]}"));

    [Fact]
    public void The_page_lists_every_log_event_with_its_level_and_message() => AssertSame(
        LogEvents().Select(log => $"{log.EventId} {log.Level} `{log.Message}`"),
        Repository.Table(Logs, "Events").Select(row => $"{row[0]} {row[1]} {row[2]}"));

    [Fact]
    public void Every_log_event_has_an_id_of_its_own_and_says_what_to_do()
    {
        Assert.Empty(LogEvents().GroupBy(log => log.EventId).Where(events => events.Count() > 1).Select(events => events.Key));
        Assert.All(Repository.Table(Logs, "Events"), row => Assert.False(string.IsNullOrWhiteSpace(row[3])));
    }

    [Theory]
    [InlineData(Page)]
    [InlineData(Logs)]
    [InlineData("docs/traces.md")]
    [InlineData("docs/metrics.md")]
    [InlineData("docs/watch.md")]
    [InlineData("docs/operate.md")]
    [InlineData("docs/troubleshoot.md")]
    [InlineData("deploy/jaeger/README.md")]
    [InlineData("deploy/prometheus/README.md")]
    public void No_page_names_an_attribute_or_a_metric_that_does_not_exist(string page)
    {
        HashSet<string> known = [.. Constants(typeof(TagNames)), .. Instruments().Select(instrument => instrument.Name)];

        Assert.All(OwnName().Matches(Repository.Read(page)).Select(match => match.Groups["name"].Value), name => Assert.Contains(name, known));
    }

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.NonBacktracking)]
    private static partial Regex Code();

    [GeneratedRegex(@"[`""(](?<name>ingestion\.[a-z_.]*[a-z])[`""={]", RegexOptions.NonBacktracking)]
    private static partial Regex OwnName();

    private static IEnumerable<string> Names(string cell) => Code().Matches(cell).Select(match => match.Groups["name"].Value);

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> documented) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));

    private static List<Instrument> Instruments()
    {
        List<Instrument> instruments = [];
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters))
                    instruments.Add(instrument);
            },
        };
        listener.Start();
        _ = new IngestionMetrics(meters);
        _ = new LostLines(meters, NullLogger<LostLines>.Instance);
        return instruments;
    }

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "Histogram" => "histogram",
        "ObservableGauge" => "gauge",
        string other => other,
    };

    private static IEnumerable<LoggerMessageAttribute> LogEvents() =>
        new[] { typeof(IngestionActivity).Assembly, typeof(WorkerHost).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>();

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!);
}
