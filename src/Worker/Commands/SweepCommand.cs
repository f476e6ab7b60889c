using Ingestion.Concurrency;
using Worker.Comparing;
using Worker.Comparing.Scaling;

namespace Worker.Commands;

/// <summary><c>sweep</c>: how strategies scale with the degree of parallelism, and which degree to take.</summary>
internal static class SweepCommand
{
    private const int DefaultRepeat = 3;

    /// <summary>With fewer items a slot, a measurement is mostly its own beginning and end.</summary>
    private const int LeastItemsPerSlot = 4;

    private const string Notes = $$"""
        Examples:
          ingestion-worker sweep --ids 1-2000 --strategies Async,Pipeline,ThreadPool --dop 1..256 --report sweep.html
          ingestion-worker sweep --ids 1-400 --strategies Async --dop 1..64 --repeat 5 --json sweep.json

        It measures the items per second at the powers of two in the range, then at some degrees around the knee. It stops a strategy early when more slots only make it
        slower, and repeats everything in rounds. It fits the Universal Scalability Law, X(N) = λN / (1 + σ(N-1) + κN(N-1)), to the rates, and names the degree that
        reaches 95 % of the best. It says nothing about degrees that were not measured. Where the law does not fit, it says so, and only the measured rates decide.

        Sequential and Adaptive are not swept: Sequential always has 1, and Adaptive finds its degree itself. Everything else is as in ingestion-worker compare --help: each
        measurement is a separate process with an empty schema, and fetches everything again.

        Exit codes:
          0   everything was measured, nothing failed
          2   everything was measured, some items failed
        {{ExitCodes.Tail}}
        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        ParsedOption<IReadOnlyList<string>> strategies = new("--strategies", Parse) { Description = "all, or names separated by commas, such as Async,Pipeline,ThreadPool.", HelpName = "names", DefaultValueFactory = _ => ["Async"] };
        ParsedOption<DegreeRange> degrees = new("--dop", DegreeRange.Parse) { Description = "Range of degrees of parallelism, such as 1..64.", HelpName = "range", DefaultValueFactory = _ => DegreeRange.Default };
        Option<int> repeat = CompareCommand.Repeat(DefaultRepeat);
        Option<string?> report = FileOptions.Create("--report", "Write a report with the curves to this file, as HTML.");
        Option<string?> json = FileOptions.Create("--json", "Write all figures to this file, as JSON.");
        Command command = new("sweep", "Measure how strategies scale, and which degree of parallelism to use.")
        {
            RunCommand.Ids(), RunCommand.Source("Ids or Catalog"), strategies, degrees, RunCommand.Delay(), RunCommand.Upstream(), RunCommand.Resource(), repeat, report, json,
        };
        command.SetAction((parsed, _) => CompareCommand.MeasureAsync(
            settings,
            (ingestion, upstream, common, transform, services, stop) =>
            {
                IReadOnlyList<string> names = parsed.GetValue(strategies)!;
                ComparisonPlan measuring = new(
                    Contenders: [], parsed.GetValue(repeat), common, ingestion, transform, upstream.BaseAddress, Jaeger: null, parsed.GetValue(report), parsed.GetValue(json));
                return new SweepSession(
                    new SweepPlan(measuring, names, Enough(parsed.GetValue(degrees), ingestion.Ids, ingestion.Source), upstream.RequestsPerSecond, upstream.IdsPerRequest),
                    services.GetRequiredService<IScratchSchemas>()).RunAsync(stop);
            }));
        return (command, Notes);
    }

    private static IReadOnlyList<string> Parse(string text)
    {
        IReadOnlyList<StrategySpec> specs = StrategySpec.ParseList(text);
        if (specs.FirstOrDefault(spec => spec.Degree is not null) is { } own)
            throw new FormatException($"{own} has its own degree, but a sweep tries many: leave it out, and give the range with --dop");
        StrategyDegrees[] swept = [.. specs.Select(spec => spec.Strategy).Where(strategy => strategy.Fixed is null && strategy.Strategy != "Adaptive")];
        return swept.Length == specs.Count || string.Equals(text.Trim(), StrategySpec.All, StringComparison.OrdinalIgnoreCase)
            ? [.. swept.Select(strategy => strategy.Strategy)]
            : throw new FormatException("Sequential always has a degree of 1, and Adaptive finds its degree itself: neither can be swept");
    }

    /// <summary>The degrees of the range that these IDs can keep busy.</summary>
    private static IReadOnlyList<int> Enough(DegreeRange range, string ids, string source)
    {
        if (!string.Equals(source, "Ids", StringComparison.OrdinalIgnoreCase) || !IdRanges.TryParse(ids, out IdRanges? parsed, out _) || parsed.Count >= (long)LeastItemsPerSlot * range.High)
            return range.Degrees();

        int most = (int)(parsed.Count / LeastItemsPerSlot);
        throw new CommandLineException(
            $"{Reports.Quantity.Of(parsed.Count, "ID")} cannot keep {range.High} slots busy for long enough to measure: at least {LeastItemsPerSlot} a slot are needed. "
            + (most >= range.Low + ScalabilityFit.MinDegrees ? $"Take --dop {range.Low}..{most}, or more IDs" : $"Take {Reports.Quantity.Of((long)LeastItemsPerSlot * range.High)} IDs or more"));
    }
}
