namespace Ingestion.Storage.Committing;

/// <summary>Entries for one transaction, in the order of their IDs: transactions that lock rows in the same order cannot deadlock. None is for the same item as another.</summary>
internal sealed class Batch(int capacity)
{
    private static readonly Comparer<PendingEntry> ById = Comparer<PendingEntry>.Create(static (a, b) => a.Entry.Key.CompareTo(b.Entry.Key));

    private readonly PendingEntry[] _entries = new PendingEntry[capacity];
    private readonly List<PendingEntry> _deferred = [];
    private int _count;

    public bool IsFull => _count == capacity;

    /// <summary>Whether there is something in it already, left over from the batch before.</summary>
    public bool IsBegun => _count > 0;

    public void Add(PendingEntry entry) => _entries[_count++] = entry;

    /// <summary>Leaves an entry for the next batch: one of this batch was before it.</summary>
    public void Defer(PendingEntry entry) => _deferred.Add(entry);

    /// <summary>Sorts by ID.</summary>
    public ReadOnlyMemory<PendingEntry> Seal()
    {
        Array.Sort(_entries, 0, _count, ById);
        return _entries.AsMemory(0, _count);
    }

    /// <summary>Lets go of everything, and returns it.</summary>
    public PendingEntry[] Abandon()
    {
        PendingEntry[] all = [.. _entries.AsSpan(0, _count), .. _deferred];
        _deferred.Clear();
        Clear();
        return all;
    }

    /// <summary>Lets go of the entries, but for those that are left for the next batch.</summary>
    public void Clear()
    {
        Array.Clear(_entries, 0, _count);
        _count = 0;
        foreach (PendingEntry entry in _deferred)
            Add(entry);
        _deferred.Clear();
    }
}
