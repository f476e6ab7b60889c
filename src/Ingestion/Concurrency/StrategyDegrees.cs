namespace Ingestion.Concurrency;

/// <summary>Which degrees of parallelism a strategy takes.</summary>
/// <param name="Minimum">The least it can be given: 0 where "no cap" is possible, else 1.</param>
/// <param name="Fixed">The one it always has, whatever it is given; null if it follows the configuration.</param>
public sealed record StrategyDegrees(string Strategy, int Minimum, int? Fixed)
{
    /// <summary>Every strategy, in the order they are documented.</summary>
    public static IReadOnlyList<StrategyDegrees> All { get; } =
        [.. StrategyCatalog.All.Select(strategy => new StrategyDegrees(strategy.Name, strategy.MinimumDegree, strategy.FixedDegree))];
}
