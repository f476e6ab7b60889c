using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Ingestion.Characters;
using Ingestion.Concurrency;
using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Worker.Hosting;

namespace Worker.EndToEndTests.Units;

/// <summary>The pages say what the code does.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public void The_configuration_table_lists_every_setting_with_its_default()
    {
        (string Key, string Default)[] documented =
        [
            .. TableRow().Matches(Read("README.md"))
                .Select(match => (match.Groups["key"].Value, match.Groups["default"].Value.Trim('`', ' ')))
                .Where(row => row.Item1 != "ConnectionStrings:Postgres"),
        ];
        IEnumerable<SettingDescription> settings =
        [
            .. Settings.Describe<UpstreamOptions>(UpstreamOptions.Section),
            .. Settings.Describe<IngestionOptions>(IngestionOptions.Section),
            .. Settings.Describe<TransformOptions>(TransformOptions.Section),
            .. Settings.Describe<TracingOptions>(TracingOptions.Section),
            .. Settings.Describe<StorageOptions>(StorageOptions.Section),
            .. Settings.Describe<HealthOptions>(HealthOptions.Section),
        ];

        Assert.Equal(settings.Select(setting => (setting.Key, setting.Default)), documented);
    }

    [Fact]
    public void The_reload_table_lists_the_settings_that_follow_one()
    {
        IConfiguration none = new ConfigurationBuilder().Build();
        IEnumerable<SettingState> settings = [.. ConfigurationRules.Read(none), .. Settings.Read<HealthOptions>(none, HealthOptions.Section)];

        Assert.Equal(
            settings.Where(setting => setting.FollowsReload).Select(setting => setting.Key).Order(StringComparer.Ordinal),
            ReloadRow().Matches(Read("docs/operations.md")).Select(match => match.Groups["key"].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_strategy_has_its_row_in_the_readme() =>
        Assert.All(StrategyCatalog.All, strategy => Assert.Contains($"| `{strategy.Name}` |", Read("README.md"), StringComparison.Ordinal));

    [Fact]
    public void Every_span_and_every_attribute_is_documented()
    {
        string page = Read("docs/telemetry.md");
        IEnumerable<string> names = Constants(typeof(TagNames))
            .Concat(Constants(typeof(IngestionActivity)).Where(name => name != IngestionActivity.SourceName));

        Assert.All(names, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_metric_is_documented_with_its_kind_and_unit_and_no_other_is()
    {
        List<string> instruments = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == IngestionActivity.SourceName)
                    instruments.Add($"| `{instrument.Name}` | {Kind(instrument)} | `{instrument.Unit}` |");
            },
        };
        listener.Start();
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _ = new IngestionMetrics(services.GetRequiredService<IMeterFactory>());

        string[] documented = [.. Read("docs/telemetry.md").Split('\n').Where(line => line.StartsWith("| `ingestion.", StringComparison.Ordinal) && line.Count(c => c == '|') == 5)];

        Assert.Equal(
            instruments.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            documented.Select(line => line[..(line.LastIndexOf('|', line.Length - 2) + 1)]).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\| `(?<key>(?:ConnectionStrings|Upstream|Ingestion|Transform|Tracing|Storage|Health):\w+)` \| (?<default>[^|]+) \|", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"^\| `(?<key>\w+:\w+)` \| (?:at once|when )", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex ReloadRow();

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" => "counter",
        "Histogram" => "histogram",
        "ObservableGauge" => "gauge",
        string other => other,
    };

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!);

    private static string Read(string relative, [CallerFilePath] string thisFile = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", relative));
}
