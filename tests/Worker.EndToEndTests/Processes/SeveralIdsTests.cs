using System.Text.Json;
using TestSupport.Otlp;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>Several IDs with one request: fewer requests, and still an outcome and a span for each.</summary>
public sealed class SeveralIdsTests(PostgresServer postgres)
{
    public static TheoryData<string> Strategies => ["Sequential", "ThreadPerItem", "ThreadPool", "EventLoop", "Async", "Pipeline", "Adaptive"];

    [Theory, MemberData(nameof(Strategies))]
    public async Task Every_id_ends_in_exactly_one_outcome_whatever_goes_wrong(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions
        {
            Faults = FaultPlan.Parse("5:500,503;7:*html;9:*wrong-id;11:*500;13:reset;15:truncated;17:429@0;19:*400;21:*redirect"),
        });

        JsonElement summary = await stage.IngestAsync(
            $"--ids 1-25,800-850 --strategy {strategy} --dop 4", exitCode: 2, ("Upstream__IdsPerRequest", "20"), ("Upstream__RetryRatio", "1"));

        Assert.Equal((76, 47, 24, 5), (Number(summary, "requested"), Number(summary, "ingested"), Number(summary, "notFound"), Number(summary, "failed")));
        Assert.Equal("7,9,11,19,21", await stage.QueryAsync<string>(
            "SELECT string_agg(item_id::text, ',' ORDER BY item_id) FROM ingestion.outcomes WHERE outcome = 'Failed' AND error <> ''"));
        Assert.Equal(76, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
        Assert.Equal(47, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters WHERE (raw->>'id')::int = id AND name <> ''"));
    }

    [Fact]
    public async Task The_items_of_a_request_have_spans_of_their_own_that_link_to_it()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(50) });

        await stage.IngestAsync("--ids 1-400 --strategy Sequential", environment: [("Upstream__IdsPerRequest", "20"), ("Tracing__MaxTracesPerSecond", "1000")]);

        IReadOnlyList<ReceivedSpan> spans = stage.Collector.Spans;
        IReadOnlyList<ReceivedSpan> items = spans.Named("process character");
        IReadOnlyList<ReceivedSpan> fetches = spans.Named("fetch");
        Assert.Equal(Enumerable.Range(1, 400).Select(id => (long)id), items.Select(span => span.Number("ingestion.item.id")).Order());
        Assert.Equal(fetches.Count, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal(fetches.Count, spans.Count(span => span.Name == "GET"));
        Assert.Equal(1, Traces.MaxOverlap(fetches));
        HashSet<string> fetched = [.. fetches.Select(span => span.SpanId)];
        HashSet<string?> carriers = [.. fetches.Select(span => span.ParentSpanId)];
        Assert.All(items.Where(item => !carriers.Contains(item.SpanId)), item => Assert.Contains(item.Links, link => fetched.Contains(link.SpanId)));
        Assert.Equal(400, spans.Named("persist").Count);
        Assert.All(spans.GroupBy(span => span.TraceId), trace => Assert.InRange(trace.Count(), 1, 1_000));
        Assert.True(fetches.Count < 100, $"{fetches.Count} requests for 400 characters");
    }

    private static int Number(JsonElement summary, string name) => summary.GetProperty(name).GetInt32();
}
