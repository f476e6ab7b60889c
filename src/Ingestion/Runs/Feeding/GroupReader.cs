using System.Diagnostics.CodeAnalysis;

namespace Ingestion.Runs.Feeding;

/// <summary>
/// Reads items in groups that share a request: whatever is there when a group is taken, and at most as many as are configured. It never waits for a
/// group to fill. One lock makes looking at the next item and taking it one step, so nobody else may read the channel.
/// </summary>
internal sealed class GroupReader(ChannelReader<WorkItem> items, int size) : ChannelReader<WorkItem[]>
{
    private readonly Lock _lock = new();

    /// <summary>Null where no item overtakes another, so that the one that was looked at is the one that is read.</summary>
    private readonly UrgentFirstReader? _urgentFirst = items as UrgentFirstReader;

    public override bool CanPeek => true;

    public override Task Completion => items.Completion;

    public override bool TryRead([MaybeNullWhen(false)] out WorkItem[] item)
    {
        if (size == 1)
        {
            item = items.TryRead(out WorkItem? alone) ? [alone] : null;
            return item is not null;
        }

        lock (_lock)
        {
            if (!items.TryRead(out WorkItem? first))
            {
                item = null;
                return false;
            }

            List<WorkItem> group = [first];
            int limit = LimitOf(first);
            while (group.Count < limit && TryReadNext(group.Count, out WorkItem? next))
            {
                group.Add(next);
                limit = Math.Min(limit, LimitOf(next));
            }

            item = [.. group];
            return true;
        }
    }

    /// <summary>Whether there is something to read; what it will be is decided when it is read.</summary>
    public override bool TryPeek([MaybeNullWhen(false)] out WorkItem[] item)
    {
        bool isThere = items.TryPeek(out _);
        item = isThere ? [] : null;
        return isThere;
    }

    // An item alone wakes one of the threads that wait, not all of them.
    public override ValueTask<WorkItem[]> ReadAsync(CancellationToken cancellationToken = default) =>
        size == 1 ? ReadAloneAsync(cancellationToken) : base.ReadAsync(cancellationToken);

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) => items.WaitToReadAsync(cancellationToken);

    private async ValueTask<WorkItem[]> ReadAloneAsync(CancellationToken cancellationToken) => [await items.ReadAsync(cancellationToken)];

    private bool TryReadNext(int others, [MaybeNullWhen(false)] out WorkItem next) => _urgentFirst is null
        ? items.TryPeek(out next) && others < LimitOf(next) && items.TryRead(out next)
        : _urgentFirst.TryRead(others, out next);

    private int LimitOf(WorkItem item) => Math.Min(item.RequestLimit ?? size, size);
}
