using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Feeding;

/// <summary>
/// Fresh work and retries, in one bounded channel. It is complete when the source has no more and every item admitted has ended.
/// </summary>
internal sealed class WorkQueue : IDisposable
{
    private readonly int _capacity;
    private readonly TimeProvider _timeProvider;

    // Capacity: as configured. Full mode: writers wait, which is the back-pressure on the source. Writers: the feeder and the retry pump.
    // Readers: whatever the strategy has.
    private readonly Channel<WorkItem>? _channel;

    /// <summary>In its place where some items are urgent.</summary>
    private readonly UrgentFirstReader? _urgentFirst;

    private readonly RetryQueue _retries;

    /// <summary>Those of urgent items, which wait for no other retry.</summary>
    private readonly RetryQueue? _urgentRetries;

    /// <summary>Items admitted that have not ended, plus one for each feeder that may have more.</summary>
    private long _open;

    private int _feeders;

    /// <summary>Items among them that have been tried before.</summary>
    private long _retried;

    private volatile bool _isStopped;

    /// <param name="capacity">Bound of the channel, in items.</param>
    /// <param name="timeProvider">Times retries.</param>
    /// <param name="hasUrgent">Whether some items are urgent: then two feeders bring items, one of them those that overtake.</param>
    public WorkQueue(int capacity, TimeProvider timeProvider, bool hasUrgent = false)
    {
        (_capacity, _timeProvider, _retries) = (capacity, timeProvider, new RetryQueue(capacity, timeProvider));
        if (hasUrgent)
            (_urgentFirst, _urgentRetries) = (new UrgentFirstReader(capacity), new RetryQueue(capacity, timeProvider));
        else
            _channel = Channel.CreateBounded<WorkItem>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });
        _open = _feeders = hasUrgent ? 2 : 1;
    }

    public ChannelReader<WorkItem> Reader => _urgentFirst ?? _channel!.Reader;

    public int Depth => Reader.Count;

    public int Waiting => _retries.Count + (_urgentRetries?.Count ?? 0);

    public bool HasUrgent => _urgentFirst is not null;

    /// <summary>Where the next items may come from.</summary>
    public Supply Supply => this switch
    {
        { _isStopped: true } => Supply.Stopped,
        { HasSourceEnded: true } => Supply.Ended,
        _ => Waiting >= _capacity ? Supply.HeldBack : Supply.Feeding,
    };

    /// <summary>Items admitted that have not ended.</summary>
    public long Left => Interlocked.Read(ref _open) - Volatile.Read(ref _feeders);

    /// <summary>Those of them that have been tried before.</summary>
    public long Retried => Interlocked.Read(ref _retried);

    /// <summary>Whether every item the source delivered has ended.</summary>
    public bool IsComplete => Interlocked.Read(ref _open) == 0;

    /// <summary>Whether no item is left, or comes, that has not been tried yet.</summary>
    public bool HasOnlyRetried => HasSourceEnded && Retried >= Left;

    private bool HasSourceEnded => Volatile.Read(ref _feeders) == 0;

    /// <summary>Lets a fresh item in. Waits while the channel is full, or while as many items wait for a retry as the channel could hold.</summary>
    /// <param name="overtakes">Whether it goes ahead of those that wait. They are not what it waits for.</param>
    public async ValueTask AdmitAsync(WorkItem item, CancellationToken stopReading, bool overtakes = false)
    {
        if (!overtakes)
            await _retries.WaitForRoomAsync(stopReading);
        if (_urgentRetries is not null)
            await _urgentRetries.WaitForRoomAsync(stopReading);
        Interlocked.Increment(ref _open);
        await EnqueueAsync(item, overtakes, stopReading);
    }

    /// <summary>Called once by each feeder, when the source has no more for it.</summary>
    public void SourceEnded()
    {
        Interlocked.Decrement(ref _feeders);
        Close();
    }

    /// <summary>Takes an item back to try it again later, behind the fresh work that is there then unless it is urgent. Never waits.</summary>
    public void RetryLater(WorkItem item, TimeSpan delay)
    {
        if (!item.IsRetried)
            Interlocked.Increment(ref _retried);
        item.IsRetried = true;
        (item.Source.IsUrgent && _urgentRetries is not null ? _urgentRetries : _retries).Add(item, delay);
    }

    public void Ended(WorkItem item)
    {
        Close();
        if (item.IsRetried)
            Interlocked.Decrement(ref _retried);
    }

    /// <summary>Moves items that are due back into the channel, as the throttle allows, until cancelled.</summary>
    /// <param name="urgent">Those that are urgent; there must be such, and all others need a call of their own.</param>
    public async Task PumpRetriesAsync(RetryThrottle throttle, CancellationToken stopReading, bool urgent = false)
    {
        RetryQueue retries = urgent ? _urgentRetries! : _retries;
        try
        {
            while (true)
            {
                await retries.WaitForDueAsync(stopReading);
                if (retries.Peek() is { Refusal: null } retry) // The others hardly ever make a request.
                    await throttle.WaitForTurnAsync(1.0 / (retry.RequestLimit ?? 1), stopReading);
                await EnqueueAsync(retries.Take(), urgent, stopReading);
            }
        }
        catch (OperationCanceledException) when (stopReading.IsCancellationRequested)
        {
            _isStopped = true;
        }
    }

    public void Dispose()
    {
        _retries.Dispose();
        _urgentRetries?.Dispose();
        _urgentFirst?.Dispose();
    }

    private ValueTask EnqueueAsync(WorkItem item, bool overtakes, CancellationToken stopReading)
    {
        item.EnqueuedAt = _timeProvider.GetTimestamp();
        return _urgentFirst is null ? _channel!.Writer.WriteAsync(item, stopReading) : _urgentFirst.WriteAsync(item, overtakes, stopReading);
    }

    private void Close()
    {
        if (Interlocked.Decrement(ref _open) > 0)
            return;

        _urgentFirst?.Complete();
        _channel?.Writer.Complete();
    }
}
