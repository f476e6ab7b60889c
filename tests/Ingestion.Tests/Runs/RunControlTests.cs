using Ingestion.Runs;
using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

/// <summary>What is asked of a run while it goes on.</summary>
public sealed class RunControlTests
{
    [Theory]
    [InlineData("Sequential")]
    [InlineData("ThreadPool")]
    [InlineData("Async")]
    [InlineData("Pipeline")]
    public async Task A_pause_of_hours_is_no_stall_and_the_run_goes_on_where_it_was(string strategy)
    {
        using RunFixture run = Create(strategy, ids: 50);
        run.Control.Pause(true);
        Task<RunSummary> going = run.StartAsync();
        RunFixture.Until(() => run.Progress.IsPaused, "the run");

        for (int i = 0; i < 100; i++)
            run.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((0, 0), (run.Upstream.Requests.Count, run.Progress.InFlight));
        Assert.Null(run.Health.Problem);
        Assert.Equal(0, run.Counted("ingestion.stalls"));
        run.Control.Pause(false);

        Assert.Equal(50, (await going).Counts.Ingested);
        Assert.Equal(Enumerable.Range(1, 50), run.Upstream.Requests.Select(request => request.Id).Order());
    }

    [Fact]
    public async Task A_run_that_is_stopped_while_it_is_paused_ends_with_nothing_counted()
    {
        using RunFixture run = Create("Async", ids: 50);
        using CancellationTokenSource stop = new();
        run.Control.Pause(true);
        Task<RunSummary> going = run.StartAsync(stop.Token);
        RunFixture.Until(() => run.Progress.IsPaused, "the run");

        await stop.CancelAsync();

        RunSummary summary = await going;
        Assert.Equal((false, 0L, 0L), (summary.IsComplete, summary.Counts.Total, summary.Retries));
        Assert.Empty(run.Upstream.Requests);
    }

    [Fact]
    public async Task A_pause_holds_for_the_next_run_whose_recording_has_the_marks_made_since_it_started()
    {
        using RunFixture run = Create("Async", ids: 3);
        run.Control.Mark("before the run");
        run.Clock.Advance(TimeSpan.FromSeconds(1));
        using CancellationTokenSource stop = new();
        run.Control.Pause(true);
        Task<RunSummary> first = run.StartAsync(stop.Token);
        RunFixture.Until(() => run.Progress.IsPaused, "the first run");
        await stop.CancelAsync();
        await first;

        Task<RunSummary> next = run.StartAsync();
        RunFixture.Until(() => run.Progress.IsPaused && run.Runner.Moment is { IsOver: false }, "the next run");
        run.Clock.Advance(TimeSpan.FromSeconds(2));
        run.Control.Mark("degree 5 → 10");
        run.Control.Pause(false);

        Assert.Equal([new RunMark(TimeSpan.FromSeconds(2), "degree 5 → 10")], (await next).Recording!.Marks);
        Assert.Equal(3, (await next).Counts.Ingested);
    }

    [Fact]
    public void Only_the_latest_marks_are_kept()
    {
        using RunFixture run = Create("Async", ids: 1);
        for (int i = 0; i < 1_000; i++)
            run.Control.Mark($"{i}");

        Assert.Equal(Enumerable.Range(950, 50).Select(i => $"{i}"), run.Control.Marks.Select(mark => mark.Text));
    }

    [Fact]
    public void The_time_of_a_pause_counts_neither_as_idle_slots_nor_as_time_that_was_watched()
    {
        RunSample busy = new(TimeSpan.Zero, InFlight: 4, ChannelDepth: 9, WaitingForRetry: 0, Limit: 4);
        SlotUse use = SlotUse.Of(
            [busy, busy with { At = TimeSpan.FromSeconds(10), InFlight = 0, IsPaused = true }, busy with { At = TimeSpan.FromSeconds(70) }], TimeSpan.FromSeconds(80), slots: 4);

        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(80), TimeSpan.FromSeconds(80)), (use.Watched, use.Occupied, use.SlotTime));
        Assert.Equal(4, use.Slots);
    }

    private static RunFixture Create(string strategy, int ids) => new(
        new IngestionOptions { Ids = $"1-{ids}", Strategy = strategy, DegreeOfParallelism = 4, StallTimeout = TimeSpan.FromMinutes(1) }, new UpstreamOptions(),
        new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)), isRecording: true);
}
