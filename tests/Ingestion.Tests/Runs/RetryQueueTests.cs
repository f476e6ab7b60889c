using Ingestion.Runs;
using Ingestion.Sources;
using TestSupport.Time;

namespace Ingestion.Tests.Runs;

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
        Assert.Equal(2, (await first).CharacterId);

        Task<WorkItem> second = TakeAsync(queue);
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await second).CharacterId);
    }

    [Fact]
    public async Task An_item_that_is_due_earlier_overtakes_one_that_is_waited_for()
    {
        using RetryQueue queue = new(10, _time);
        queue.Add(Item(1), TimeSpan.FromMinutes(1));
        Task<WorkItem> taken = TakeAsync(queue);

        queue.Add(Item(2), TimeSpan.Zero);

        Assert.Equal(2, (await taken).CharacterId);
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

    private static async Task<WorkItem> TakeAsync(RetryQueue queue)
    {
        await queue.WaitForDueAsync(CancellationToken.None);
        return queue.Take();
    }

    private static WorkItem Item(int id) => new(new SourceItem(id));
}
