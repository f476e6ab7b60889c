using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

/// <summary>A run removes old history when it has ended, and that is nothing it can fail with.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task History_is_removed_once_a_run_has_ended()
    {
        using RunFixture fixture = new(new IngestionOptions { Ids = "1-3" }, new UpstreamOptions(), new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)));

        await fixture.RunAsync();

        Assert.Equal([TimeSpan.FromDays(90)], fixture.Store.Pruned);
    }

    [Fact]
    public async Task Beside_a_queue_it_is_removed_every_hour()
    {
        using CancellationTokenSource stop = new();
        using RunFixture fixture = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero }, new UpstreamOptions(), new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)),
            source: new ListSource([new(1)], isShared: true, isEndless: true));
        Task<RunSummary> run = fixture.StartAsync(stop.Token);
        RunFixture.Until(() => fixture.Progress.Counts.Total == 1);

        for (int hour = 1; hour <= 3; hour++)
        {
            fixture.Clock.Advance(TimeSpan.FromHours(1));
            RunFixture.Until(() => fixture.Store.Pruned.Count == hour);
        }

        await stop.CancelAsync();
        Assert.False((await run).IsComplete);
        Assert.Equal(3, fixture.Store.Pruned.Count);
    }

    [Fact]
    public async Task History_that_cannot_be_removed_is_said_and_the_run_is_finished()
    {
        using RunFixture fixture = new(new IngestionOptions { Ids = "1-3" }, new UpstreamOptions(), new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)));
        fixture.Store.RetentionProblem = new IngestionConfigurationException("no such function");

        RunSummary summary = await fixture.RunAsync();

        Assert.True(summary.IsComplete);
        Assert.Equal(3, summary.Counts.Total);
    }

    [Fact]
    public async Task A_run_that_is_stopped_does_not_stay_for_it()
    {
        using CancellationTokenSource stop = new();
        using RunFixture fixture = new(new IngestionOptions { Ids = "1-100000" }, new UpstreamOptions(), new ScriptedUpstream((id, _) =>
        {
            stop.Cancel();
            return ScriptedUpstream.Found(id);
        }));

        RunSummary summary = await fixture.FinishAsync(fixture.StartAsync(stop.Token));

        Assert.False(summary.IsComplete);
        Assert.Empty(fixture.Store.Pruned);
    }
}
