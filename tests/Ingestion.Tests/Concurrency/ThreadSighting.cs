namespace Ingestion.Tests.Concurrency;

/// <summary>A thread as it was when it was seen; a thread that has ended tells no more about itself.</summary>
/// <param name="Key">Tells threads apart; unlike managed IDs it is never used again.</param>
internal sealed record ThreadSighting(int Key, string? Name, bool IsThreadPoolThread)
{
    private static int _keys;

    [ThreadStatic]
    private static int _key;

    public static ThreadSighting Here()
    {
        if (_key == 0)
            _key = Interlocked.Increment(ref _keys);
        return new ThreadSighting(_key, Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread);
    }
}
