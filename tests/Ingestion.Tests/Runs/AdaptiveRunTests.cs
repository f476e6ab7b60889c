using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

/// <summary>A run whose limit follows its upstream.</summary>
public sealed class AdaptiveRunTests
{
    private const int GateClosed = 3000;

    [Fact]
    public async Task A_run_starts_with_what_was_learned_before_and_stores_what_it_has_learned()
    {
        // Nobody is answered before there are twelve.
        TaskCompletionSource twelve = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using RunFixture run = Run(degree: 0, ids: 100, new ScriptedUpstream(async (upstream, id, abort) =>
        {
            if (upstream.InFlight >= 12)
                twelve.TrySetResult();
            await twelve.Task.WaitAsync(abort);
            return ScriptedUpstream.Found(id);
        }));
        run.Store.LearnedLimit = 12;

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(100, 0, 0, 0), summary.Counts);
        Assert.NotNull(summary.ConcurrencyLimit);
        Assert.Equal(summary.ConcurrencyLimit, run.Store.LearnedLimit);
        Assert.Equal(0, summary.DegreeOfParallelism);
        Assert.Null(summary.Advice.SuggestedDegree);
    }

    [Fact]
    public async Task The_degree_configured_is_the_ceiling_of_what_was_learned()
    {
        using RunFixture run = Run(degree: 3, ids: 100, new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)));
        run.Store.LearnedLimit = 50;

        RunSummary summary = await run.RunAsync();

        Assert.InRange(summary.MaxInFlight, 1, 3);
        Assert.InRange(summary.ConcurrencyLimit!.Value, 1, 3);
        Assert.Equal(3, summary.DegreeOfParallelism);
    }

    [Fact]
    public async Task Too_many_requests_at_once_lower_the_limit_and_do_not_close_the_gate()
    {
        using RunFixture run = Run(degree: 0, ids: 200, new ScriptedUpstream((upstream, id, _) => Task.FromResult(
            upstream.Requests.Count <= 12 ? ScriptedUpstream.Failed(FetchFailureKind.TooManyRequests, 429) : ScriptedUpstream.Found(id))));
        run.Store.LearnedLimit = 50;

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(200, 0, 0, 0), summary.Counts);
        Assert.DoesNotContain(run.Messages, message => message.EventId == GateClosed);
        Assert.InRange(summary.ConcurrencyLimit!.Value, 2, 50);
    }

    [Fact]
    public async Task At_its_floor_a_limit_cannot_help_and_the_gate_closes()
    {
        using RunFixture run = Run(degree: 1, ids: 20, new ScriptedUpstream((upstream, id, _) => Task.FromResult(
            upstream.Requests.Count <= 12 ? ScriptedUpstream.Failed(FetchFailureKind.TooManyRequests, 429) : ScriptedUpstream.Found(id))));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(20, 0, 0, 0), summary.Counts);
        Assert.Contains(run.Messages, message => message.EventId == GateClosed);
    }

    private static RunFixture Run(int degree, int ids, ScriptedUpstream upstream) => new(
        new IngestionOptions { Ids = $"1-{ids}", Strategy = "Adaptive", DegreeOfParallelism = degree, StallTimeout = TimeSpan.Zero }, new UpstreamOptions(), upstream);
}
