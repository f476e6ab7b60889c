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

        A number after the name of a strategy is its degree of parallelism, 0 = no cap; the others have that of --dop. Sequential always has 1. ThreadPool and Pipeline need
        at least 1. Times are compared with Sequential, or with the first strategy when Sequential is not among them.

        Each measurement is a separate process, warmed up with the first 50 IDs. It uses an empty schema, ingestion_compare_…, which is dropped afterwards, so the database
        user must be allowed to create schemas. The tables of the worker are neither read nor written. Each strategy fetches everything once per round. Each run is recorded
        for its picture, with or without --report.

        Ctrl-C or SIGTERM ends it within seconds and drops the schemas. Files are written only at the end.

        Exit codes:
          0   everything was measured, nothing failed
          2   everything was measured, some items failed
        {{ExitCodes.Tail}}
        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        ParsedOption<IReadOnlyList<StrategySpec>> strategies = new("--strategies", StrategySpec.ParseList)
        {
            Description = "Names separated by commas, each with a degree of parallelism where you want one, such as Sequential,ThreadPool:5,Async:0. Default all.",
            HelpName = "names",
        };
        Option<int> repeat = Repeat(DefaultRepeat);
        ParsedOption<Uri> jaeger = new("--jaeger-url", WebAddress) { Description = "Address of Jaeger, for links to the traces, such as http://localhost:16686.", HelpName = "url" };
        Option<string?> report = FileOptions.Create("--report", "Write a report with a picture of each run to this file, as HTML.");
        Option<string?> json = FileOptions.Create("--json", "Write all figures to this file, as JSON.");
        Command command = new("compare", "Run the same IDs with several strategies and compare their times.")
        {
            RunCommand.Ids(), RunCommand.Source("Ids or Catalog"), strategies, RunCommand.Degree(), RunCommand.Delay(), RunCommand.Upstream(), RunCommand.Resource(), repeat, report, json, jaeger,
        };
        command.SetAction((parsed, _) => MeasureAsync(
            settings,
            (ingestion, upstream, common, transform, services, stop) => new ComparisonSession(
                new ComparisonPlan(
                    Contender.From(parsed.GetValue(strategies) ?? StrategySpec.ParseList(StrategySpec.All), ingestion.DegreeOfParallelism), parsed.GetValue(repeat), common, ingestion, transform, upstream.BaseAddress,
                    parsed.GetValue(jaeger), parsed.GetValue(report), parsed.GetValue(json)),
                services.GetRequiredService<IScratchSchemas>()).RunAsync(stop)));
        return (command, Notes);
    }

    public static Option<int> Repeat(int usual) => new ParsedOption<int>("--repeat", text => (int)SettingOption.WholeNumber(text, 1, MaxRepeat))
    {
        Description = $"Rounds to measure, 1 to {MaxRepeat}. Figures are medians.",
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
