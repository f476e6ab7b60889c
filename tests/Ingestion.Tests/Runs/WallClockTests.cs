using Ingestion.Concurrency;
using Ingestion.Runs;
using Ingestion.Runs.Attempts;
using Ingestion.Storage;
using Ingestion.Upstream;
using TestSupport.Time;

namespace Ingestion.Tests.Runs;

/// <summary>Somebody sets the clock of the machine while a worker is at work. The time that passes is measured by another one.</summary>
public sealed class WallClockTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static TheoryData<string> Strategies => [.. StrategyCatalog.All.Select(strategy => strategy.Name)];

    [Theory, MemberData(nameof(Strategies))]
    public async Task A_run_whose_clock_is_set_an_hour_forward_and_back_waits_no_longer_and_no_shorter_and_does_nothing_twice(string strategy)
    {
        ManualTimeProvider clock = new();
        using RunFixture run = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1-100", Strategy = strategy, DegreeOfParallelism = 2 },
            new UpstreamOptions { RequestsPerSecond = 20 },
            new ScriptedUpstream((id, request) =>
            {
                // Between two retries, in the middle of a pause and of what the rate limit has waiting.
                clock.SetWallClock((id, request) switch
                {
                    (20 or 40 or 60, 1) => Hour,
                    (30 or 50 or 61, 1) => -Hour,
                    _ => TimeSpan.Zero,
                });
                return request > 1 ? ScriptedUpstream.Found(id)
                    : id is 19 or 29 or 39 ? ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500)
                    : id == 59 ? ScriptedUpstream.Failed(FetchFailureKind.TooManyRequests, 429, TimeSpan.FromSeconds(3))
                    : ScriptedUpstream.Found(id);
            }),
            clock,
            isRecording: true);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(100, 0, 0, 0), summary.Counts);
        Assert.Equal(104, run.Upstream.Requests.Count);
        Assert.InRange(summary.Elapsed, TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(1));
        Assert.All(summary.Recording!.Attempts, attempt =>
        {
            TimeSpan[] moments = [TimeSpan.Zero, attempt.Enqueued, attempt.Begin, .. attempt.Stages.SelectMany(stage => new[] { stage.Begin, stage.End }), attempt.End, summary.Elapsed];
            Assert.Equal(moments.Order(), moments);
        });
        Assert.All(summary.Recording.Samples.Zip(summary.Recording.Samples.Skip(1)), pair => Assert.True(pair.First.At < pair.Second.At));
    }

    [Fact]
    public async Task What_is_asked_for_after_the_clock_was_set_back_counts_as_asked_for_later()
    {
        ManualTimeProvider clock = new();
        using RunFixture run = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1-9", Strategy = "Sequential" },
            new UpstreamOptions(),
            new ScriptedUpstream((id, _) =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                if (id % 3 == 0)
                    clock.SetWallClock(id == 6 ? Hour : -Hour);
                return ScriptedUpstream.Found(id);
            }),
            clock);

        await run.RunAsync();

        DateTimeOffset[] asked = [.. run.Store.Outcomes.Values.OrderBy(entry => entry.Key).Select(entry => entry.FetchedAt)];
        Assert.Equal(asked.Order(), asked);
        Assert.Equal(9, asked.Distinct().Count());
    }

    [Fact]
    public void A_clock_that_is_set_forward_is_followed_and_one_that_is_set_back_is_not()
    {
        ManualTimeProvider clock = new();
        RequestClock requests = new(clock);
        DateTimeOffset start = clock.GetUtcNow();
        Assert.Equal(start, requests.Now);

        clock.Advance(TimeSpan.FromSeconds(5));
        clock.SetWallClock(Hour);
        Assert.Equal(start + Hour + TimeSpan.FromSeconds(5), requests.Now);

        clock.SetWallClock(-2 * Hour);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(start + Hour + TimeSpan.FromSeconds(10), requests.Now);
    }
}
