using TestSupport.Time;

namespace Ingestion.Tests.TestSupport;

public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Time_and_timestamps_move_only_when_advanced()
    {
        DateTimeOffset before = _clock.GetUtcNow();
        long timestamp = _clock.GetTimestamp();

        _clock.Advance(TimeSpan.FromMinutes(3));

        Assert.Equal(TimeSpan.FromMinutes(3), _clock.GetUtcNow() - before);
        Assert.Equal(TimeSpan.FromMinutes(3), _clock.GetElapsedTime(timestamp));
    }

    [Fact]
    public void Timers_fire_in_the_order_they_are_due_at_the_moment_they_are_due()
    {
        DateTimeOffset start = _clock.GetUtcNow();
        List<(string Name, double Second)> fired = [];
        using ITimer late = Timer("late", 3, fired, start);
        using ITimer early = Timer("early", 1, fired, start);
        using ITimer alsoEarly = Timer("also early", 1, fired, start);
        using ITimer tooLate = Timer("too late", 9, fired, start);

        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("early", 1), ("also early", 1), ("late", 3)], fired);
        Assert.Equal(1, _clock.PendingTimers);
    }

    [Fact]
    public void A_periodic_timer_fires_once_per_period()
    {
        int fired = 0;
        using ITimer timer = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        _clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(3, fired);
    }

    [Fact]
    public void A_disposed_timer_never_fires()
    {
        int fired = 0;
        _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).Dispose();

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(0, fired);
    }

    [Fact]
    public async Task Delays_and_timeouts_follow_the_clock()
    {
        Task waiting = Task.Run(() => Task.Delay(TimeSpan.FromHours(1), _clock));
        using var timeout = new CancellationTokenSource(TimeSpan.FromHours(2), _clock);
        await _clock.WaitForTimersAsync(2);

        _clock.Advance(TimeSpan.FromHours(1));
        await waiting;
        Assert.False(timeout.IsCancellationRequested);

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.True(timeout.IsCancellationRequested);
    }

    [Fact]
    public void Waiting_for_timers_is_over_as_soon_as_there_are_enough()
    {
        Task two = _clock.WaitForTimersAsync(2);
        using ITimer first = _clock.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        Assert.False(two.IsCompleted);

        using ITimer second = _clock.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        Assert.True(two.IsCompletedSuccessfully);
    }

    private ITimer Timer(string name, int seconds, List<(string Name, double Second)> fired, DateTimeOffset start) =>
        _clock.CreateTimer(_ => fired.Add((name, (_clock.GetUtcNow() - start).TotalSeconds)), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
}
