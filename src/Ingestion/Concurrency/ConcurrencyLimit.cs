namespace Ingestion.Concurrency;

/// <summary>The degree of parallelism in force. It may change while a run is going, from any thread.</summary>
internal sealed class ConcurrencyLimit(int degree)
{
    private volatile int _degree = degree;

    /// <summary>Raised after the degree changed, on the thread that changed it.</summary>
    public event Action? Changed;

    /// <summary>As configured; 0 = no cap.</summary>
    public int Degree => _degree;

    /// <summary>The most items that may be in slots at once.</summary>
    public int Cap => _degree == 0 ? int.MaxValue : _degree;

    public void Set(int degree)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(degree);
        if (_degree == degree)
            return;

        _degree = degree;
        Changed?.Invoke();
    }
}
