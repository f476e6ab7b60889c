using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

/// <summary>A run whose limit follows its upstream.</summary>
public sealed class AdaptiveRunTests
{
    private const int GateClosed = 3000;

    [Theory]
    [InlineData("Adaptive", false)]
    [InlineData("Pipeline", true)]
    [InlineData("Async", true)]
    [InlineData("EventLoop", true)]
    [InlineData("ThreadPool", true)]
    [InlineData("ThreadPerItem", true)]
    public async Task A_run_starts_with_what_was_learned_before_and_stores_what_it_has_learned(string strategy, bool isAuto)
    {
        // Nobody is answered before there are twelve.
        TaskCompletionSource twelve = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using RunFixture run = Run(isAuto ? Degree.Auto : 0, ids: 100, new ScriptedUpstream(async (upstream, id, abort) =>
        {
            if (upstream.InFlight >= 12)
                twelve.TrySetResult();
            await twelve.Task.WaitAsync(abort);
            return ScriptedUpstream.Found(id);
        }), strategy);
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
    public async Task A_limit_begins_to_adapt_when_that_is_configured_while_the_run_goes_on()
    {
        RunFixture? run = null;
        using RunFixture started = run = Run(degree: 2, ids: 200, new ScriptedUpstream((id, _) =>
        {
            if (id == 50)
                run!.Options.Change(new IngestionOptions { Strategy = "Async", DegreeOfParallelism = Degree.Auto });
            return ScriptedUpstream.Found(id);
        }), "Async");

        RunSummary summary = await run.RunAsync();

        Assert.Equal(200, summary.Counts.Ingested);
        Assert.NotNull(summary.ConcurrencyLimit);
        Assert.Equal(0, summary.DegreeOfParallelism);
    }

    [Fact]
    public async Task A_strategy_with_one_slot_has_nothing_to_adapt()
    {
        using RunFixture run = Run(Degree.Auto, ids: 20, new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)), "Sequential");

        RunSummary summary = await run.RunAsync();

        Assert.Null(summary.ConcurrencyLimit);
        Assert.Equal((1, 1), (summary.DegreeOfParallelism, summary.MaxInFlight));
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

    private static RunFixture Run(Degree degree, int ids, ScriptedUpstream upstream, string strategy = "Adaptive") => new(
        new IngestionOptions { Ids = $"1-{ids}", Strategy = strategy, DegreeOfParallelism = degree, StallTimeout = TimeSpan.Zero }, new UpstreamOptions(), upstream);
}
