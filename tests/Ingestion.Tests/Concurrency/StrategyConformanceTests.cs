using Ingestion.Concurrency;

namespace Ingestion.Tests.Concurrency;

/// <summary>What holds for every strategy, whatever its threads are.</summary>
public sealed class StrategyConformanceTests
{
    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task Every_item_runs_exactly_once_and_ends_once(string strategy)
    {
        using Rig rig = new(strategy, 7);
        Probe probe = new() { Hold = static async _ => await Task.Yield() };

        await rig.RunAsync(probe, 1_000);

        Assert.Equal(Enumerable.Range(1, 1_000), probe.Visits.Select(visit => visit.Item).Order());
        Assert.All(probe.Visits, visit => Assert.Equal(1, visit.Ended));
        Assert.Equal(0, rig.Slots.InUse);
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task Never_more_slots_than_the_degree_of_parallelism(string strategy)
    {
        using Rig rig = new(strategy, 5);
        Probe probe = new() { Hold = static async _ => await Task.Yield() };

        await rig.RunAsync(probe, 500);

        Assert.True(rig.Slots.MaxInUse <= rig.Limit.Degree);
        Assert.True(probe.MaxInFetch <= rig.Limit.Degree);
        Assert.All(probe.Visits, visit => Assert.InRange(visit.Slot, 0, rig.Limit.Degree - 1));
    }

    [Theory, MemberData(nameof(Strategies.Parallel), MemberType = typeof(Strategies))]
    public async Task As_many_fetches_overlap_as_the_degree_of_parallelism_says(string strategy)
    {
        using Rig rig = new(strategy, 5);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Probe probe = new() { Hold = _ => release.Task };

        Task run = rig.RunAsync(probe, 20);
        await probe.FetchesBeganAsync(5);
        Assert.False(await probe.AnotherFetchBeginsAsync());
        Assert.Equal([0, 1, 2, 3, 4], probe.Visits.Select(visit => visit.Slot).Order());
        release.SetResult();
        await run;

        Assert.Equal(5, probe.MaxInFetch);
        Assert.Equal(20, probe.Visits.Count);
    }

    [Theory, MemberData(nameof(Strategies.Uncappable), MemberType = typeof(Strategies))]
    public async Task Without_a_cap_all_fetches_overlap(string strategy)
    {
        using Rig rig = new(strategy, 0);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Probe probe = new() { Hold = _ => release.Task };

        Task run = rig.RunAsync(probe, 100);
        await probe.FetchesBeganAsync(100);
        release.SetResult();
        await run;

        Assert.Equal(100, probe.MaxInFetch);
        Assert.Equal(Enumerable.Range(0, 100), probe.Visits.Select(visit => visit.Slot).Order());
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task An_empty_source_ends_the_run(string strategy)
    {
        using Rig rig = new(strategy, 4);
        Probe probe = new();

        await rig.RunAsync(probe, 0);

        Assert.Empty(probe.Visits);
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task A_degree_above_the_number_of_items_does_no_harm(string strategy)
    {
        using Rig rig = new(strategy, 50);
        Probe probe = new();

        await rig.RunAsync(probe, 1);

        Visit visit = Assert.Single(probe.Visits);
        Assert.Equal(0, visit.Slot);
    }

    [Theory]
    [MemberData(nameof(FaultingStages))]
    public async Task A_faulting_stage_stops_reading_and_comes_out_after_what_is_in_flight_has_ended(string strategy, string stage)
    {
        using Rig rig = new(strategy, 3);
        Probe probe = new() { Fault = (10, stage), Hold = static async _ => await Task.Yield() };

        InvalidOperationException exception =
            await Assert.ThrowsAsync<InvalidOperationException>(() => rig.RunAsync(probe, 100_000, hasEnd: false));

        Assert.Contains($"{stage} of 10 is broken", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, probe.Open);
        Assert.Equal(0, rig.Slots.InUse);
        Assert.All(probe.Visits, visit => Assert.Equal(1, visit.Ended));
        // An item that was read and had no slot yet when the tenth failed is not begun.
        Assert.InRange(probe.Visits.Count, 10 - 3, 10_000);
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task Stopping_while_reading_ends_the_run(string strategy)
    {
        using Rig rig = new(strategy, 3);
        Probe probe = new();

        Task run = rig.RunAsync(probe, 2, hasEnd: false);
        await probe.FetchesBeganAsync(2);
        await rig.StopReading.CancelAsync();
        await run;

        Assert.Equal(2, probe.Visits.Count);
        Assert.Equal(0, probe.Open);
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task Stopping_lets_items_in_flight_finish_and_takes_no_more(string strategy)
    {
        using Rig rig = new(strategy, 2);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Probe probe = new() { Hold = _ => release.Task };
        int inFlight = rig.Limit.Degree;

        Task run = rig.RunAsync(probe, 20, hasEnd: false);
        await probe.FetchesBeganAsync(inFlight);
        await rig.StopReading.CancelAsync();
        Assert.False(run.IsCompleted);
        release.SetResult();
        await run;

        Assert.Equal(inFlight, probe.Visits.Count);
        Assert.All(probe.Visits, visit => Assert.NotNull(visit.PersistThread));
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task Aborting_gives_up_what_is_in_flight(string strategy)
    {
        using Rig rig = new(strategy, 2);
        TaskCompletionSource never = new();
        Probe probe = new() { Hold = _ => never.Task };

        Task run = rig.RunAsync(probe, 20, hasEnd: false);
        await probe.FetchesBeganAsync(rig.Limit.Degree);
        await rig.Abort.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(0, probe.Open);
        Assert.Equal(0, rig.Slots.InUse);
        Assert.All(probe.Visits, visit => Assert.Null(visit.PersistThread));
    }

    [Theory, MemberData(nameof(Strategies.Parallel), MemberType = typeof(Strategies))]
    public async Task A_higher_degree_takes_effect_while_items_are_in_flight(string strategy)
    {
        using Rig rig = new(strategy, 2);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Probe probe = new() { Hold = _ => release.Task };

        Task run = rig.RunAsync(probe, 20);
        await probe.FetchesBeganAsync(2);
        rig.Limit.Set(6);
        await probe.FetchesBeganAsync(4);
        Assert.False(await probe.AnotherFetchBeginsAsync());
        release.SetResult();
        await run;

        Assert.Equal(6, probe.MaxInFetch);
    }

    [Theory, MemberData(nameof(Strategies.Parallel), MemberType = typeof(Strategies))]
    public async Task A_lower_degree_takes_effect_as_items_end(string strategy)
    {
        using Rig rig = new(strategy, 6);
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Probe probe = new() { Hold = item => item <= 6 ? first.Task : second.Task };

        Task run = rig.RunAsync(probe, 30);
        await probe.FetchesBeganAsync(6);
        rig.Limit.Set(2);
        first.SetResult();
        await probe.FetchesBeganAsync(2);
        Assert.False(await probe.AnotherFetchBeginsAsync());
        second.SetResult();
        await run;

        Assert.Equal(30, probe.Visits.Count);
        Assert.All(probe.Visits.Where(visit => visit.Item > 6), visit => Assert.InRange(visit.Slot, 0, 1));
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task A_pause_lets_what_is_in_flight_finish_and_starts_nothing_until_it_is_over(string strategy)
    {
        using Rig rig = new(strategy, 3);
        TaskCompletionSource first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Probe probe = new() { Hold = _ => first.Task };
        int inFlight = rig.Limit.Degree;

        Task run = rig.RunAsync(probe, 30);
        await probe.FetchesBeganAsync(inFlight);
        rig.Limit.Pause(true);
        first.SetResult();
        Assert.False(await probe.AnotherFetchBeginsAsync());
        Assert.Equal((0, inFlight), (rig.Slots.InUse, probe.Visits.Count));
        rig.Limit.Pause(false);
        await run;

        Assert.Equal(Enumerable.Range(1, 30), probe.Visits.Select(visit => visit.Item).Order());
        Assert.All(probe.Visits, visit => Assert.Equal(1, visit.Ended));
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task Stopping_ends_a_run_that_is_paused_from_the_start_on_and_the_degree_may_change_meanwhile(string strategy)
    {
        using Rig rig = new(strategy, 3);
        Probe probe = new();
        rig.Limit.Pause(true);

        Task run = rig.RunAsync(probe, 20, hasEnd: false);
        if (!strategy.StartsWith("Sequential", StringComparison.Ordinal))
            rig.Limit.Set(5, isAdaptive: rig.Limit.Limiter is not null);
        Assert.False(await probe.AnotherFetchBeginsAsync());
        await rig.StopReading.CancelAsync();
        await run;

        Assert.Empty(probe.Visits);
        Assert.Equal(0, rig.Slots.InUse);
    }

    public static TheoryData<string, string> FaultingStages()
    {
        TheoryData<string, string> data = [];
        foreach (string strategy in (IEnumerable<string>)[.. StrategyCatalog.All.Select(known => known.Name), "Async auto"])
        {
            foreach (string stage in (string[])["fetch", "transform", "persist"])
                data.Add(strategy, stage);
        }

        return data;
    }
}
