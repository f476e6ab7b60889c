using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Ingestion.Telemetry;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Recording;

/// <summary>The slow ones are marked, the slowest kept, and the others cost nothing.</summary>
public sealed class SlowestAttemptsTests : IDisposable
{
    private readonly SpanRecorder _spans = new(isEveryTraceKept: true);

    public void Dispose() => _spans.Dispose();

    [Fact]
    public void The_slowest_ten_are_kept_in_their_order()
    {
        SlowestAttempts slowest = new(TimeSpan.FromSeconds(1));
        foreach (int seconds in (int[])[3, 1, 14, 8, 2, 9, 9, 4, 13, 5, 12, 7, 6, 11, 10, 1])
        {
            if (slowest.MayHave(TimeSpan.FromSeconds(seconds)))
                slowest.Add(Took(seconds));
        }

        Assert.Equal([14, 13, 12, 11, 10, 9, 9, 8, 7, 6], slowest.Found.Select(slow => slow.Took.TotalSeconds));
        Assert.False(slowest.MayHave(TimeSpan.FromSeconds(6)));
        slowest.Add(Took(6)); // Another thread was faster.
        Assert.Equal(10, slowest.Found.Count);
    }

    [Fact]
    public void One_that_is_not_among_them_allocates_nothing()
    {
        SlowestAttempts slowest = new(TimeSpan.FromSeconds(1));
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 1_000; i++)
            Assert.False(slowest.MayHave(TimeSpan.FromMilliseconds(i)) || slowest.IsSlow(TimeSpan.FromMilliseconds(i)));

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData("00:00:01", 1)]
    [InlineData("00:00:00", 0)]
    public async Task An_attempt_that_takes_longer_is_marked_and_listed_with_its_stages_and_its_trace(string slowItem, int expected)
    {
        RunFixture? run = null;
        using RunFixture fixture = run = new RunFixture(
            new IngestionOptions { Ids = "1-5", Strategy = "Sequential", StallTimeout = TimeSpan.Zero }, new UpstreamOptions(), new ScriptedUpstream(Answer),
            tracing: new TracingOptions { SlowItem = TimeSpan.Parse(slowItem, null) }, suppression: _spans);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(expected, summary.Slowest.Count);
        Assert.Equal(expected == 1 ? [3L] : [], _spans.Named("process character").Where(span => span.GetTagItem(TagNames.IsSlow) is true).Select(span => (long)span.GetTagItem(TagNames.ItemId)!));
        Assert.All(summary.Slowest, slow => Assert.Equal(
            (3, 1, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(1.5), summary.TraceId), (slow.Key.Number, slow.Attempt, slow.Took, slow.Times.Fetch, slow.TraceId)));

        Task<FetchResult> Answer(ScriptedUpstream upstream, int id, CancellationToken abort)
        {
            if (id == 3)
                run!.Clock.Advance(TimeSpan.FromSeconds(1.5));
            return Task.FromResult(ScriptedUpstream.Found(id));
        }
    }

    private static SlowAttempt Took(double seconds) => new(1, 1, TimeSpan.FromSeconds(seconds), default, null, null);
}
