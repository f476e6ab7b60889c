using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Feeding;

public sealed class RetryQueueTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Items_come_out_when_they_are_due_and_never_earlier()
    {
        using RetryQueue queue = new(10, _time);
        queue.Add(Item(1), TimeSpan.FromSeconds(2));
        queue.Add(Item(2), TimeSpan.FromSeconds(1));

        Task<WorkItem> first = TakeAsync(queue);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, (await first).Key);

        Task<WorkItem> second = TakeAsync(queue);
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await second).Key);
    }

    [Fact]
    public async Task An_item_that_is_due_earlier_overtakes_one_that_is_waited_for()
    {
        using RetryQueue queue = new(10, _time);
        queue.Add(Item(1), TimeSpan.FromMinutes(1));
        Task<WorkItem> taken = TakeAsync(queue);

        queue.Add(Item(2), TimeSpan.Zero);

        Assert.Equal(2, (await taken).Key);
    }

    [Fact]
    public async Task A_full_queue_holds_back_fresh_work_until_there_is_room()
    {
        using RetryQueue queue = new(2, _time);
        queue.Add(Item(1), TimeSpan.Zero);
        Assert.True(queue.WaitForRoomAsync(CancellationToken.None).IsCompleted);
        queue.Add(Item(2), TimeSpan.Zero);
        queue.Add(Item(3), TimeSpan.Zero);
        Task room = queue.WaitForRoomAsync(CancellationToken.None);

        await TakeAsync(queue);
        Assert.False(room.IsCompleted);
        await TakeAsync(queue);

        await room;
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void A_timer_that_fires_and_an_item_that_comes_after_the_end_are_ignored()
    {
        LateTimers time = new();
        RetryQueue queue = new(10, time);
        queue.Dispose();

        time.Fire();
        queue.Add(Item(1), TimeSpan.Zero);

        Assert.Equal(1, time.Fired);
    }

    private static async Task<WorkItem> TakeAsync(RetryQueue queue)
    {
        await queue.WaitForDueAsync(CancellationToken.None);
        return queue.Take();
    }

    private static WorkItem Item(int id) => new(new SourceItem(id));

    /// <summary>A timer that was about to fire when it was disposed of.</summary>
    private sealed class LateTimers : TimeProvider, ITimer
    {
        private Action _fire = () => { };

        public int Fired { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return this;
        }

        public void Fire()
        {
            Fired++;
            _fire();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
