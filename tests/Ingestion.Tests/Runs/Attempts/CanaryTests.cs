using Ingestion.Concurrency;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Attempts;

/// <summary>Items that never work are told from an upstream that is away.</summary>
public sealed class CanaryTests
{
    public static TheoryData<string> Strategies => [.. StrategyCatalog.All.Select(strategy => strategy.Name)];

    [Theory, MemberData(nameof(Strategies))]
    public async Task Items_that_never_work_are_dead_letters_and_the_run_ends(string strategy)
    {
        using RunFixture run = Run(strategy, new ScriptedUpstream((id, _) => id > 80 ? Unavailable() : ScriptedUpstream.Found(id)));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(80, 0, 0, 20), summary.Counts);
        Assert.True(summary.IsComplete);
        Assert.Equal(Enumerable.Range(81, 20), run.Store.Outcomes.Values.Where(outcome => outcome.Error == "some ServerError").Select(outcome => (int)outcome.Key.Number).Order());
        Assert.All(Enumerable.Range(81, 20), id => Assert.InRange(run.Upstream.Requests.Count(request => request.Id == id), 5, 100));
        Assert.Contains(Enumerable.Range(1, 80), id => run.Upstream.Requests.Count(request => request.Id == id) > 1);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task An_upstream_that_goes_away_for_a_while_dead_letters_nothing(string strategy)
    {
        using RunFixture run = Run(strategy, new ScriptedUpstream((upstream, id, _) =>
            Task.FromResult(upstream.Requests.Count is > 30 and <= 70 ? Unavailable() : ScriptedUpstream.Found(id))));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(100, 0, 0, 0), summary.Counts);
        Assert.InRange(summary.Elapsed.TotalMinutes, 5, 120); // The pauses double up to half a minute.
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task An_upstream_that_is_away_from_the_start_is_waited_for(string strategy)
    {
        using RunFixture run = Run(strategy, new ScriptedUpstream((upstream, id, _) =>
            Task.FromResult(upstream.Requests.Count <= 40 ? Unavailable() : ScriptedUpstream.Found(id))));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(100, 0, 0, 0), summary.Counts);
    }

    [Fact]
    public async Task A_canary_that_is_broken_by_now_does_not_hold_up_the_others()
    {
        // Character 1 answers once; then it and nineteen others are away, until another one than 1 was asked for as a probe.
        using RunFixture run = Run("Sequential", new ScriptedUpstream((upstream, id, _) => Task.FromResult(
            upstream.Requests.Count > 1 && (id == 1 || upstream.Requests.Count < 13) ? Unavailable() : ScriptedUpstream.Found(id))));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(100, 0, 0, 0), summary.Counts);
        Assert.Equal(2, run.Upstream.Requests.Count(request => request.Id == 1));
    }

    private static FetchResult Unavailable() => ScriptedUpstream.Failed(FetchFailureKind.ServerError, 503);

    private static RunFixture Run(string strategy, ScriptedUpstream upstream) => new(
        new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1-100", Strategy = strategy, DegreeOfParallelism = 8 }, new UpstreamOptions(), upstream);
}
