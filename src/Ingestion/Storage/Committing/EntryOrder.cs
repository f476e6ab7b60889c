using System.Runtime.InteropServices;

namespace Ingestion.Storage.Committing;

/// <summary>
/// Keeps the entries for one item in order: it is the turn of one at a time, and of the next when that has its answer. So whatever a transaction, a repetition or
/// an outage does to their batches, what is stored is what came last. Safe from any thread.
/// </summary>
internal sealed class EntryOrder
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ItemKey, PendingEntry> _last = [];

    /// <summary>Adds an entry; true when it is its turn at once.</summary>
    public bool Add(PendingEntry entry)
    {
        lock (_lock)
        {
            ref PendingEntry? last = ref CollectionsMarshal.GetValueRefOrAddDefault(_last, entry.Entry.Key, out bool isThere);
            if (isThere)
                last!.Next = entry;
            last = entry;
            return !isThere;
        }
    }

    /// <summary>An entry has its answer: whose turn it is now, or null.</summary>
    public PendingEntry? Remove(PendingEntry entry)
    {
        lock (_lock)
        {
            if (entry.Next is null && ReferenceEquals(_last.GetValueOrDefault(entry.Entry.Key), entry))
                _last.Remove(entry.Entry.Key);
            return entry.Next;
        }
    }
}
