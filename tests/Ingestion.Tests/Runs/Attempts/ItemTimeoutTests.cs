using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Upstream;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Attempts;

/// <summary>The time all counted attempts at one item may take together. Sequential is the blocking form, Async the other.</summary>
public sealed class ItemTimeoutTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(10);

    public static TheoryData<string> Forms => ["Sequential", "Async"];

    [Theory, MemberData(nameof(Forms))]
    public async Task Each_attempt_gets_what_the_ones_before_have_left_and_then_the_item_fails(string strategy)
    {
        using RunFixture run = Slowly(strategy, id => ScriptedUpstream.Failed(FetchFailureKind.Timeout));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(1, summary.Counts.Failed);
        Assert.Equal([25, 15, 5], run.Upstream.Requests.Select(request => request.TimeLeft.TotalSeconds));
        Assert.Equal(
            "the time of Upstream:ItemTimeout (00:00:25) is used up; the last attempt: some Timeout", run.Store.Outcomes[1].Error);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Attempts_that_do_not_count_use_up_nothing(string strategy)
    {
        using RunFixture run = Slowly(strategy, request => request < 5
            ? ScriptedUpstream.Failed(FetchFailureKind.TooManyRequests, 429)
            : ScriptedUpstream.Found(1));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(1, 0, 0, 0), summary.Counts);
        Assert.Equal([25, 25, 25, 25, 25], run.Upstream.Requests.Select(request => request.TimeLeft.TotalSeconds));
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_failure_that_is_lasting_keeps_its_own_reason(string strategy)
    {
        using RunFixture run = Slowly(strategy, request => ScriptedUpstream.Failed(request < 3 ? FetchFailureKind.Timeout : FetchFailureKind.ClientError, 400));

        await run.RunAsync();

        Assert.Equal("some ClientError", run.Store.Outcomes[1].Error);
        Assert.Equal(Outcome.Failed, run.Store.Outcomes[1].OutcomeWithoutRecord);
    }

    /// <summary>Every request takes 10 s, or what is left of the item's 25 s.</summary>
    private static RunFixture Slowly(string strategy, Func<int, FetchResult> answer)
    {
        var clock = new ManualTimeProvider();
        var upstream = new ScriptedUpstream((upstream, _, _) =>
        {
            TimeSpan left = upstream.Requests.Last().TimeLeft;
            clock.Advance(left < Slow ? left : Slow);
            return Task.FromResult(answer(upstream.Requests.Count));
        });
        return new RunFixture(
            new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1", Strategy = strategy, DegreeOfParallelism = 1 },
            new UpstreamOptions { ItemTimeout = TimeSpan.FromSeconds(25), MaxAttempts = 100 },
            upstream,
            clock);
    }
}
