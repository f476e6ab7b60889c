using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Feeding;

/// <summary>
/// Fresh work and retries, in one bounded channel. It is complete when the source has no more and every item admitted has ended.
/// </summary>
internal sealed class WorkQueue(int capacity, TimeProvider timeProvider) : IDisposable
{
    // Capacity: as configured. Full mode: writers wait, which is the back-pressure on the source. Writers: the feeder and the retry pump.
    // Readers: whatever the strategy has.
    private readonly Channel<WorkItem> _channel = Channel.CreateBounded<WorkItem>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });
    private readonly RetryQueue _retries = new(capacity, timeProvider);

    /// <summary>Items admitted that have not ended, plus one while the source may have more.</summary>
    private long _open = 1;

    /// <summary>Items among them that have been tried before.</summary>
    private long _retried;

    private volatile bool _hasSourceEnded;
    private volatile bool _isStopped;

    public ChannelReader<WorkItem> Reader => _channel.Reader;

    public int Depth => _channel.Reader.Count;

    public int Waiting => _retries.Count;

    /// <summary>Where the next items may come from.</summary>
    public Supply Supply => this switch
    {
        { _isStopped: true } => Supply.Stopped,
        { _hasSourceEnded: true } => Supply.Ended,
        _ => Waiting >= capacity ? Supply.HeldBack : Supply.Feeding,
    };

    /// <summary>Items admitted that have not ended.</summary>
    public long Left => Interlocked.Read(ref _open) - (_hasSourceEnded ? 0 : 1);

    /// <summary>Those of them that have been tried before.</summary>
    public long Retried => Interlocked.Read(ref _retried);

    /// <summary>Whether every item the source delivered has ended.</summary>
    public bool IsComplete => Interlocked.Read(ref _open) == 0;

    /// <summary>Whether no item is left, or comes, that has not been tried yet.</summary>
    public bool HasOnlyRetried => _hasSourceEnded && Retried >= Left;

    /// <summary>Lets a fresh item in. Waits while the channel is full, or while as many items wait for a retry as the channel could hold.</summary>
    public async ValueTask AdmitAsync(WorkItem item, CancellationToken stopReading)
    {
        await _retries.WaitForRoomAsync(stopReading);
        Interlocked.Increment(ref _open);
        await EnqueueAsync(item, stopReading);
    }

    /// <summary>Called once, when the source has delivered everything.</summary>
    public void SourceEnded()
    {
        _hasSourceEnded = true;
        Close();
    }

    /// <summary>Takes an item back to try it again later, behind the fresh work that is there then. Never waits.</summary>
    public void RetryLater(WorkItem item, TimeSpan delay)
    {
        if (!item.IsRetried)
            Interlocked.Increment(ref _retried);
        item.IsRetried = true;
        _retries.Add(item, delay);
    }

    public void Ended(WorkItem item)
    {
        Close();
        if (item.IsRetried)
            Interlocked.Decrement(ref _retried);
    }

    /// <summary>Moves items that are due back into the channel, as the throttle allows, until cancelled.</summary>
    public async Task PumpRetriesAsync(RetryThrottle throttle, CancellationToken stopReading)
    {
        try
        {
            while (true)
            {
                await _retries.WaitForDueAsync(stopReading);
                if (_retries.Peek() is { Refusal: null } retry) // The others hardly ever make a request.
                    await throttle.WaitForTurnAsync(1.0 / (retry.RequestLimit ?? 1), stopReading);
                await EnqueueAsync(_retries.Take(), stopReading);
            }
        }
        catch (OperationCanceledException) when (stopReading.IsCancellationRequested)
        {
            _isStopped = true;
        }
    }

    public void Dispose() => _retries.Dispose();

    private ValueTask EnqueueAsync(WorkItem item, CancellationToken stopReading)
    {
        item.EnqueuedAt = timeProvider.GetTimestamp();
        return _channel.Writer.WriteAsync(item, stopReading);
    }

    private void Close()
    {
        if (Interlocked.Decrement(ref _open) == 0)
            _channel.Writer.Complete();
    }
}
