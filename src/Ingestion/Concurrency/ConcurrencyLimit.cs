namespace Ingestion.Concurrency;

/// <summary>The degree of parallelism, as configured and as it is in force. Both may change while a run is going, from any thread.</summary>
internal sealed class ConcurrencyLimit(int degree)
{
    private volatile int _degree = degree;

    // 0 while nothing adapts it.
    private volatile int _adapted;

    /// <summary>Raised after something changed, on the thread that changed it.</summary>
    public event Action? Changed;

    /// <summary>As configured; 0 = no cap.</summary>
    public int Degree => _degree;

    /// <summary>What holds now: the degree, or what an adaptive limit has made of it; 0 = no cap.</summary>
    public int InForce => _adapted is var adapted and > 0 ? adapted : _degree;

    /// <summary>The most items that may be in slots at once.</summary>
    public int Cap => InForce is var limit and > 0 ? limit : int.MaxValue;

    public void Set(int degree)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(degree);
        if (_degree == degree)
            return;

        _degree = degree;
        Changed?.Invoke();
    }

    /// <summary>Puts another limit in force than the one configured; 1 or more.</summary>
    public void Adapt(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (_adapted == limit)
            return;

        _adapted = limit;
        Changed?.Invoke();
    }
}
