using Ingestion.Concurrency.Adaptive;

namespace Ingestion.Concurrency;

/// <summary>
/// How many items may be in slots at once: the degree of parallelism, or a limit that adapts below it. Both may change while a run is going, from any thread;
/// what is configured is set by one at a time.
/// </summary>
internal sealed class ConcurrencyLimit
{
    /// <summary>
    /// The ceiling of a limit that adapts without a cap. Each fetch in flight is a connection to the upstream and some kilobytes here; at 50 ms a fetch it makes
    /// 20,000 records a second, which is more than a core can parse.
    /// </summary>
    public const int DefaultCeiling = 1_000;

    private volatile int _degree;
    private volatile AdaptiveLimiter? _limiter;
    private volatile bool _isPaused;

    /// <param name="degree">As configured; 0 = no cap.</param>
    /// <param name="isAdaptive">Whether the limit follows what the upstream can handle, with the degree as its ceiling.</param>
    /// <param name="learned">A limit learned before, for one that adapts; null to find one from scratch.</param>
    public ConcurrencyLimit(int degree, bool isAdaptive = false, int? learned = null)
    {
        _degree = degree;
        Adapt(isAdaptive, learned);
    }

    /// <summary>Raised after something changed, on the thread that changed it.</summary>
    public event Action? Changed;

    /// <summary>As configured; 0 = no cap.</summary>
    public int Degree => _degree;

    /// <summary>What decides about the limit, and wants to know of every request how it went; null while the limit is fixed.</summary>
    public AdaptiveLimiter? Limiter => _limiter;

    /// <summary>What holds now: the degree, or what an adaptive limit has made of it; 0 = no cap.</summary>
    public int InForce => _limiter is { } limiter ? limiter.Limit : _degree;

    /// <summary>The most items that may be in slots at once.</summary>
    public int Cap => InForce is var limit and > 0 ? limit : int.MaxValue;

    /// <summary>Whether no item gets a slot for now. Those that have one go on, and who takes items stays, to be there afterwards.</summary>
    public bool IsPaused => _isPaused;

    /// <summary>How many items are in slots now, where those that are not fetching have one too: then all of them count as in use. Null where a slot is a fetch.</summary>
    public Func<int>? Occupied { get; set; }

    /// <summary>Whether the cores are busy; null where nobody looks.</summary>
    public Func<TimeSpan, bool>? AreCoresBusy { get; set; }

    private int Ceiling => _degree == 0 ? DefaultCeiling : _degree;

    public void Set(int degree, bool isAdaptive = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(degree);
        if (_degree == degree && isAdaptive == _limiter is not null)
            return;

        _degree = degree;
        Adapt(isAdaptive, learned: null);
        Changed?.Invoke();
    }

    public void Pause(bool isPaused)
    {
        _isPaused = isPaused;
        Changed?.Invoke();
    }

    private void Adapt(bool isAdaptive, int? learned)
    {
        if (!isAdaptive)
            _limiter = null;
        else if (_limiter is { } limiter)
            limiter.SetCeiling(Ceiling);
        else
            _limiter = new AdaptiveLimiter(Ceiling, _ => Changed?.Invoke(), learned, () => Occupied?.Invoke() ?? 0, now => AreCoresBusy?.Invoke(now) ?? false);
    }
}
