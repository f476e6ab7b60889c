using Ingestion.Concurrency;
using Ingestion.Concurrency.Adaptive;

namespace LimiterComparison;

/// <summary>What the strategy <c>Adaptive</c> does.</summary>
internal sealed class Chosen(int ceiling) : ILimiter
{
    private readonly AdaptiveLimiter _limiter = new(ceiling, static _ => { });

    public int Limit => _limiter.Limit;

    public bool IsAtFloor => _limiter.IsAtFloor;

    public void Started(TimeSpan now) => _limiter.Started(now);

    public void Ended(TimeSpan now, AttemptEnd attempt) => _limiter.Ended(now, attempt);
}
