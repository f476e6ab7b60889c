using System.Diagnostics;
using System.Threading.Channels;
using Ingestion.Runs;
using Ingestion.Telemetry;
using Ingestion.Tests.Concurrency;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Attempts;

/// <summary>The traces of items: whole, and as long as their items.</summary>
public sealed class RunTraceTests : IDisposable
{
    private const int ItemsPerTrace = 10;
    private const int Traces = 60;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5), Interval = TimeSpan.FromSeconds(1);

    private readonly Channel<int> _ids = Channel.CreateUnbounded<int>();

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
            ((int)root.GetTagItem(TagNames.Items)!, spans.Named("process character").Count(attempt => attempt.ParentSpanId == root.SpanId && attempt.TraceId == root.TraceId))));
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

    [Theory, MemberData(nameof(All))]
    public async Task Without_stages_nothing_is_below_an_attempt_whichever_limit_it_changes(string strategy)
    {
        SpanRecorder spans = _spans = new SpanRecorder();
        RunFixture? run = null;
        IngestionOptions options = new() { Ids = $"1-{Traces * ItemsPerTrace}", Strategy = strategy, DegreeOfParallelism = 1, StallTimeout = TimeSpan.Zero };
        using RunFixture fixture = run = new RunFixture(
            options, new UpstreamOptions(), new ScriptedUpstream(AnswerAsync), tracing: new TracingOptions { ItemsPerTrace = ItemsPerTrace, Detail = "Items" }, suppression: spans);

        await run.RunAsync();

        HashSet<ActivitySpanId> roots = [.. spans.Named($"ingest {strategy}").Select(root => root.SpanId)];
        Assert.Equal(Traces / 2, roots.Count);
        Activity[] attempts = spans.Named("process character");
        Assert.Equal(Traces / 2 * ItemsPerTrace, attempts.Count(attempt => roots.Contains(attempt.ParentSpanId)));
        Assert.Equal(attempts.Length + roots.Count + 2, spans.Spans.Length); // and those of the run

        async Task<FetchResult> AnswerAsync(ScriptedUpstream upstream, int id, CancellationToken abort)
        {
            using Activity? request = spans.StartRequest();
            Assert.Null(Activity.Current);
            if (id % 3 == 0)
                run!.Options.Change(new IngestionOptions { Strategy = strategy, DegreeOfParallelism = 1 + (id % 8) });
            await Task.Yield();
            return ScriptedUpstream.Found(id);
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_root_ends_with_its_last_item_while_the_source_is_idle(string strategy)
    {
        SpanRecorder spans = _spans = new SpanRecorder(isEveryTraceKept: true);
        using RunFixture run = StartIdle(strategy, spans, out Task<RunSummary> going);
        await DeliverAsync(run, 1, 5);
        run.Clock.Advance(Idle - TimeSpan.FromTicks(1));
        await DeliverAsync(run, 6, 7);
        Assert.Empty(spans.Named($"ingest {strategy}"));

        run.Clock.Advance(Idle + Interval);

        Activity root = Assert.Single(spans.Named($"ingest {strategy}"));
        Activity[] attempts = spans.Named("process character");
        Assert.Equal(7, attempts.Length);
        Assert.Equal(7, root.GetTagItem(TagNames.Items));
        Assert.Equal(attempts.Max(End), End(root));
        Assert.False(going.IsCompleted);

        // What comes later has a trace of its own.
        await DeliverAsync(run, 8, 8);
        _ids.Writer.Complete();
        await going;
        Assert.Equal([7, 1], spans.Named($"ingest {strategy}").Select(each => (int)each.GetTagItem(TagNames.Items)!));
    }

    [Fact]
    public async Task An_item_that_takes_long_keeps_its_root_open()
    {
        SpanRecorder spans = _spans = new SpanRecorder(isEveryTraceKept: true);
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using RunFixture run = StartIdle("Async", spans, out Task<RunSummary> going, id => id == 2 ? answer.Task : Task.CompletedTask);
        await _ids.Writer.WriteAsync(2);
        await DeliverAsync(run, 1, 1);

        run.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Empty(spans.Named("ingest Async"));
        answer.SetResult();
        RunFixture.Until(() => run.Progress.Counts.Total == 2, "both outcomes");
        run.Clock.Advance(Idle + Interval);

        Assert.Equal(spans.Named("process character").Max(End), End(Assert.Single(spans.Named("ingest Async"))));
        _ids.Writer.Complete();
        await going;
    }

    private static DateTime End(Activity span) => span.StartTimeUtc + span.Duration;

    private RunFixture StartIdle(string strategy, SpanRecorder spans, out Task<RunSummary> going, Func<int, Task>? answering = null)
    {
        RunFixture run = new(
            new IngestionOptions { Strategy = strategy, StallTimeout = TimeSpan.Zero },
            new UpstreamOptions(),
            new ScriptedUpstream(async (_, id, _) =>
            {
                await (answering?.Invoke(id) ?? Task.CompletedTask);
                return ScriptedUpstream.Found(id);
            }),
            source: new ChannelSource(_ids.Reader),
            suppression: spans);
        going = run.StartAsync();
        return run;
    }

    private async Task DeliverAsync(RunFixture run, int first, int last)
    {
        long before = run.Progress.Counts.Total;
        for (int id = first; id <= last; id++)
            await _ids.Writer.WriteAsync(id);
        RunFixture.Until(() => run.Progress.Counts.Total == before + last - first + 1, "the outcomes");
    }
}
