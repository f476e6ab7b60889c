namespace Ingestion.Storage.Postgres;

/// <summary>Entries for one transaction, one per character, in the order of their IDs: transactions that lock rows in the same order cannot deadlock.</summary>
internal sealed class Batch(int capacity, bool isShared)
{
    private static readonly Comparer<PendingEntry> ByIdThenPosition = Comparer<PendingEntry>.Create(static (a, b) =>
    {
        int byId = a.Entry.CharacterId.CompareTo(b.Entry.CharacterId);
        return byId != 0 ? byId : a.Position.CompareTo(b.Position);
    });

    private readonly PendingEntry[] _entries = new PendingEntry[capacity];
    private readonly List<PendingEntry> _deferred = [];
    private int _count;
    private int _sealed;

    public bool IsFull => _count == capacity;

    /// <summary>Whether there is something in it already, left over from the batch before.</summary>
    public bool IsBegun => _count > 0;

    public void Add(PendingEntry entry)
    {
        entry.Position = _count;
        _entries[_count++] = entry;
    }

    /// <summary>
    /// Sorts by ID and attaches to the entry that was queued first those it answers. Another one for the same character is left for the next batch: a statement writes a row once.
    /// </summary>
    public ReadOnlyMemory<PendingEntry> Seal()
    {
        Array.Sort(_entries, 0, _count, ByIdThenPosition);

        int last = 0;
        for (int i = 1; i < _count; i++)
        {
            if (_entries[i].Entry.CharacterId != _entries[last].Entry.CharacterId)
                _entries[++last] = _entries[i];
            else if (_entries[last].Answers(_entries[i], isShared))
                _entries[last].Attach(_entries[i]);
            else
                _deferred.Add(_entries[i]);
        }

        _sealed = _count == 0 ? 0 : last + 1;
        return _entries.AsMemory(0, _sealed);
    }

    /// <summary>Lets go of everything, and returns it.</summary>
    public PendingEntry[] Abandon()
    {
        PendingEntry[] all = [.. _entries.AsSpan(0, _sealed), .. _deferred];
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
