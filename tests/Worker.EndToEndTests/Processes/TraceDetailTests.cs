using System.Text.Json;
using Ingestion.Concurrency;
using TestSupport.Otlp;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>With <c>Tracing:Detail</c> <c>Items</c>, a trace is a root and a bar for each attempt, whatever other sources of spans there are.</summary>
public sealed class TraceDetailTests(PostgresServer postgres)
{
    private static readonly (string, string?) Items = ("Tracing__Detail", "items"), KeepAll = ("Tracing__MaxTracesPerSecond", "100000");

    public static TheoryData<string> Strategies => [.. StrategyDegrees.All.Select(strategy => strategy.Strategy)];

    [Theory, MemberData(nameof(Strategies))]
    public async Task An_attempt_is_one_span_with_what_the_others_would_have_said(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 12, Latency = TimeSpan.FromMilliseconds(20), Faults = FaultPlan.Parse("3:500") });

        // Everything that starts a span by itself would be seen, as a root too.
        await stage.IngestAsync(
            $"--ids 1-13 --dop 4 --delay 10ms --strategy {strategy} --Transform:FingerprintIterations=1000", environment: [Items, ("OTEL_TRACES_SAMPLER", "always_on")]);

        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        Assert.Equal(["ingest " + strategy, "process character", "run finished", "run started"], spans.Select(span => span.Name).Distinct().Order(StringComparer.Ordinal));
        ReceivedSpan root = Assert.Single(spans.Named("ingest " + strategy));
        IReadOnlyList<ReceivedSpan> attempts = spans.Named("process character");
        Assert.Equal(14, attempts.Count);
        Assert.All(attempts, attempt => Assert.Equal((root.TraceId, root.SpanId), (attempt.TraceId, attempt.ParentSpanId)));

        foreach (ReceivedSpan attempt in attempts)
        {
            int expected = attempt.Number("ingestion.item.id") == 13 ? 404 : attempt.Number("ingestion.item.id") == 3 && attempt.Number("ingestion.attempt") == 1 ? 500 : 200;
            Assert.Equal((expected, expected == 500 ? SpanStatus.Error : SpanStatus.Unset), (attempt.Number("http.response.status_code"), attempt.Status));
            Assert.Equal(expected == 500 ? "ServerError" : null, attempt.Attributes.GetValueOrDefault("error.type"));
            Assert.InRange(Seconds(attempt, "fetch"), 0.010, (attempt.End - attempt.Start).TotalSeconds);
            Assert.InRange(Seconds(attempt, "delay"), 0.005, (attempt.End - attempt.Start).TotalSeconds);
            Assert.Equal(expected == 200, attempt.Attributes.ContainsKey("ingestion.stage.transform"));
            Assert.Equal(expected != 500, attempt.Attributes.ContainsKey("ingestion.stage.persist"));
            Assert.InRange(((string[])["gate", "fetch", "delay", "transform", "persist"]).Sum(name => Seconds(attempt, name)), 0, (attempt.End - attempt.Start).TotalSeconds);
        }
    }

    [Fact]
    public async Task Items_that_share_a_request_have_its_times_and_link_to_the_attempt_that_made_it()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });

        await stage.IngestAsync("--ids 1-10 --Upstream:IdsPerRequest=5", environment: Items);

        IReadOnlyList<ReceivedSpan> attempts = stage.Collector.Spans.Named("process character");
        ReceivedSpan[] first = [.. attempts.Where(attempt => attempt.Links.Count == 0)];
        Assert.Equal(stage.Upstream.Statistics.TotalRequests, first.Length);
        Assert.Equal(10, first.Sum(attempt => attempt.Attributes.ContainsKey("ingestion.request.items") ? attempt.Number("ingestion.request.items") : 1));
        Assert.All(attempts.Except(first), attempt => Assert.Contains(Assert.Single(attempt.Links).SpanId, first.Select(other => other.SpanId)));
        Assert.All(attempts, attempt => Assert.Equal((200, true, true), (attempt.Number("http.response.status_code"), Seconds(attempt, "fetch") > 0.010, Seconds(attempt, "persist") > 0)));
    }

    [Fact]
    public async Task A_thousand_spans_hold_999_items()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 1_000 });

        JsonElement summary = await stage.IngestAsync("--ids 1-1000 --dop 64 --strategy Pipeline", environment: [Items, KeepAll, ("Tracing__ItemsPerTrace", "999")]);

        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        Assert.Equal([1_000, 2, 2], spans.GroupBy(span => span.TraceId).Select(trace => trace.Count()).OrderDescending());
        Assert.Equal(spans.Count, summary.GetProperty("spansExported").GetInt64());
    }

    [Fact]
    public async Task The_summary_and_the_report_lead_to_the_traces_of_the_run_that_were_kept()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string report = stage.WriteFile("report.html", "");

        ProcessResult result = await stage.RunAsync(
            $"run --ids 1-30 --dop 1 --summary {stage.SummaryFile} --report {report}", Items, ("Tracing__ItemsPerTrace", "10"), ("Tracing__MaxTracesPerSecond", "2"),
            ("Tracing__SlowItem", "00:00:00.000001"), ("Tracing__Viewer", "http://localhost:1/{traceId}"), ("OTEL_SERVICE_NAME", "somebody"));

        Assert.True(result.ExitCode == 0, result.StandardError);
        string[] kept = [.. stage.Collector.Spans.Named("ingest Async").OrderBy(root => root.StartNanoseconds).Select(root => root.TraceId)];
        Assert.InRange(kept.Length, 1, 2);
        Assert.Matches($"traces at +http://localhost:1/{kept[0]}", result.StandardOutput);
        Assert.Equal("http://localhost:1/" + kept[0], stage.ReadSummary().GetProperty("traces").GetString());
        Assert.Equal(10, stage.ReadSummary().GetProperty("slowest").GetArrayLength());
        Assert.All(stage.Collector.Spans.Named("process character"), attempt => Assert.Equal(true, attempt.Attributes["ingestion.slow"]));
        string page = await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken);
        Assert.Contains($"\"traces\":[{string.Join(',', kept.Select(trace => $"\"{trace}\""))}]", page, StringComparison.Ordinal);
        Assert.Contains("\"traceLink\":\"http://localhost:1/{traceId}\"", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Stages", null, true)]
    [InlineData("Items", null, true)]
    [InlineData("Stages", "always_off", false)]
    public async Task Histograms_have_exemplars_that_lead_to_the_trace(string detail, string? filter, bool isExpected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        await stage.IngestAsync("--ids 1-20 --delay 1ms", environment: [("Tracing__Detail", detail), ("OTEL_METRICS_EXEMPLAR_FILTER", filter)]);

        string trace = Assert.Single(stage.Collector.Spans.Named("ingest Async")).TraceId;
        ReceivedPoint[] points = [.. stage.Collector.Metrics.Where(metric => metric.Name is "ingestion.item.duration" or "ingestion.stage.duration").SelectMany(metric => metric.Points)];
        foreach (string? name in (string?[])[null, "fetch", "delay", "transform", "persist"])
            Assert.Equal(isExpected, points.Where(point => (string?)point.Attributes.GetValueOrDefault("stage") == name).Any(point => point.ExemplarTraces.Contains(trace)));
        Assert.All(points, point => Assert.All(point.ExemplarTraces, other => Assert.Equal(trace, other)));
    }

    [Fact]
    public async Task The_log_of_a_failed_item_and_that_of_a_closed_gate_are_there_and_name_the_trace()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("2:429@1;5:*html") });

        await stage.IngestAsync("--ids 1-6 --dop 1", exitCode: 2, environment: Items);

        string trace = Assert.Single(stage.Collector.Spans.Named("ingest Async")).TraceId;
        foreach (string message in (string[])["Item 5 failed after", "The upstream gate is closed"])
            Assert.Equal(trace, stage.Collector.Logs.First(log => Text(log).StartsWith(message, StringComparison.Ordinal)).TraceId);
    }

    private static string Text(ReceivedLog log) => log.Body?.ToString() ?? "";

    private static double Seconds(ReceivedSpan span, string stage) => (double)(span.Attributes.GetValueOrDefault("ingestion.stage." + stage) ?? 0.0);
}
