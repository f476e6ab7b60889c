using System.Diagnostics;
using Ingestion.Runs;
using Ingestion.Telemetry;
using Ingestion.Tests.Concurrency;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

/// <summary>The traces of items are whole.</summary>
public sealed class RunTraceTests : IDisposable
{
    private const int ItemsPerTrace = 10;
    private const int Traces = 60;

    public static TheoryData<string> All => Strategies.All;

    private SpanRecorder? _spans;

    public void Dispose() => _spans?.Dispose();

    [Theory, MemberData(nameof(All))]
    public async Task A_limit_that_an_attempt_changes_takes_no_trace_along(string strategy)
    {
        SpanRecorder spans = _spans = new SpanRecorder();
        RunFixture? run = null;
        IngestionOptions options = new() { Ids = $"1-{Traces * ItemsPerTrace}", Strategy = strategy, DegreeOfParallelism = 1, StallTimeout = TimeSpan.Zero };
        using RunFixture fixture = run = new RunFixture(options, new UpstreamOptions(), new ScriptedUpstream(AnswerAsync), tracing: new TracingOptions { ItemsPerTrace = ItemsPerTrace }, suppression: spans);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(Traces * ItemsPerTrace, summary.Counts.Ingested);
        Activity[] roots = spans.Named($"ingest {strategy}");
        Assert.Equal(Traces / 2, roots.Length);
        Assert.All(roots, root => Assert.Equal(
            (ItemsPerTrace, ItemsPerTrace),
            ((int)root.GetTagItem(TagNames.Items)!, spans.Named(IngestionActivity.ProcessCharacter).Count(attempt => attempt.ParentSpanId == root.SpanId && attempt.TraceId == root.TraceId))));
        HashSet<ActivitySpanId> fetches = [.. spans.Named(IngestionActivity.Fetch).Select(fetch => fetch.SpanId)];
        Assert.Equal(Traces * ItemsPerTrace / 2, fetches.Count);
        Assert.Equal(fetches, spans.Named("GET").Select(request => request.ParentSpanId).ToHashSet());

        // The limit goes up and down while the attempt that does it has a span, or is suppressed, whichever it is.
        async Task<FetchResult> AnswerAsync(ScriptedUpstream upstream, int id, CancellationToken abort)
        {
            using Activity? request = spans.StartRequest();
            if (id % 3 == 0)
                run!.Options.Change(new IngestionOptions { Strategy = strategy, DegreeOfParallelism = 1 + (id % 8) });
            await Task.Yield();
            return ScriptedUpstream.Found(id);
        }
    }
}
