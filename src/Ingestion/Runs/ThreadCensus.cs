namespace Ingestion.Runs;

/// <summary>Counts the threads that attempts started or ended on. A mark on each thread counts right even when the runtime reuses thread IDs.</summary>
internal sealed class ThreadCensus
{
    [ThreadStatic]
    private static ThreadCensus? _lastSeenBy;

    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void SeeCurrentThread()
    {
        if (ReferenceEquals(_lastSeenBy, this))
            return;

        _lastSeenBy = this;
        Interlocked.Increment(ref _count);
    }
}
