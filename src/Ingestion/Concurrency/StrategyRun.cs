using System.Runtime.ExceptionServices;
using Ingestion.Configuration;

namespace Ingestion.Concurrency;

/// <summary>
/// What all strategies do alike: take items one by one together with a slot, run them, and stop reading at the first fault.
/// Safe to use from many threads.
/// </summary>
internal sealed class StrategyRun<TItem> : IDisposable
{
    private readonly ChannelReader<TItem> _items;
    private readonly IItemStages<TItem> _stages;
    private readonly Slots _slots;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _stopReading;
    private Exception? _fault;
    private int _aborted;

    public StrategyRun(ChannelReader<TItem> items, IItemStages<TItem> stages, Slots slots, CancellationToken stopReading, CancellationToken abort)
    {
        _items = items;
        _stages = stages;
        _slots = slots;
        Abort = abort;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stopReading, abort);
        _stopReading = _stop.Token;
    }

    public CancellationToken Abort { get; }

    /// <summary>Takes the next item, blocking the thread until there is one and a slot is free. Takes none once the run is over.</summary>
    public Taken<TItem> Take()
    {
        try
        {
            if (_stopReading.IsCancellationRequested)
                return default;
            if (!_items.TryRead(out TItem? item))
                item = _items.ReadAsync(_stopReading).AsTask().GetAwaiter().GetResult();

            return Hold(item, _slots.Enter(_stopReading));
        }
        catch (Exception exception) when (IsOver(exception))
        {
            return default;
        }
    }

    /// <summary>Takes the next item if one is waiting, and waits for a slot. Tells apart "none is waiting" and "the run is over".</summary>
    public async ValueTask<Taken<TItem>> TakeAsync()
    {
        try
        {
            TItem? item;
            do
            {
                if (_stopReading.IsCancellationRequested)
                    return default;
                if (_items.TryRead(out item))
                    return Hold(item, await _slots.EnterAsync(_stopReading));
            }
            while (await _items.WaitToReadAsync(_stopReading));
            return default;
        }
        catch (Exception exception) when (IsOver(exception))
        {
            return default;
        }
    }

    /// <summary>Whether an item can be taken without waiting for the source.</summary>
    public bool HasItemWaiting => _items.TryPeek(out _);

    /// <summary>Runs all stages of one attempt on this thread, and gives its slot back.</summary>
    public void Process(Taken<TItem> taken)
    {
        IItemAttempt? attempt = null;
        try
        {
            attempt = _stages.Begin(taken.Item, taken.Slot);
            attempt.Fetch(Abort);
            attempt.Transform();
            attempt.Persist(Abort);
        }
        catch (Exception exception)
        {
            Record(exception);
        }

        EndAttempt(attempt);
        _slots.Leave(taken.Slot);
    }

    /// <summary>Runs all stages of one attempt without blocking, on the context it was called on, and gives its slot back.</summary>
    public async Task ProcessAsync(Taken<TItem> taken)
    {
        IItemAttempt? attempt = null;
        try
        {
            attempt = _stages.Begin(taken.Item, taken.Slot);
            await attempt.FetchAsync(Abort);
            attempt.Transform();
            await attempt.PersistAsync(Abort);
        }
        catch (Exception exception)
        {
            Record(exception);
        }

        EndAttempt(attempt);
        _slots.Leave(taken.Slot);
    }

    /// <summary>Begins an attempt and runs its fetch stage; null if that faulted or was aborted, and the attempt has been ended.</summary>
    public async ValueTask<IItemAttempt?> FetchAsync(Taken<TItem> taken)
    {
        IItemAttempt? attempt = null;
        try
        {
            attempt = _stages.Begin(taken.Item, taken.Slot);
            await attempt.FetchAsync(Abort);
            return attempt;
        }
        catch (Exception exception)
        {
            Record(exception);
            EndAttempt(attempt);
            return null;
        }
    }

    public void GiveBack(Taken<TItem> taken) => _slots.Leave(taken.Slot);

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
            EndAttempt(attempt);
            return false;
        }
    }

    /// <summary>Runs the persist stage and ends the attempt.</summary>
    public async Task PersistAsync(IItemAttempt attempt)
    {
        try
        {
            await attempt.PersistAsync(Abort);
        }
        catch (Exception exception)
        {
            Record(exception);
        }

        EndAttempt(attempt);
    }

    /// <summary>Stops reading because of a defect; the first one is what the run reports.</summary>
    public void Fault(Exception exception)
    {
        Interlocked.CompareExchange(ref _fault, exception, null);
        _stop.Cancel();
    }

    /// <summary>Called when nothing is in flight any more: reports the first fault, or that items were given up.</summary>
    public void ThrowIfFaulted()
    {
        if (_fault is IngestionConfigurationException or IngestionUnavailableException)
            ExceptionDispatchInfo.Throw(_fault); // It says what to do.
        if (_fault is { } fault)
            throw new InvalidOperationException("A stage failed in a way that no item should cause: " + fault.Message, fault);
        if (Volatile.Read(ref _aborted) != 0)
            throw new OperationCanceledException(Abort);
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>A slot that became free while the reading was stopped is not used.</summary>
    private Taken<TItem> Hold(TItem item, int slot)
    {
        if (!_stopReading.IsCancellationRequested)
            return new Taken<TItem>(item, slot);

        _slots.Leave(slot);
        return default;
    }

    private void EndAttempt(IItemAttempt? attempt)
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
        if (exception is OperationCanceledException && Abort.IsCancellationRequested)
            Volatile.Write(ref _aborted, 1);
        else
            Fault(exception);
    }

    private bool IsOver(Exception exception) =>
        exception is ChannelClosedException || (exception is OperationCanceledException && _stopReading.IsCancellationRequested);
}
