namespace TestSupport.Time;

/// <summary>A clock that stands still until a test moves it. Timers fire on the thread that calls <see cref="Advance"/>, in the order they are due.</summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _pending = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private long _elapsed;
    private long _set;
    private long _order;

    public ManualTimeProvider()
        : this(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>What the timers that wait to fire were created for.</summary>
    public IReadOnlyList<object?> PendingStates
    {
        get
        {
            lock (_lock)
                return [.. _pending.Select(timer => timer.State)];
        }
    }

    /// <summary>How many timers wait to fire.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    public override DateTimeOffset GetUtcNow() => start + TimeSpan.FromTicks(GetTimestamp() + Interlocked.Read(ref _set));

    public override long GetTimestamp() => Interlocked.Read(ref _elapsed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock. Each timer that falls due sees the very moment it was due at, and may start others that fall due on the way.</summary>
    public void Advance(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        long target = GetTimestamp() + duration.Ticks;
        while (TakeDue(target) is { } timer)
            timer.Fire();
    }

    /// <summary>Sets the wall clock forward or back, as somebody may who finds it wrong: no time passes, no timer fires.</summary>
    public void SetWallClock(TimeSpan by) => Interlocked.Add(ref _set, by.Ticks);

    /// <summary>Completes as soon as at least this many timers wait to fire: the moment when everybody who should be waiting is.</summary>
    public Task WaitForTimersAsync(int count)
    {
        lock (_lock)
        {
            if (_pending.Count >= count)
                return Task.CompletedTask;

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task;
        }
    }

    internal void Schedule(ManualTimer timer, TimeSpan dueTime)
    {
        lock (_lock)
        {
            _pending.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;

            timer.Due = GetTimestamp() + dueTime.Ticks;
            timer.Order = _order++;
            _pending.Add(timer);
            _waiters.RemoveAll(waiter => _pending.Count >= waiter.Count && waiter.Reached.TrySetResult());
        }
    }

    private ManualTimer? TakeDue(long target)
    {
        lock (_lock)
        {
            ManualTimer? next = _pending.Where(timer => timer.Due <= target).OrderBy(timer => timer.Due).ThenBy(timer => timer.Order).FirstOrDefault();
            Interlocked.Exchange(ref _elapsed, Math.Max(GetTimestamp(), next?.Due ?? target));
            if (next is not null)
                _pending.Remove(next);
            return next;
        }
    }
}
