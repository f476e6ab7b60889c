using FsCheck;
using FsCheck.Fluent;
using Ingestion.Runs;
using Ingestion.Runs.Recording;

namespace Ingestion.Tests.Runs.Recording;

public sealed class TimelineGridTests
{
    private const int MaxColumns = 320;
    private const int MaxRows = 32;

    /// <summary>What slots do one after the other: a slot, a stage, and how long it takes after the one before it in that slot.</summary>
    private static readonly Gen<(int Slot, Stage Stage, TimeSpan Pause, TimeSpan Length)[]> Work = Gen.NonEmptyListOf(
        from slots in Gen.Elements(1, 8, 40, 5_000)
        from slot in Gen.Choose(0, slots - 1)
        from stage in Gen.Elements(Enum.GetValues<Stage>())
        from pause in Gen.Choose(0, 100_000)
        from magnitude in Gen.Elements(1, 1_000, 100_000)
        from length in Gen.Choose(0, 100_000)
        select (slot, stage, TimeSpan.FromTicks(pause), TimeSpan.FromTicks((long)length * magnitude))).Select(work => work.ToArray());

    [Fact]
    public void No_time_is_lost_or_counted_twice_however_much_is_merged() => Prop.ForAll(Work.ToArbitrary(), work =>
    {
        TimelineGrid grid = new();
        Dictionary<Stage, TimeSpan> expected = Enum.GetValues<Stage>().ToDictionary(stage => stage, _ => TimeSpan.Zero);
        Timeline timeline = grid.Build(Fill(grid, work, expected));

        Assert.All(expected, pair => Assert.Equal(pair.Value, Sum(timeline.Slots.SelectMany(row => row), pair.Key)));
        Assert.Equal(work.Length, timeline.Ended.Sum());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_cell_has_at_most_the_time_its_slots_have() => Prop.ForAll(Work.ToArbitrary(), work =>
    {
        TimelineGrid grid = new();
        Timeline timeline = grid.Build(Fill(grid, work, []));

        Assert.All(timeline.Slots.SelectMany(row => row), cell => Assert.InRange(cell.Total, TimeSpan.Zero, timeline.Interval * timeline.SlotsPerRow));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void It_never_grows_beyond_its_size() => Prop.ForAll(Work.ToArbitrary(), work =>
    {
        TimelineGrid grid = new();
        TimeSpan elapsed = Fill(grid, work, []);
        Timeline timeline = grid.Build(elapsed);

        Assert.InRange(timeline.Slots.Count, 1, MaxRows);
        Assert.InRange(timeline.Ended.Count, 1, MaxColumns);
        Assert.All(timeline.Slots, row => Assert.Equal(timeline.Ended.Count, row.Count));
        Assert.True(timeline.Interval * timeline.Ended.Count >= elapsed, "the last column does not reach the end");
        Assert.True(work.Max(item => item.Slot) < timeline.SlotsPerRow * timeline.Slots.Count, "a slot has no row");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_stage_is_spread_over_the_columns_it_runs_in()
    {
        TimelineGrid grid = new();
        grid.AddInSlot(1, Stage.Fetch, TimeSpan.FromMilliseconds(0.5), TimeSpan.FromMilliseconds(2.25));
        Timeline timeline = grid.Build(TimeSpan.FromMilliseconds(2.25));

        Assert.Equal((TimeSpan.FromMilliseconds(1), 1), (timeline.Interval, timeline.SlotsPerRow));
        Assert.Equal([0.5, 1, 0.25], timeline.Slots[1].Select(cell => cell.Fetch.TotalMilliseconds));
        Assert.Equal([0, 0, 0], timeline.Slots[0].Select(cell => cell.Total.TotalMilliseconds));
        Assert.Empty(timeline.BeyondSlots);
    }

    [Fact]
    public void What_ends_at_the_very_end_of_a_column_is_counted_in_it()
    {
        TimelineGrid grid = new();
        grid.AddEnded(TimeSpan.FromMilliseconds(1));
        grid.AddEnded(TimeSpan.FromMilliseconds(2));

        Assert.Equal([1, 1], grid.Build(TimeSpan.FromMilliseconds(2)).Ended);
    }

    [Fact]
    public void What_runs_beyond_the_slots_is_in_no_row_and_survives_merging_too()
    {
        TimelineGrid grid = new();
        grid.AddBeyondSlot(Stage.Persist, TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(9));
        grid.AddInSlot(100, Stage.Fetch, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Timeline timeline = grid.Build(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromMilliseconds(6), Sum(timeline.BeyondSlots, Stage.Persist));
        Assert.Equal(TimeSpan.FromMinutes(1), Sum(timeline.Slots.SelectMany(row => row), Stage.Fetch));
        Assert.Equal(timeline.Ended.Count, timeline.BeyondSlots.Count);
    }

    private static TimeSpan Fill(TimelineGrid grid, (int Slot, Stage Stage, TimeSpan Pause, TimeSpan Length)[] work, Dictionary<Stage, TimeSpan> sums)
    {
        Dictionary<int, TimeSpan> free = [];
        foreach ((int slot, Stage stage, TimeSpan pause, TimeSpan length) in work)
        {
            TimeSpan begin = free.GetValueOrDefault(slot) + pause;
            free[slot] = begin + length;
            sums[stage] = sums.GetValueOrDefault(stage) + length;
            grid.AddInSlot(slot, stage, begin, begin + length);
            grid.AddEnded(begin + length);
        }

        return free.Values.Max();
    }

    private static TimeSpan Sum(IEnumerable<StageTimes> cells, Stage stage) => cells.Aggregate(TimeSpan.Zero, (sum, cell) => sum + cell.Of(stage));
}
