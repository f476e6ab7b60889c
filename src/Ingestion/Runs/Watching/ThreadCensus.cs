namespace Ingestion.Runs.Watching;

/// <summary>Numbers the threads that stages of attempts begin or end on. A mark on each thread counts right even when the runtime reuses thread IDs.</summary>
internal sealed class ThreadCensus
{
    /// <summary>With a thread for each item there are as many as items; the names of the first are enough.</summary>
    private const int MaxNames = 10_000;

    [ThreadStatic]
    private static ThreadCensus? _lastSeenBy;

    [ThreadStatic]
    private static int _number;

    private readonly Lock _lock = new();
    private readonly List<string> _names = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The names of the first threads, thread 1 first; empty where a thread has none.</summary>
    public string[] Names { get { lock (_lock) return [.. _names]; } }

    /// <summary>The number of the calling thread: 1 for the first that was seen.</summary>
    public int SeeCurrentThread()
    {
        if (!ReferenceEquals(_lastSeenBy, this))
        {
            _lastSeenBy = this;
            lock (_lock)
            {
                _number = ++_count;
                if (_names.Count < MaxNames)
                    _names.Add(Thread.CurrentThread.Name ?? "");
            }
        }

        return _number;
    }
}
