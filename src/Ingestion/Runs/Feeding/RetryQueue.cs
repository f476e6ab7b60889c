namespace Ingestion.Runs.Feeding;

/// <summary>
/// Items that wait for their next attempt, in order of the time they are due. They hold no slot. Adding never blocks, or slots could end up
/// waiting for each other; instead <see cref="WaitForRoomAsync"/> holds back fresh work. All state is guarded by one lock.
/// </summary>
internal sealed class RetryQueue : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<WorkItem, long> _items = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;
    private readonly int _capacity;
    private TaskCompletionSource? _room;

    /// <param name="capacity">From this many items on, fresh work waits.</param>
    public RetryQueue(int capacity, TimeProvider timeProvider)
    {
        _capacity = capacity;
        _timeProvider = timeProvider;
        _timer = timeProvider.CreateTimer(static state => ((SemaphoreSlim)state!).Release(), _wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public int Count { get { lock (_lock) return _items.Count; } }

    /// <summary>Adds an item that is due after <paramref name="delay"/>, never earlier.</summary>
    public void Add(WorkItem item, TimeSpan delay)
    {
        long due = _timeProvider.GetTimestamp() + (long)Math.Ceiling(delay.TotalSeconds * _timeProvider.TimestampFrequency);
        lock (_lock)
        {
            _items.Enqueue(item, due);
            if (_items.Count == _capacity)
                _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!ReferenceEquals(_items.Peek(), item))
                return;
        }

        _wake.Release();
    }

    /// <summary>Completes when fewer items wait than the queue is meant to hold.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _room is null or { Task.IsCompleted: true } ? Task.CompletedTask : _room.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Completes as soon as an item is due; it stays in the queue until it is taken. One reader only.</summary>
    public async Task WaitForDueAsync(CancellationToken cancellationToken)
    {
        while (!IsDue())
            await _wake.WaitAsync(cancellationToken);
    }

    /// <summary>The item that is due longest, left in the queue. There must be one.</summary>
    public WorkItem Peek()
    {
        lock (_lock)
            return _items.Peek();
    }

    public WorkItem Take()
    {
        lock (_lock)
        {
            WorkItem item = _items.Dequeue();
            if (_items.Count < _capacity)
                _room?.TrySetResult();
            return item;
        }
    }

    /// <summary>Stops the timer. It may fire once more at this moment, so what it releases is left to the collector.</summary>
    public void Dispose() => _timer.Dispose();

    private bool IsDue()
    {
        lock (_lock)
        {
            if (!_items.TryPeek(out _, out long due))
                return false;

            long missing = due - _timeProvider.GetTimestamp();
            if (missing <= 0)
                return true;

            // Timers count whole milliseconds: rounded up, the item is never early.
            double milliseconds = Math.Ceiling(missing * 1000.0 / _timeProvider.TimestampFrequency);
            _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
            return false;
        }
    }
}
