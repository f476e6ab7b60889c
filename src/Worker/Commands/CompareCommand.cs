using System.Diagnostics.CodeAnalysis;
using Ingestion.Records;
using Ingestion.Upstream;
using Worker.Comparing;

namespace Worker.Commands;

/// <summary><c>compare</c>: the same work by several strategies, side by side.</summary>
internal static class CompareCommand
{
    private const int DefaultRepeat = 3;
    private const int MaxRepeat = 100;

    private const string Notes = $$"""
        Examples:
          ingestion-worker compare --ids 1-10 --delay 2s --repeat 1 --strategies Sequential,ThreadPerItem:0,ThreadPool:5,EventLoop:0,Async:0
          ingestion-worker compare --ids 1-200 --strategies all --dop 16 --report report.html --json comparison.json
          ingestion-worker compare --ids 1-200 --strategies Async:4,Async:16,Async:64

        --strategies takes all, or names with commas; a number behind a name is its own degree of parallelism, 0 = no cap. Sequential always has 1, ThreadPool and
        Pipeline need 1 at least. Times are compared with Sequential, or with the first one named when it is not among them.

        Every measurement is a process of its own, warmed up with the first 50 IDs, against an empty schema of its own, ingestion_compare_…, which is dropped
        afterwards; so the database user needs the right to create schemas. The tables of the worker are neither read nor written. The upstream is asked for
        everything once per strategy and round. Each run is recorded for its picture, whether a report is wanted or not.

        Ctrl-C or SIGTERM ends it within seconds, and cleans up; files are written only at the end.

        Exit codes:
          0   everything was measured, nothing failed
          2   everything was measured, some items failed
        {{ExitCodes.Tail}}
        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        ParsedOption<IReadOnlyList<StrategySpec>> strategies = new("--strategies", StrategySpec.ParseList)
        {
            Description = "all, or names with commas, each with its own degree of parallelism if need be: Sequential,ThreadPool:5,Async:0.",
            HelpName = "names",
            DefaultValueFactory = _ => StrategySpec.ParseList(StrategySpec.All),
        };
        Option<int> repeat = Repeat(DefaultRepeat);
        ParsedOption<Uri> jaeger = new("--jaeger-url", WebAddress) { Description = "Where Jaeger is, to link the traces, such as http://localhost:16686.", HelpName = "url" };
        Option<string?> report = FileOptions.Create("--report", "Write a report with a picture of each run to this file, as HTML.");
        Option<string?> json = FileOptions.Create("--json", "Write all figures to this file, as JSON.");
        Command command = new("compare", "Run the same IDs through several strategies and compare what they took.")
        {
            RunCommand.Ids(), RunCommand.Source(), strategies, RunCommand.Degree(), RunCommand.Delay(), RunCommand.Upstream(), RunCommand.Resource(), repeat, report, json, jaeger,
        };
        command.SetAction((parsed, _) => MeasureAsync(
            settings,
            (ingestion, upstream, common, transform, services, stop) => new ComparisonSession(
                new ComparisonPlan(
                    Contender.From(parsed.GetValue(strategies)!, ingestion.DegreeOfParallelism), parsed.GetValue(repeat), common, ingestion, transform, upstream.BaseAddress,
                    parsed.GetValue(jaeger), parsed.GetValue(report), parsed.GetValue(json)),
                services.GetRequiredService<IScratchSchemas>()).RunAsync(stop)));
        return (command, Notes);
    }

    public static Option<int> Repeat(int usual) => new ParsedOption<int>("--repeat", text => (int)SettingOption.WholeNumber(text, 1, MaxRepeat))
    {
        Description = $"How many rounds, 1 to {MaxRepeat}; figures are medians.",
        HelpName = "number",
        DefaultValueFactory = _ => usual,
    };

    /// <summary>Checks the settings that all measurements have in common, and makes them.</summary>
    public static Task<int> MeasureAsync(
        Dictionary<string, string?> settings,
        Func<IngestionOptions, UpstreamOptions, IReadOnlyDictionary<string, string?>, TransformOptions, IServiceProvider, CancellationToken, Task<int>> measure)
    {
        Dictionary<string, string?> common = MeasurementSettings.Common(settings);
        // The one that is configured is none of those to be measured, and must not be what is wrong.
        common["Ingestion:Strategy"] = Contender.Yardstick;
        return WorkerHost.AskAsync(common, (services, stop) =>
        {
            IngestionOptions ingestion = Get<IngestionOptions>(services);
            if (ingestion.Source.ToUpperInvariant() is not ("IDS" or "CATALOG"))
                throw new IngestionConfigurationException($"Ingestion:Source is '{ingestion.Source}', but measurements need integers that are the same each time: Ids or Catalog");
            return measure(ingestion, Get<UpstreamOptions>(services), common, Get<TransformOptions>(services), services, stop);
        });
    }

    private static T Get<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(IServiceProvider services)
        where T : class => services.GetRequiredService<IOptions<T>>().Value;

    private static Uri WebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
            ? address
            : throw new FormatException($"'{Settings.WithoutCredentials(text)}' is not an absolute http or https URL, such as http://localhost:16686");
}
