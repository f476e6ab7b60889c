using Ingestion.Concurrency.Pipeline;

namespace Ingestion.Concurrency.Adaptive;

/// <summary>A <see cref="PipelineStrategy"/> whose limit of fetches in flight follows what the upstream bears; what is configured is its ceiling.</summary>
internal static class AdaptiveStrategy
{
    /// <summary>
    /// The ceiling without a cap. Each fetch in flight is a connection to the upstream and some kilobytes here; at 50 ms a fetch it makes 20,000 records a
    /// second, which is more than a core can parse.
    /// </summary>
    public const int DefaultCeiling = 1_000;

    public static StrategyDescriptor Descriptor { get; } = PipelineStrategy.Descriptor with { Name = "Adaptive", MinimumDegree = 0, IsAdaptive = true };

    /// <summary>Lets a limiter decide from now on, below what is configured at any time.</summary>
    /// <param name="limit">What it decides about.</param>
    /// <param name="learned">A limit learned before; null to find one from scratch.</param>
    public static AdaptiveLimiter Follow(ConcurrencyLimit limit, int? learned)
    {
        AdaptiveLimiter limiter = new(CeilingOf(limit), limit.Adapt, learned);
        limit.Adapt(limiter.Limit);
        limit.Changed += () => limiter.SetCeiling(CeilingOf(limit));
        return limiter;
    }

    private static int CeilingOf(ConcurrencyLimit limit) => limit.Degree == 0 ? DefaultCeiling : limit.Degree;
}
