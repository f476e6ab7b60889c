using System.Diagnostics.CodeAnalysis;

namespace Ingestion.Runs.Feeding;

/// <summary>
/// The channel of a run with urgent items: a lane for them and one for the rest, each with the capacity of the channel. Urgent items are read first, and a share of the turns is kept for the rest.
/// Whoever waits for an item waits at the lane of the rest; a knock in it, in place of an item, says that there is an urgent one.
/// </summary>
internal sealed class UrgentFirstReader(int capacity) : ChannelReader<WorkItem>, IDisposable
{
    /// <summary>
    /// Urgent items read in a row while others wait. Then comes one of the others: urgent work takes at most a quarter longer than it would alone, and the rest keeps a fifth of its speed, however
    /// much is urgent.
    /// </summary>
    public const int MaxInARow = 4;

    private static readonly WorkItem Knock = new(default);

    // Without bounds of their own, so that a knock always finds room: the semaphores keep them. Writers: the feeders and the retry pumps. Readers: whatever the strategy has.
    private readonly Channel<WorkItem> _rest = Channel.CreateUnbounded<WorkItem>();
    private readonly Channel<WorkItem> _urgent = Channel.CreateUnbounded<WorkItem>();
    private readonly SemaphoreSlim _restRoom = new(capacity);
    private readonly SemaphoreSlim _urgentRoom = new(capacity);

    private readonly Lock _turn = new();

    /// <summary>Urgent items read since the last of the others, at most <see cref="MaxInARow"/>. Whoever reads an item takes the lock.</summary>
    private int _inARow;

    /// <summary>1 while there is a knock in the lane of the rest.</summary>
    private int _knocks;

    public override bool CanCount => true;

    public override bool CanPeek => true;

    public override int Count => Math.Max(0, _rest.Reader.Count + _urgent.Reader.Count - Volatile.Read(ref _knocks));

    public override Task Completion => _rest.Reader.Completion;

    public async ValueTask WriteAsync(WorkItem item, bool overtakes, CancellationToken cancellationToken)
    {
        await (overtakes ? _urgentRoom : _restRoom).WaitAsync(cancellationToken);
        (overtakes ? _urgent : _rest).Writer.TryWrite(item);
        if (overtakes)
            KnockOnce();
    }

    public void Complete() => _rest.Writer.Complete();

    public void Dispose()
    {
        _restRoom.Dispose();
        _urgentRoom.Dispose();
    }

    public override bool TryRead([MaybeNullWhen(false)] out WorkItem item) => TryRead(0, out item);

    /// <summary>Reads the next item, unless it may not share its request with so many others.</summary>
    public bool TryRead(int others, [MaybeNullWhen(false)] out WorkItem item)
    {
        item = null;
        lock (_turn)
        {
            while (true)
            {
                bool isUrgent = _urgent.Reader.TryPeek(out WorkItem? next) && (_inARow < MaxInARow || !_rest.Reader.TryPeek(out _));
                if ((!isUrgent && !_rest.Reader.TryPeek(out next)) || (others > 0 && next!.RequestLimit <= others))
                    break;
                if ((isUrgent ? _urgent : _rest).Reader.TryRead(out next) && Take(next, isUrgent))
                {
                    item = next;
                    break;
                }
            }

            // Whoever took the knock out may leave urgent items behind it, for others that wait.
            if (_urgent.Reader.TryPeek(out _))
                KnockOnce();
            return item is not null;
        }
    }

    public override bool TryPeek([MaybeNullWhen(false)] out WorkItem item) => _urgent.Reader.TryPeek(out item) || (_rest.Reader.TryPeek(out item) && item != Knock);

    /// <summary>It may turn out that there was a knock only, and the item has been taken.</summary>
    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
        _urgent.Reader.TryPeek(out _) ? ValueTask.FromResult(true) : _rest.Reader.WaitToReadAsync(cancellationToken);

    // An item alone wakes one of those that wait, not all of them.
    public override async ValueTask<WorkItem> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (TryRead(out WorkItem? item))
                return item;
            item = await _rest.Reader.ReadAsync(cancellationToken);
            lock (_turn)
            {
                if (Take(item, isUrgent: false))
                    return item;
            }
        }
    }

    /// <summary>Accounts for what was read; false for a knock. From then on the next urgent item knocks again, so whoever took this one has to look for urgent items after it.</summary>
    private bool Take(WorkItem item, bool isUrgent)
    {
        if (item == Knock)
        {
            Interlocked.Exchange(ref _knocks, 0);
            return false;
        }

        (isUrgent ? _urgentRoom : _restRoom).Release();
        _inARow = isUrgent ? Math.Min(_inARow + 1, MaxInARow) : 0;
        return true;
    }

    private void KnockOnce()
    {
        if (Interlocked.Exchange(ref _knocks, 1) == 0)
            _rest.Writer.TryWrite(Knock);
    }
}
