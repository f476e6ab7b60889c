namespace Ingestion.Runs.Recording;

/// <summary>
/// The latest attempts of the process, whichever run they belong to: those that go on, and a ring of those that have ended; and over all of them, for the last
/// minute, the grid of what the slots did. Always on. Without those that go on it takes less than 8 MiB, whatever keys and reasons are. Safe from any thread.
/// </summary>
public sealed class RecentAttempts(TimeProvider timeProvider)
{
    /// <summary>Ended attempts that are kept; about 400 bytes each, and up to 600 for its key and reason.</summary>
    public const int Capacity = 6_000;

    /// <summary>How much time a column of the grid stands for, in milliseconds.</summary>
    public const int ColumnMilliseconds = 100;

    /// <summary>The most UTF-16 units that are kept of a key.</summary>
    public const int MaxKeyLength = 64;

    /// <summary>The same for a reason.</summary>
    public const int MaxReasonLength = 200;

    /// <summary>A minute and a little: the columns that are read have ended.</summary>
    private const int Columns = 610;

    private const int MaxSpare = 500;
    private const int MaxFailures = 20;

    private static readonly TimeSpan Column = TimeSpan.FromMilliseconds(ColumnMilliseconds);

    private readonly long _origin = timeProvider.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<AttemptRecord> _open = [];
    private readonly AttemptRecord?[] _ring = new AttemptRecord?[Capacity];
    private readonly Stack<AttemptRecord> _spare = new(MaxSpare);
    private readonly TimelineGrid _grid = new(Columns, ColumnMilliseconds, isRolling: true);
    private readonly List<RecentFailure> _failures = new(MaxFailures);
    private long _ended;
    private long _failed;
    private (ItemKey Key, long Took)? _longest;

    /// <summary>How many attempts have failed so far, those that were made again included.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>How many attempts go on, in a slot or, with a pipeline, beyond one.</summary>
    public int OpenCount
    {
        get
        {
            lock (_lock)
                return _open.Count;
        }
    }

