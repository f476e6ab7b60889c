using System.Text.Json;
using TestSupport.Otlp;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>The exported spans show what each strategy promises.</summary>
public sealed class TraceTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("Sequential", 8, 5, 1, 1)]
    [InlineData("ThreadPerItem", 0, 12, 12, 12)]
    [InlineData("ThreadPerItem", 4, 12, 4, 12)]
    [InlineData("ThreadPool", 5, 15, 5, 5)]
    [InlineData("EventLoop", 0, 12, 12, 1)]
    [InlineData("EventLoop", 4, 12, 4, 1)]
    [InlineData("Async", 0, 12, 12, null)]
    [InlineData("Async", 6, 18, 6, null)]
    [InlineData("Pipeline", 6, 18, 6, null)]
    public async Task Overlapping_fetches_slots_and_threads_are_what_the_strategy_promises(
        string strategy, int degree, int items, int expectedOverlap, int? expectedThreads)
    {
        // Long enough for the slowest machine to have all fetches of a round in flight at once.
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromSeconds(expectedOverlap == 1 ? 0.1 : 1.5) });

        JsonElement summary = await stage.IngestAsync($"--ids 1-{items} --strategy {strategy} --dop {degree}");

        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        IReadOnlyList<ReceivedSpan> attempts = spans.Named("process character");
        Assert.Equal(items, attempts.Count);
        Assert.Equal(expectedOverlap, Traces.MaxOverlap(spans.Named("fetch")));
        Assert.Equal(expectedOverlap, stage.Upstream.Statistics.MaxInFlight);
        Assert.Equal(Enumerable.Range(0, expectedOverlap).Select(slot => (long)slot), attempts.Select(span => span.Number("ingestion.slot")).Distinct().Order());
        Assert.Equal(expectedOverlap, summary.GetProperty("maxInFlight").GetInt32());
        if (expectedThreads is { } threads)
        {
            Assert.Equal(threads, summary.GetProperty("distinctThreads").GetInt32());
            Assert.Equal(threads, attempts.Select(span => span.Text("thread.name")).Distinct(StringComparer.Ordinal).Count());
            Assert.All(attempts, span => Assert.Equal(span.Number("thread.id"), span.Number("ingestion.thread.end_id")));
        }

        AssertWellFormed(spans, summary);
        AssertRootsAndLinks(spans, strategy);
    }

    [Fact]
    public async Task Items_are_cut_into_traces_and_no_trace_is_too_large_to_read()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync(
            "--ids 1-826 --strategy Sequential --delay 1ms", environment: ("Tracing__MaxTracesPerSecond", "1000"));

        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        Assert.Equal(9, spans.Named("ingest Sequential").Count);
        Assert.Equal(826, spans.Named("process character").Count);
        Assert.All(spans.GroupBy(span => span.TraceId), trace => Assert.InRange(trace.Count(), 1, 1_000));
        AssertWellFormed(spans, summary);
    }

    [Fact]
    public async Task Sampling_is_decided_per_trace_and_what_is_kept_is_whole()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync(
            "--ids 1-826 --dop 64", environment: [("Tracing__MaxTracesPerSecond", "1"), ("Tracing__ItemsPerTrace", "10")]);

        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        IReadOnlyList<ReceivedSpan> roots = spans.Named("ingest Async");
        Assert.InRange(roots.Count, 0, 60);
        Assert.All(roots, root => Assert.Equal(10, spans.Count(span => span.TraceId == root.TraceId && span.Name == "process character")));
        Assert.Equal(826, summary.GetProperty("ingested").GetInt32());
        AssertWellFormed(spans, summary);
    }

    [Fact]
    public async Task A_standard_sampler_decides_instead_when_it_is_configured()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync("--ids 1-50", environment: ("OTEL_TRACES_SAMPLER", "always_off"));

        Assert.Empty(stage.Collector.Spans);
        Assert.Equal(0, summary.GetProperty("spansExported").GetInt64());
    }

    [Fact]
    public async Task A_retry_is_an_attempt_of_its_own_that_links_to_the_one_before()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = UpstreamSimulator.Faults.FaultPlan.Parse("3:500") });

        JsonElement summary = await stage.IngestAsync("--ids 1-5");

        ReceivedSpan[] attempts =
            [.. stage.Collector.Spans.Named("process character").Where(span => span.Number("ingestion.item.id") == 3).OrderBy(span => span.StartNanoseconds)];
        Assert.Equal([1, 2], attempts.Select(span => span.Number("ingestion.attempt")));
        Assert.Equal(SpanStatus.Error, attempts[0].Status);
        Assert.Equal(attempts[0].SpanId, Assert.Single(attempts[1].Links).SpanId);
        Assert.Equal("Ingested", attempts[1].Text("ingestion.outcome"));
        Assert.Equal(1, summary.GetProperty("retries").GetInt32());
    }

    [Theory]
    [InlineData("404 json", 404, 2)]
    [InlineData("404 410", 410, 3)]
    public async Task What_is_not_found_is_no_error_and_what_fails_is(string statuses, int status, int notFound)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 8, Faults = UpstreamSimulator.Faults.FaultPlan.Parse($"3:*html;5:500{(status == 410 ? ";7:*410" : "")}") });

        JsonElement summary = await stage.IngestAsync("--ids 1-10", exitCode: 2, environment: ("Resource__NotFound", statuses));

        Assert.Equal((notFound, 1), (summary.GetProperty("notFound").GetInt32(), summary.GetProperty("failed").GetInt32()));
        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        Assert.Equal(2, spans.Named("process character").Count(span => span.Status == SpanStatus.Error));
        Assert.All(spans.Where(span => span.Attributes.ContainsKey("error.type") || span.Status == SpanStatus.Error), span => Assert.Contains(Attempt(span).Number("ingestion.item.id"), new[] { 3L, 5L }));
        Assert.Contains(spans.Named("GET"), span => span.Number("http.response.status_code") == status && span.Status == SpanStatus.Unset);
        Assert.Equal("500", Assert.Single(spans.Named("GET"), span => span.Status == SpanStatus.Error).Text("error.type"));

        ReceivedSpan Attempt(ReceivedSpan span) => span.Name == "process character" ? span : Attempt(spans.Single(parent => parent.SpanId == span.ParentSpanId));
    }

    [Fact]
    public async Task Http_protobuf_works_like_grpc()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync("--ids 1-10", environment:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", stage.Collector.HttpEndpoint.ToString()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_SERVICE_NAME", "somebody"),
        ]);

        Assert.Equal(10, stage.Collector.Spans.Named("process character").Count);
        Assert.All(stage.Collector.Spans, span => Assert.Equal("somebody", span.ResourceAttributes["service.name"]));
        Assert.Contains(stage.Collector.Metrics, metric => metric is { Name: "ingestion.items", Unit: "{item}" });
        Assert.Contains(stage.Collector.Metrics, metric => metric is { Name: "ingestion.stage.duration", Unit: "s" });
        Assert.NotEmpty(stage.Collector.Logs);
        AssertWellFormed(stage.Collector.Spans, summary);
    }

    [Fact]
    public async Task Spans_that_the_collector_refuses_are_counted_as_dropped()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        stage.Collector.IsRefusing = true;

        JsonElement summary = await stage.IngestAsync("--ids 1-10");

        Assert.Equal(0, summary.GetProperty("spansExported").GetInt64());
        Assert.InRange(summary.GetProperty("spansDropped").GetInt64(), 50, 1_000);
    }

    private static void AssertWellFormed(IReadOnlyList<ReceivedSpan> spans, JsonElement summary)
    {
        Dictionary<(string, string), ReceivedSpan> byId = spans.ToDictionary(span => (span.TraceId, span.SpanId));
        Assert.All(spans.Where(span => !string.IsNullOrEmpty(span.ParentSpanId)), span =>
        {
            ReceivedSpan parent = Assert.Contains((span.TraceId, span.ParentSpanId!), (IReadOnlyDictionary<(string, string), ReceivedSpan>)byId);
            Assert.True(parent.StartNanoseconds <= span.StartNanoseconds, $"{span.Name} starts before its parent {parent.Name}");
        });
        Assert.Equal(spans.Count, summary.GetProperty("spansExported").GetInt64());
        Assert.Equal(0, summary.GetProperty("spansDropped").GetInt64());
    }

    private static void AssertRootsAndLinks(IReadOnlyList<ReceivedSpan> spans, string strategy)
    {
        ReceivedSpan started = Assert.Single(spans.Named("run started"));
        ReceivedSpan finished = Assert.Single(spans.Named("run finished"));
        Assert.Equal(started.SpanId, finished.ParentSpanId);

        ReceivedSpan root = Assert.Single(spans.Named($"ingest {strategy}"));
        Assert.True(string.IsNullOrEmpty(root.ParentSpanId));
        Assert.Equal(started.SpanId, Assert.Single(root.Links).SpanId);
        Assert.All(spans.Named("process character"), span => Assert.Equal(root.SpanId, span.ParentSpanId));

        // Nothing stands outside: every root is one of the two.
        Assert.All(spans.Where(span => string.IsNullOrEmpty(span.ParentSpanId)), span => Assert.Contains(span.SpanId, new[] { started.SpanId, root.SpanId }));

        Dictionary<string, ReceivedSpan> byId = spans.ToDictionary(span => span.SpanId);
        foreach (string stage in (string[])["fetch", "transform", "persist"])
            Assert.All(spans.Named(stage), span => Assert.Equal("process character", byId[span.ParentSpanId!].Name));
        Assert.All(spans.Where(span => span.ScopeName == "System.Net.Http"), span => Assert.Equal("fetch", byId[span.ParentSpanId!].Name));
        Assert.All(spans.Where(span => span.ScopeName == "Npgsql"), span => Assert.Equal("commit batch", byId[span.ParentSpanId!].Name));

        // Every item is committed: by the batch below it, or by one that links to it.
        IReadOnlyList<ReceivedSpan> commits = spans.Named("commit batch");
        Assert.Equal(
            spans.Named("persist").Select(span => span.SpanId).Order(StringComparer.Ordinal),
            commits.Select(span => span.ParentSpanId!).Concat(commits.SelectMany(span => span.Links.Select(link => link.SpanId))).Order(StringComparer.Ordinal));
    }
}
