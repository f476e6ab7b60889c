namespace Ingestion.Tests.Concurrency;

/// <summary>What a strategy did with one item.</summary>
internal sealed class Visit(int item, int slot, ThreadSighting beginThread)
{
    public int Item { get; } = item;

    public int Slot { get; } = slot;

    public ThreadSighting BeginThread { get; } = beginThread;

    public ThreadSighting? AfterFetchThread { get; set; }

    public ThreadSighting? TransformThread { get; set; }

    public ThreadSighting? PersistThread { get; set; }

    public ThreadSighting? AfterPersistThread { get; set; }

    public ThreadSighting? EndThread { get; set; }

    public bool FetchWasBlocking { get; set; }

    public bool PersistWasBlocking { get; set; }

    public int Ended { get; set; }

    /// <summary>Every thread that was seen, in order.</summary>
    public IEnumerable<ThreadSighting> Threads =>
        new[] { BeginThread, AfterFetchThread, TransformThread, PersistThread, AfterPersistThread, EndThread }.OfType<ThreadSighting>();
}
