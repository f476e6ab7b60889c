using System.Runtime.ExceptionServices;

namespace Ingestion.Concurrency;

/// <summary>
/// What all strategies do alike: take items one by one together with a slot, run them, and stop reading at the first fault.
/// Safe to use from many threads.
/// </summary>
internal sealed class StrategyContext<TItem> : IDisposable
{
    private readonly ChannelReader<TItem> _items;
    private readonly IAttemptStarter<TItem> _attempts;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _stopReading;
    private readonly CancellationToken _abort;
    private Exception? _fault;
    private int _aborted;

    private StrategyContext(ChannelReader<TItem> items, IAttemptStarter<TItem> attempts, Slots slots, CancellationToken stopReading, CancellationToken abort)
    {
        (_items, _attempts, Slots, _abort) = (items, attempts, slots, abort);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stopReading, abort);
        _stopReading = _stop.Token;
    }

    public Slots Slots { get; }

    public int ItemsPerAttempt => _attempts.ItemsPerAttempt;

    /// <summary>Whether an item can be taken without waiting for the source.</summary>
    public bool HasItemWaiting => _items.TryPeek(out _);

    /// <summary>
    /// Lets a strategy run items until the channel is completed, or until <paramref name="stopReading"/> fires and what is in flight has finished.
    /// </summary>
    /// <param name="attempts">Starts attempts at items.</param>
    /// <param name="stopReading">Take no more items; let those in flight finish.</param>
    /// <param name="abort">Abort what is in flight. Passed to every stage.</param>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> fired while items were in flight.</exception>
    /// <remarks>
    /// A stage that throws anything else is a defect, not a failed item: reading stops, what is in flight finishes, and the first
    /// exception comes out of the returned task.
    /// </remarks>
    public static async Task RunAsync(
        IConcurrencyStrategy strategy, ChannelReader<TItem> items, IAttemptStarter<TItem> attempts, Slots slots, CancellationToken stopReading, CancellationToken abort)
    {
        using StrategyContext<TItem> run = new(items, attempts, slots, stopReading, abort);
        await strategy.RunAsync(run);
        if (run._fault is IngestionConfigurationException or IngestionUnavailableException)
            ExceptionDispatchInfo.Throw(run._fault); // It says what to do.
        if (run._fault is { } fault)
            throw new InvalidOperationException("A stage failed in a way that no item should cause: " + fault.Message, fault);
        if (Volatile.Read(ref run._aborted) != 0)
            throw new OperationCanceledException(abort);
    }

    /// <summary>Takes the next item, blocking the thread until there is one and a slot is free. Null once the run is over.</summary>
    public (TItem Item, int Slot)? Take()
    {
        try
        {
            if (_stopReading.IsCancellationRequested)
                return null;
            if (!_items.TryRead(out TItem? item))
                item = _items.ReadAsync(_stopReading).AsTask().GetAwaiter().GetResult();

            return Hold(item, Slots.Enter(_stopReading));
        }
        catch (Exception exception) when (IsOver(exception))
        {
            return null;
        }
    }

    /// <summary>
    /// Takes the next item for the only thread that takes any, blocking it. The slot comes first: an item that was taken before would start ahead of an urgent one that comes while it waits for its slot.
    /// </summary>
    public (TItem Item, int Slot)? TakeAlone()
    {
        try
        {
            while (!_stopReading.IsCancellationRequested && _items.WaitToReadAsync(_stopReading).AsTask().GetAwaiter().GetResult())
            {
                int slot = Slots.Enter(_stopReading);
                if (_items.TryRead(out TItem? item))
                    return Hold(item, slot);
                Slots.Leave(slot);
            }
        }
        catch (Exception exception) when (IsOver(exception))
        {
            // There is nothing to take.
        }

        return null;
    }

    /// <summary>Takes the next item, waiting until there is one and a slot is free. Null once the run is over.</summary>
    public async ValueTask<(TItem Item, int Slot)?> TakeAsync()
    {
        try
        {
            TItem? item;
            do
            {
                if (_stopReading.IsCancellationRequested)
                    return null;
                if (_items.TryRead(out item))
                    return Hold(item, await Slots.EnterAsync(_stopReading));
            }
            while (await _items.WaitToReadAsync(_stopReading));
        }
        catch (Exception exception) when (IsOver(exception))
        {
            // There is nothing to take.
        }

        return null;
    }

    /// <summary>Runs all stages of one attempt on this thread, and gives its slot back.</summary>
    public void Process((TItem Item, int Slot) taken) => ProcessAsync(taken, async: false).AsTask().GetAwaiter().GetResult();

    /// <summary>Runs all stages of one attempt, on the context it was called on or blocking the thread, and gives its slot back.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ProcessAsync((TItem Item, int Slot) taken, bool async = true)
    {
        IItemAttempt? attempt = null;
        try
        {
            attempt = _attempts.Start(taken.Item, taken.Slot);
            await attempt.FetchAsync(async, _abort);
            attempt.Transform();
            await attempt.PersistAsync(async, _abort);
        }
        catch (Exception exception)
        {
            Record(exception);
        }

        End(attempt);
        Slots.Leave(taken.Slot);
    }

    /// <summary>Begins an attempt and runs its fetch stage; null if that faulted or was aborted, and the attempt has been ended.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<IItemAttempt?> FetchAsync((TItem Item, int Slot) taken)
    {
        IItemAttempt? attempt = null;
        try
        {
            attempt = _attempts.Start(taken.Item, taken.Slot);
            await attempt.FetchAsync(async: true, _abort);
            return attempt;
        }
        catch (Exception exception)
        {
            Record(exception);
            End(attempt);
            return null;
        }
    }

    /// <summary>Runs the transform stage; false if it faulted, and the attempt has been ended.</summary>
    public bool Transform(IItemAttempt attempt)
    {
        try
        {
            attempt.Transform();
            return true;
        }
        catch (Exception exception)
        {
            Record(exception);
            End(attempt);
            return false;
        }
    }

    /// <summary>Runs the persist stage and ends the attempt, and then calls <paramref name="ended"/>.</summary>
    public async Task PersistAsync(IItemAttempt attempt, Action ended)
    {
        try
        {
            await attempt.PersistAsync(async: true, _abort);
        }
        catch (Exception exception)
        {
            Record(exception);
        }

        End(attempt);
        ended();
    }

    /// <summary>Stops reading because of a defect; the first one is what the run reports.</summary>
    public void Fault(Exception exception)
    {
        Interlocked.CompareExchange(ref _fault, exception, null);
        _stop.Cancel();
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>A slot that became free while the reading was stopped is not used.</summary>
    private (TItem Item, int Slot)? Hold(TItem item, int slot)
    {
        if (!_stopReading.IsCancellationRequested)
            return (item, slot);

        Slots.Leave(slot);
        return null;
    }

    private void End(IItemAttempt? attempt)
    {
        try
        {
            attempt?.End();
        }
        catch (Exception exception)
        {
            Fault(exception);
        }
    }

    private void Record(Exception exception)
    {
        if (exception is OperationCanceledException && _abort.IsCancellationRequested)
            Volatile.Write(ref _aborted, 1);
        else
            Fault(exception);
    }

    private bool IsOver(Exception exception) =>
        exception is ChannelClosedException || (exception is OperationCanceledException && _stopReading.IsCancellationRequested);
}
