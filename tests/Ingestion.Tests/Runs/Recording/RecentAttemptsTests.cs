using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Ingestion.Sources;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Recording;

public sealed class RecentAttemptsTests
{
    private const int MiB = 1 << 20;

    private readonly ManualTimeProvider _clock = new();
    private readonly RecentAttempts _recent;

    public RecentAttemptsTests() => _recent = new RecentAttempts(_clock);

    [Fact]
    public void Keys_and_reasons_of_any_length_fit_into_eight_mebibytes_and_do_not_grow_them()
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 4 * RecentAttempts.Capacity; i++)
            Attempt(new string('k', 5_000) + i, slot: i % 5_000, TimeSpan.FromMilliseconds(1), error: i + new string('e', 10_000));
        long taken = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.InRange(taken, MiB, 8 * MiB);
        RecentLook look = _recent.LookBack(RecentAttempts.Capacity);
        Assert.All(look.Attempts ?? [], attempt => Assert.Equal((RecentAttempts.MaxKeyLength, RecentAttempts.MaxReasonLength), (attempt.Key.Text!.Length, attempt.Error!.Length)));
        Assert.InRange(look.Failures.Count, 1, 20);
    }

    [Fact]
    public void An_attempt_that_ends_allocates_nothing_once_the_ring_is_full()
    {
        WorkItem item = new(new SourceItem(1));
        for (int i = 0; i < 2 * RecentAttempts.Capacity; i++)
            Note(item);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
            Note(item);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Note(WorkItem of)
        {
            AttemptRecord record = _recent.Begin(of, 0, 0, 1, isSlotHeldToTheEnd: true);
            record.BeginStage(Stage.Fetch, 0, 1);
            record.EndStage(10, 1);
            record.Finish(10, 1, Outcome.Ingested, error: null);
            _recent.End(record);
        }
    }

    [Fact]
    public void A_look_shows_what_has_ended_since_the_one_before_and_what_goes_on_as_it_stands()
    {
        Attempt(1, slot: 0, TimeSpan.FromMilliseconds(100));
        RecentLook first = _recent.Look(after: 0, fromColumn: 0, most: 10);
        Attempt(2, slot: 0, TimeSpan.FromMilliseconds(100));
        AttemptRecord open = Begin(3, slot: 1);
        open.BeginStage(Stage.Gate, _clock.GetTimestamp(), 1);
        _clock.Advance(TimeSpan.FromMilliseconds(30));
        open.EndStage(_clock.GetTimestamp(), 1);
        open.BeginStage(Stage.Fetch, _clock.GetTimestamp(), 2);
        _clock.Advance(TimeSpan.FromMilliseconds(70));

        RecentLook second = _recent.Look(first.Ended, 0, most: 10);

        Assert.Equal([1], first.Attempts!.Select(attempt => attempt.Key.Number));
        Assert.Equal([2], second.Attempts!.Select(attempt => attempt.Key.Number));
        RecordedAttempt standing = Assert.Single(second.Open!);
        Assert.Equal((3, 1, Ms(200), Ms(300), null), (standing.Key, standing.Slot, standing.Begin, standing.End, standing.Outcome));
        Assert.Equal([(Stage.Gate, Ms(200), Ms(230)), (Stage.Fetch, Ms(230), Ms(300))], standing.Stages.Select(stage => (stage.Stage, stage.Begin, stage.End)));
    }

    [Fact]
    public void More_than_are_wanted_are_not_returned_one_by_one_but_stand_in_the_columns()
    {
        for (int i = 0; i < 11; i++)
            Attempt(i, slot: 0, TimeSpan.FromMilliseconds(100));
        RecentLook look = _recent.LookBack(most: 10);

        Assert.Null(look.Attempts);
        Assert.Equal(11, look.Columns.Ended.Sum());
        Assert.All(look.Columns.Slots[0], cell => Assert.Equal(Ms(100), cell.Fetch));
    }

    [Fact]
    public void A_stage_that_goes_on_fills_the_columns_once_however_often_they_are_looked_at()
    {
        AttemptRecord open = Begin(1, slot: 0);
        open.BeginStage(Stage.Fetch, _clock.GetTimestamp(), 1);
        for (int i = 0; i < 25; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(40));
            _ = _recent.LookBack(10);
        }

        End(open, Outcome.Ingested, null);
        _clock.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(Ms(1_000), _recent.LookBack(10).Columns.Slots[0].Aggregate(TimeSpan.Zero, (sum, cell) => sum + cell.Fetch));
    }

    [Fact]
    public void After_a_minute_an_attempt_is_not_shown_any_longer()
    {
        Attempt(1, slot: 0, TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(61));
        Attempt(2, slot: 0, TimeSpan.FromSeconds(1));

        RecentLook look = _recent.LookBack(10);

        Assert.Equal([2], look.Attempts!.Select(attempt => attempt.Key.Number));
        Assert.Equal((1, 600), (look.Columns.Ended.Sum(), look.Columns.Ended.Count));
        _clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(0, _recent.LookBack(10).Columns.Slots.Sum(row => row.Sum(cell => cell.Total.Ticks)));
    }

    [Fact]
    public void Reasons_are_counted_and_the_latest_comes_first()
    {
        Attempt(1, 0, Ms(1), "HTTP 503");
        Attempt(2, 0, Ms(1), "HTTP 500");
        Attempt(3, 0, Ms(1), "HTTP 503");

        Assert.Equal([("HTTP 503", 2, 3), ("HTTP 500", 1, 2)], _recent.LookBack(10).Failures.Select(failure => (failure.Reason, failure.Count, failure.Key.Number)));
    }

    [Fact]
    public void A_recording_has_the_latest_attempts_and_what_goes_on_with_times_from_the_first_of_them()
    {
        for (int i = 0; i < RecentAttempts.Capacity + 1_000; i++)
            Attempt(i, slot: 0, Ms(100));
        AttemptRecord open = Begin("open", slot: 1);
        open.BeginStage(Stage.Fetch, _clock.GetTimestamp(), 1);
        _clock.Advance(Ms(250));

        (TimeSpan from, RunRecording recording) = _recent.Record()!.Value;

        Assert.Equal((Ms(100_000), RecentAttempts.Capacity + 1), (from, recording.AttemptCount));
        Assert.Equal([.. Enumerable.Range(1_000, RecentAttempts.Capacity).Select(i => (ItemKey)i), "open"], recording.Attempts.Select(attempt => attempt.Key));
        Assert.Equal((Ms(0), Ms(100)), (recording.Attempts[0].Begin, recording.Attempts[0].End));
        Assert.Equal((true, Ms(600_000), Ms(600_250), Stage.Fetch), (recording.Attempts[^1].IsOpen, recording.Attempts[^1].Begin, recording.Attempts[^1].End, recording.Attempts[^1].Stages[^1].Stage));
        Assert.Equal((RecentAttempts.Capacity, RecentAttempts.Capacity), (recording.AttemptLatency.Count, recording.Timeline.Ended.Sum()));
        Assert.Equal((Ms(600_250), _clock.GetUtcNow() - Ms(600_250)), (recording.Elapsed, recording.StartedAt));
        Assert.Equal(["6998", "6999", "open"], _recent.Record(most: 3)!.Value.Recording.Attempts.Select(attempt => attempt.Key.ToString()));
    }

    [Fact]
    public void When_as_many_as_are_kept_take_less_than_a_minute_the_timeline_has_the_whole_minute()
    {
        for (int i = 0; i < 60_000; i++)
            Attempt(i, slot: i % 4, Ms(2));
        _clock.Advance(Ms(100));

        (TimeSpan from, RunRecording recording) = _recent.Record()!.Value;

        Assert.Equal((Ms(60_100), Ms(60_000), 600), (from, recording.Elapsed, recording.Timeline.Ended.Count));
        Assert.Equal((29_950, RecentAttempts.Capacity), (recording.AttemptCount, recording.Attempts.Count));
        Assert.Equal((Ms(59_898), Ms(59_900)), (recording.Attempts[^1].Begin, recording.Attempts[^1].End));
        Assert.Equal(Ms(2), recording.AttemptLatency.Max);
    }

    [Fact]
    public void The_longest_attempt_is_told_once_when_it_has_ended_and_as_long_as_it_goes_on()
    {
        Assert.Null(_recent.TakeLongest());
        Attempt(1, slot: 0, Ms(300));
        Attempt(2, slot: 0, Ms(500));
        Attempt(3, slot: 0, Ms(400));
        Assert.Equal((2, Ms(500)), _recent.TakeLongest());
        Assert.Null(_recent.TakeLongest());

        AttemptRecord open = Begin(4, slot: 0);
        open.BeginStage(Stage.Fetch, _clock.GetTimestamp(), 1);
        _clock.Advance(Ms(700));
        Assert.Equal((4, Ms(700)), _recent.TakeLongest());
        _clock.Advance(Ms(100));
        Assert.Equal((4, Ms(800)), _recent.TakeLongest());
        End(open, Outcome.Failed, "HTTP 500");
        Assert.Equal((4, Ms(800)), _recent.TakeLongest());
        Assert.Equal(1, _recent.Failed);
    }

    [Fact]
    public async Task Nothing_is_torn_while_many_threads_begin_end_and_look()
    {
        using CancellationTokenSource stop = new();
        RecentAttempts recent = new(TimeProvider.System);
        Task[] working = [.. Enumerable.Range(0, 4).Select(slot => Task.Run(() =>
        {
            WorkItem item = new(new SourceItem(slot));
            while (!stop.IsCancellationRequested)
            {
                AttemptRecord record = recent.Begin(item, slot, Now(), slot, isSlotHeldToTheEnd: true);
                foreach (Stage stage in Enum.GetValues<Stage>())
                {
                    record.BeginStage(stage, Now(), slot);
                    record.EndStage(Now(), slot);
                }

                record.Finish(Now(), slot, Outcome.Ingested, null);
                recent.End(record);
            }
        }, TestContext.Current.CancellationToken))];
        long ended = 0;
        for (int i = 0; i < 2_000; i++)
        {
            RecentLook look = recent.Look(ended, 0, most: int.MaxValue);
            ended = look.Ended;
            foreach (RecordedAttempt attempt in (look.Open ?? []).Concat(look.Attempts ?? []))
            {
                Assert.Equal(attempt.Slot, attempt.Key.Number);
                Assert.All(attempt.Stages, stage => Assert.Equal(attempt.Slot, stage.BeginThread));
                Assert.Equal(Enumerable.Range(0, attempt.Stages.Count), attempt.Stages.Select(stage => (int)stage.Stage));
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(working);

        static long Now() => TimeProvider.System.GetTimestamp();
    }

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private AttemptRecord Begin(ItemKey key, int slot) =>
        _recent.Begin(new WorkItem(new SourceItem(key)) { Attempts = 1, EnqueuedAt = _clock.GetTimestamp() }, slot, _clock.GetTimestamp(), 1, isSlotHeldToTheEnd: true);

    private void End(AttemptRecord record, Outcome? outcome, string? error)
    {
        record.EndStage(_clock.GetTimestamp(), 1);
        record.Finish(_clock.GetTimestamp(), 1, outcome, error);
        _recent.End(record);
    }

    private void Attempt(ItemKey key, int slot, TimeSpan took, string? error = null)
    {
        AttemptRecord record = Begin(key, slot);
        record.BeginStage(Stage.Fetch, _clock.GetTimestamp(), 1);
        _clock.Advance(took);
        End(record, error is null ? Outcome.Ingested : Outcome.Failed, error);
    }
}
