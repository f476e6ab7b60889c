using Ingestion.Concurrency;

namespace Ingestion.Tests.Concurrency;

public sealed class SlotsTests
{
    [Fact]
    public void The_lowest_free_number_is_given_out()
    {
        Slots slots = new(new ConcurrencyLimit(0));
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 4).Select(_ => slots.Enter(CancellationToken.None)));

        slots.Leave(2);
        slots.Leave(0);

        Assert.Equal([0, 2, 4], Enumerable.Range(0, 3).Select(_ => slots.Enter(CancellationToken.None)));
        Assert.Equal(5, slots.MaxInUse);
    }

    [Fact]
    public async Task A_waiter_gets_the_slot_that_is_given_back()
    {
        Slots slots = new(new ConcurrencyLimit(1));
        int taken = slots.Enter(CancellationToken.None);
        ValueTask<int> waiter = slots.EnterAsync(CancellationToken.None);
        Assert.False(waiter.IsCompleted);

        slots.Leave(taken);

        Assert.Equal(0, await waiter);
        Assert.Equal(1, slots.InUse);
    }

    [Fact]
    public async Task A_cancelled_waiter_does_not_swallow_a_slot()
    {
        Slots slots = new(new ConcurrencyLimit(1));
        int taken = slots.Enter(CancellationToken.None);
        using CancellationTokenSource cancel = new();
        Task<int> cancelled = slots.EnterAsync(cancel.Token).AsTask();
        Task<int> patient = slots.EnterAsync(CancellationToken.None).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        slots.Leave(taken);

        Assert.Equal(0, await patient);
        slots.Leave(0);
        Assert.Equal(0, slots.InUse);
    }

    [Fact]
    public async Task Raising_the_limit_lets_waiters_in()
    {
        ConcurrencyLimit limit = new(1);
        Slots slots = new(limit);
        slots.Enter(CancellationToken.None);
        Task<int>[] waiters = [.. Enumerable.Range(0, 3).Select(_ => slots.EnterAsync(CancellationToken.None).AsTask())];

        limit.Set(3);

        int[] admitted = await Task.WhenAll(waiters[0], waiters[1]);
        Assert.Equal(new[] { 1, 2 }, admitted);
        Assert.False(waiters[2].IsCompleted);
    }
}
