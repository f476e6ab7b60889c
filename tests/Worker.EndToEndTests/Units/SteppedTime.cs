namespace Worker.EndToEndTests.Units;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<SteppedTimer> _timers = [];
    private readonly List<(TimeSpan DueTime, TaskCompletionSource IsSet)> _waiters = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

    private TimeSpan Now
    {
        get
        {
            lock (_lock)
                return _now;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        SteppedTimer timer = new(this, () => callback(state));
        lock (_lock)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes when somebody waits for this long.</summary>
    public Task TimerSet(TimeSpan dueTime)
    {
        lock (_lock)
        {
            if (_timers.Exists(timer => timer.Due == _now + dueTime))
                return Task.CompletedTask;
            _waiters.Add((dueTime, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
            return _waiters[^1].IsSet.Task;
        }
    }

    public void Advance(TimeSpan by)
    {
        SteppedTimer[] due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.TakeIfDue(_now))];
        }

        foreach (SteppedTimer timer in due)
            timer.Fire();
    }

    private sealed class SteppedTimer(SteppedTime time, Action fire) : ITimer
    {
        public TimeSpan? Due { get; private set; }

        public void Fire() => fire();

        public bool TakeIfDue(TimeSpan now)
        {
            if (Due is null || Due > now)
                return false;
            Due = null;
            return true;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
                foreach ((TimeSpan _, TaskCompletionSource isSet) in time._waiters.FindAll(waiter => waiter.DueTime == dueTime))
                    isSet.TrySetResult();
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
