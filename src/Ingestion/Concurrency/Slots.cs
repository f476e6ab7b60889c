namespace Ingestion.Concurrency;

/// <summary>
/// The lanes items run in. Whoever enters gets the lowest free number; with a limit of N no slot beyond N − 1 is ever given out.
/// All state is guarded by one lock; waiters are completed outside of it, and continue asynchronously.
/// </summary>
internal sealed class Slots
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<int, int> _returned = new();
    private readonly Queue<TaskCompletionSource<int>> _waiters = new();
    private readonly ConcurrencyLimit _limit;
    private int _next;
    private int _inUse;
    private int _maxInUse;

    public Slots(ConcurrencyLimit limit)
    {
        _limit = limit;
        limit.Changed += AdmitWaiters;
    }

    public ConcurrencyLimit Limit => _limit;

    public int InUse => Volatile.Read(ref _inUse);

    public int MaxInUse => Volatile.Read(ref _maxInUse);

    private bool HasRoom => !_limit.IsPaused && _inUse < _limit.Cap;

    /// <summary>Takes a slot, blocking the thread while all are in use.</summary>
    public int Enter(CancellationToken cancellationToken)
    {
        ValueTask<int> slot = EnterAsync(cancellationToken);
        return slot.IsCompletedSuccessfully ? slot.Result : slot.AsTask().GetAwaiter().GetResult();
    }

    public ValueTask<int> EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<int> waiter;
        lock (_lock)
        {
            if (_waiters.Count == 0 && HasRoom)
                return ValueTask.FromResult(Take());

            waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Enqueue(waiter);
        }

        return WaitAsync(waiter, cancellationToken);
    }

    public void Leave(int slot)
    {
        lock (_lock)
        {
            Debug.Assert(slot >= 0 && slot < _next, "a slot that was never given out comes back");
            _returned.Enqueue(slot, slot);
            _inUse--;
        }

        AdmitWaiters();
    }

    private static async ValueTask<int> WaitAsync(TaskCompletionSource<int> waiter, CancellationToken cancellationToken)
    {
        // A waiter that was cancelled stays in the queue; completing it then fails, and the slot goes to the next.
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<int>)state!).TrySetCanceled(token), waiter);
        return await waiter.Task;
    }

    private void AdmitWaiters()
    {
        while (true)
        {
            TaskCompletionSource<int>? waiter;
            int slot;
            lock (_lock)
            {
                if (!HasRoom || !_waiters.TryDequeue(out waiter))
                    return;

                slot = Take();
            }

            if (waiter.TrySetResult(slot))
                continue;

            lock (_lock)
            {
                _returned.Enqueue(slot, slot);
                _inUse--;
            }
        }
    }

    private int Take()
    {
        _inUse++;
        _maxInUse = Math.Max(_maxInUse, _inUse);
        return _returned.TryDequeue(out int slot, out _) ? slot : _next++;
    }
}
