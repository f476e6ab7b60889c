namespace Ingestion.Storage.Postgres;

/// <summary>Entries for one transaction, one per character, in the order of their IDs: transactions that lock rows in the same order cannot deadlock.</summary>
internal sealed class Batch(int capacity)
{
    private static readonly Comparer<PendingEntry> ByIdThenPosition = Comparer<PendingEntry>.Create(static (a, b) =>
    {
        int byId = a.Entry.CharacterId.CompareTo(b.Entry.CharacterId);
        return byId != 0 ? byId : a.Position.CompareTo(b.Position);
    });

    private readonly PendingEntry[] _entries = new PendingEntry[capacity];
    private int _count;

    public bool IsFull => _count == capacity;

    public void Add(PendingEntry entry)
    {
        entry.Position = _count;
        _entries[_count++] = entry;
    }

    /// <summary>Sorts by ID and attaches duplicates to the one that was queued first.</summary>
    public ReadOnlyMemory<PendingEntry> Seal()
    {
        Array.Sort(_entries, 0, _count, ByIdThenPosition);

        int last = 0;
        for (int i = 1; i < _count; i++)
        {
            if (_entries[i].Entry.CharacterId == _entries[last].Entry.CharacterId)
                _entries[last].Attach(_entries[i]);
            else
                _entries[++last] = _entries[i];
        }

        return _entries.AsMemory(0, last + 1);
    }

    /// <summary>Lets go of the entries.</summary>
    public void Clear()
    {
        Array.Clear(_entries, 0, _count);
        _count = 0;
    }
}
