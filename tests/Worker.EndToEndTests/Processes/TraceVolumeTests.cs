using System.Globalization;
using System.Text.RegularExpressions;
using Ingestion.Concurrency;
using TestSupport.Otlp;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>What is exported is whole, accepted in full and small enough to be read, however fast or however badly a run goes.</summary>
public sealed partial class TraceVolumeTests(PostgresServer postgres)
{
    private const int MaxSpansPerTrace = 1_000;

    public static TheoryData<string> Strategies => [.. StrategyDegrees.All.Select(strategy => strategy.Strategy)];

    private static readonly (string, string?) KeepAll = ("Tracing__MaxTracesPerSecond", "100000");

    [Theory]
    [InlineData("Async")]
    [InlineData("Pipeline")]
    public async Task A_fast_run_with_the_default_sampler_drops_nothing_and_says_what_it_kept(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 20_000 });

        ProcessResult result = await stage.RunAsync($"run --ids 1-20000 --dop 64 --strategy {strategy} --summary {stage.SummaryFile}");

        Assert.True(result.ExitCode == 0, result.StandardError);
        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        AssertWhole(spans);
        Assert.Equal((20_000, spans.Count, 0), (
            stage.ReadSummary().GetProperty("ingested").GetInt32(),
            stage.ReadSummary().GetProperty("spansExported").GetInt32(),
            stage.ReadSummary().GetProperty("spansDropped").GetInt32()));

        Match kept = TracesKept().Match(result.StandardOutput);
        Assert.Equal(Roots(spans).Count(), Number(kept.Groups["kept"]));

        // 100 attempts a trace, and the run's own; a trace that took a minute would have been cut short.
        Assert.InRange(kept.Groups["all"].Success ? Number(kept.Groups["all"]) : Number(kept.Groups["kept"]), 201, 400);

        // Each root that is kept has all of its attempts, but for those that repeat: none here.
        Assert.All(Roots(spans).Where(root => root.Name == $"ingest {strategy}"), root =>
            Assert.Equal(root.Number("ingestion.items"), spans.Count(span => span.Name == "process character" && span.TraceId == root.TraceId)));
        Assert.DoesNotContain("left out", result.StandardOutput, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task Every_trace_that_is_kept_holds_its_attempts_and_no_request_is_outside_of_a_fetch(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 6_000, Latency = TimeSpan.FromMilliseconds(10) });
        int items = strategy == "Sequential" ? 600 : 6_000;

        ProcessResult result = await stage.RunAsync($"run --ids 1-{items} --dop 64 --strategy {strategy}", ("Tracing__MaxTracesPerSecond", "5"));

        Assert.True(result.ExitCode == 0, result.StandardError);
        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        AssertWhole(spans);
        ReceivedSpan[] roots = [.. Roots(spans).Where(root => root.Name == $"ingest {strategy}")];
        Assert.NotEmpty(roots);
        Assert.All(roots, root => Assert.Equal(100, spans.Count(span => span.Name == "process character" && span.TraceId == root.TraceId)));
        Assert.Equal(
            spans.Named("fetch").Select(fetch => fetch.SpanId).Order(StringComparer.Ordinal),
            spans.Where(span => span.ScopeName == "System.Net.Http").Select(request => request.ParentSpanId).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ThreadPool")]
    [InlineData("Async")]
    [InlineData("Sequential")]
    public async Task With_a_delay_and_a_retry_for_every_item_a_trace_stays_readable(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("1-300:500") });

        ProcessResult result = await stage.RunAsync(
            $"run --ids 1-300 --strategy {strategy} --delay 1ms --Upstream:RetryRatio=1 --summary {stage.SummaryFile}", KeepAll);

        Assert.True(result.ExitCode == 0, result.StandardError);
        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        AssertWhole(spans);
        Assert.Equal(600, spans.Named("process character").Count);
        Assert.Equal(300, stage.ReadSummary().GetProperty("retries").GetInt32());
        Assert.DoesNotContain("left out", result.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spans_beyond_what_a_trace_may_have_are_left_out_with_all_below_them_and_the_summary_says_so()
    {
        // Four requests for each item, and a commit.
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("1-150:redirect-here,redirect-here,redirect-here") });

        ProcessResult result = await stage.RunAsync("run --ids 1-150 --strategy Sequential --delay 1ms", KeepAll);

        Assert.Equal(0, result.ExitCode);
        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        AssertWhole(spans);
        Assert.Equal(MaxSpansPerTrace, spans.GroupBy(span => span.TraceId).Max(trace => trace.Count()));
        Assert.Matches("left out", result.StandardOutput);
    }

    [Theory]
    [InlineData("ThreadPool")]
    [InlineData("EventLoop")]
    [InlineData("Pipeline")]
    public async Task A_run_whose_items_are_given_up_leaves_no_span_without_its_parent(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await using WorkerProcess worker = stage.Start(
            $"run --ids 1-100 --dop 8 --delay 10m --strategy {strategy}", ("Ingestion__ShutdownTimeout", "01:00:00"));
        await stage.Collector.WaitUntilAsync(collector => collector.Spans.Named("fetch").Count == 8).WaitAsync(TimeSpan.FromMinutes(1));

        worker.Send(Signal.Terminate);
        await worker.WaitForOutputAsync(line => line.Contains("a second signal aborts them", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(3, result.ExitCode);
        AssertWhole(stage.Collector.Spans);
        Assert.Equal(8, stage.Collector.Spans.Named("process character").Count);
    }

    [GeneratedRegex(@"traces kept\s+(?<kept>[\d,]+)(?: of (?<all>[\d,]+))?", RegexOptions.NonBacktracking)]
    private static partial Regex TracesKept();

    private static int Number(Group group) => int.Parse(group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static IEnumerable<ReceivedSpan> Roots(IEnumerable<ReceivedSpan> spans) => spans.Where(span => string.IsNullOrEmpty(span.ParentSpanId));

    private static void AssertWhole(IReadOnlyList<ReceivedSpan> spans)
    {
        HashSet<(string, string)> known = [.. spans.Select(span => (span.TraceId, span.SpanId))];
        Assert.Equal(spans.Count, known.Count);
        Assert.DoesNotContain(spans, span => !string.IsNullOrEmpty(span.ParentSpanId) && !known.Contains((span.TraceId, span.ParentSpanId!)));
        Assert.All(spans.GroupBy(span => span.TraceId), trace =>
        {
            Assert.Single(Roots(trace));
            Assert.InRange(trace.Count(), 1, MaxSpansPerTrace);
        });
    }
}
