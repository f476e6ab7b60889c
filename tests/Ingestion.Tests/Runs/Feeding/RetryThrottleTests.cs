using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Feeding;

/// <summary>Retries beyond the budget wait in the retry queue.</summary>
public sealed class RetryThrottleTests
{
    private const int HeldBack = 1020;

    [Fact]
    public async Task What_is_over_the_budget_waits_without_a_slot_and_is_not_given_up()
    {
        using RunFixture run = Run(minRetriesPerSecond: 2, failures: 1);

        RunSummary summary = await run.RunAsync();

        // 40 retries at 2 a second: the first two at once, the others in the seconds after.
        Assert.Equal(new OutcomeCounts(40, 0, 0, 0), summary.Counts);
        Assert.Equal(80, run.Upstream.Requests.Count);
        Assert.InRange(summary.Elapsed.TotalSeconds, 18, 30);
        Assert.InRange(run.Counted("ingestion.retries.throttled"), 18, 38);
        Assert.Single(run.Messages, message => message.EventId == HeldBack);
    }

    [Fact]
    public async Task It_says_so_once_a_minute()
    {
        using RunFixture run = Run(minRetriesPerSecond: 1, failures: 4);

        RunSummary summary = await run.RunAsync();

        // 160 retries at 1 a second.
        Assert.Equal(new OutcomeCounts(40, 0, 0, 0), summary.Counts);
        Assert.Equal(3, run.Messages.Count(message => message.EventId == HeldBack));
    }

    [Fact]
    public async Task Within_the_budget_nobody_waits()
    {
        using RunFixture run = Run(minRetriesPerSecond: 200, failures: 1);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(40, summary.Counts.Ingested);
        Assert.InRange(summary.Elapsed.TotalSeconds, 0, 2);
        Assert.DoesNotContain(run.Messages, message => message.EventId == HeldBack);
    }

    /// <summary>Forty items, each answered with this many failures first.</summary>
    private static RunFixture Run(int minRetriesPerSecond, int failures) => new(
        new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1-40", DegreeOfParallelism = 8, ChannelCapacity = 100 },
        new UpstreamOptions { RetryRatio = 0, MinRetriesPerSecond = minRetriesPerSecond },
        new ScriptedUpstream((id, request) => request <= failures
            ? ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500)
            : ScriptedUpstream.Found(id)));
}