    /// <summary>How long the oldest of them has been going on; 0 when there is none.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            lock (_lock)
                return _open.Count == 0 ? TimeSpan.Zero : timeProvider.GetElapsedTime(_open.Min(static record => record.Begin));
        }
    }

    /// <summary>What happened since an earlier look.</summary>
    /// <param name="after">How many attempts had ended then.</param>
    /// <param name="fromColumn">The first column that it did not have.</param>
    /// <param name="most">The most attempts to return one by one.</param>
    public RecentLook Look(long after, long fromColumn, int most)
    {
        lock (_lock)
        {
            long now = timeProvider.GetTimestamp();
            TimeSpan at = Since(now);
            foreach (AttemptRecord record in _open)
                AddToGrid(record, now);
            _grid.MoveTo(at);
            long endColumn = at.Ticks / Column.Ticks;
            long firstColumn = Math.Max(fromColumn, Math.Max(0, endColumn - Columns + 10));
            long count = _ended - after;
            bool areFew = count <= Math.Min(most, Capacity) && _open.Count <= most;
            return new RecentLook(
                at,
                _ended,
                areFew ? [.. Enumerable.Range(0, (int)count).Select(i => At(after + i).Read(Since))] : null,
                areFew ? [.. _open.Select(record => record.Read(Since, now) with { Key = AttemptRecord.Cut(record.Key, MaxKeyLength) })] : null,
                firstColumn,
                _grid.Window(firstColumn, Math.Max(firstColumn, endColumn)),
                [.. _failures.OrderByDescending(failure => failure.At)]);
        }
    }

    /// <summary>What happened in the last minute, as far as it is kept.</summary>
    /// <param name="most">The most attempts to return one by one.</param>
    public RecentLook LookBack(int most)
    {
        lock (_lock)
        {
            TimeSpan begin = Since(timeProvider.GetTimestamp()) - TimeSpan.FromMinutes(1);
            long after = _ended;
            while (after > 0 && _ended - after < Capacity && Since(At(after - 1).End) >= begin)
                after--;
            return Look(after, begin.Ticks / Column.Ticks, _ended - after < Capacity ? most : 0);
        }
    }

    /// <summary>The item whose attempt took longest of those that ended since this was last asked, or go on; null when there are none.</summary>
    public (ItemKey Key, TimeSpan Took)? TakeLongest()
    {
        lock (_lock)
        {
            long now = timeProvider.GetTimestamp();
            AttemptRecord? oldest = _open.MinBy(static record => record.Begin);
            (ItemKey Key, long Took)? longest = oldest is not null && (_longest is null || now - oldest.Begin > _longest.Value.Took)
                ? (AttemptRecord.Cut(oldest.Key, MaxKeyLength), now - oldest.Begin)
                : _longest;
            _longest = null;
            return longest is { } found ? (found.Key, timeProvider.GetElapsedTime(0, found.Took)) : null;
        }
    }

    /// <summary>
    /// The latest attempts and those that go on, without names of threads and samples, and from when on as it is counted here; null when there are none. When
    /// as many as are kept do not go back a minute, the timeline has all attempts of the last minute, and one by one there are the latest of them.
    /// </summary>
    /// <param name="most">The most to have in it, one by one, of which those that go on come first.</param>
    public (TimeSpan From, RunRecording Recording)? Record(int most = int.MaxValue)
    {
        AttemptRecord[] ended, open;
        long now, begin;
        Timeline? minute = null;
        lock (_lock)
        {
            int count = (int)Math.Clamp(most - _open.Count, 0, Math.Min(_ended, Capacity));
            if (count + _open.Count == 0)
                return null;

            now = timeProvider.GetTimestamp();
            ended = [.. Enumerable.Range(0, count).Select(i => At(_ended - count + i).Copy())];
            open = [.. _open.Select(record => record.Copy(now))];
            begin = ended.Concat(open).Min(static record => record.Begin);
            if (count == Capacity && Look(_ended, (Since(now) - TimeSpan.FromMinutes(1)).Ticks / Column.Ticks, most: 0) is var look && Since(ended[0].End) > look.FirstColumn * Column)
            {
                minute = look.Columns;
                begin = now - (long)((Since(now) - (look.FirstColumn * Column)).TotalSeconds * timeProvider.TimestampFrequency);
            }
        }

        RunRecorder recorder = new(begin, timeProvider);
        foreach (AttemptRecord record in ended)
            recorder.Add(record);
        foreach (AttemptRecord record in open)
            recorder.Add(record, now);
        RunRecording recording = recorder.Build([], []);
        return (Since(begin), minute is null ? recording : recording with { Timeline = minute, AttemptCount = minute.Ended.Sum(), Elapsed = minute.Interval * minute.Ended.Count });
    }

    /// <summary>A moment of the clock as it is counted here: from the start of the process.</summary>
    internal TimeSpan Since(long timestamp) => timeProvider.GetElapsedTime(_origin, timestamp);

    /// <summary>An attempt begins.</summary>
    internal AttemptRecord Begin(WorkItem item, int slot, long begin, int thread, bool isSlotHeldToTheEnd, string? traceId = null)
    {
        lock (_lock)
        {
            AttemptRecord record = (_spare.TryPop(out AttemptRecord? spare) ? spare : new AttemptRecord()).Start(item, slot, begin, thread, isSlotHeldToTheEnd, traceId);
            record.Place = _open.Count;
            _open.Add(record);
            return record;
        }
    }

    /// <summary>An attempt has ended. Its record may be another one's from now on.</summary>
    internal void End(AttemptRecord record)
    {
        lock (_lock)
        {
            AttemptRecord last = _open[^1];
            (_open[record.Place], last.Place) = (last, record.Place);
            _open.RemoveAt(_open.Count - 1);
            AddToGrid(record, record.End);
            _grid.AddEnded(Since(record.End));
            record.Shorten(MaxKeyLength, MaxReasonLength);
            if (record.Error is not null)
                AddFailure(record);
            if (_longest is null || record.End - record.Begin > _longest.Value.Took)
                _longest = (record.Key, record.End - record.Begin);

            ref AttemptRecord? place = ref _ring[_ended++ % Capacity];
            if (place is not null && _spare.Count < MaxSpare)
            {
                place.Forget();
                _spare.Push(place);
            }

            place = record;
        }
    }

    /// <summary>What the attempts that go on are doing, those that have been at it longest first.</summary>
    internal string[] Describe(int most)
    {
        lock (_lock)
            return [.. _open.OrderBy(record => record.Since).Take(most).Select(record => $"{record} for {timeProvider.GetElapsedTime(record.Since):c}")];
    }

    private AttemptRecord At(long number) => _ring[number % Capacity]!;

    /// <summary>Adds what is not on the grid yet of the stages that are over, and of the one that goes on.</summary>
    private void AddToGrid(AttemptRecord record, long now)
    {
        ReadOnlySpan<AttemptRecord.StageNote> over = record.StagesSoFar(out AttemptRecord.StageNote? running);
        foreach (ref readonly AttemptRecord.StageNote stage in over)
            AddToGrid(record, stage.Stage, stage.Begin, stage.End);
        if (running is { } current)
            AddToGrid(record, current.Stage, current.Begin, now);
        record.OnGridUntil = now;
    }

    private void AddToGrid(AttemptRecord record, Stage stage, long begin, long end)
    {
        begin = Math.Max(begin, record.OnGridUntil);
        if (end <= begin)
            return;

        if (record.IsSlotHeldToTheEnd || stage < Stage.Transform)
            _grid.AddInSlot(record.Slot, stage, Since(begin), Since(end));
        else
            _grid.AddBeyondSlot(stage, Since(begin), Since(end));
    }

    private void AddFailure(AttemptRecord record)
    {
        _failed++;
        RecentFailure? before = _failures.Find(failure => failure.Reason == record.Error);
        if (before is not null || _failures.Count == MaxFailures)
            _failures.Remove(before ?? _failures.MinBy(failure => failure.At)!);
        _failures.Add(new RecentFailure(record.Error!, (before?.Count ?? 0) + 1, record.Key, Since(record.End)));
    }
}
