using Ingestion.Concurrency;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ingestion.Runs;

/// <summary>Lets the degree of parallelism follow the configuration while a run is going.</summary>
internal static class DegreeFollower
{
    /// <summary>The degree a run starts with: a change of the configuration may have brought one for another strategy than the one that was read at start.</summary>
    public static int InitialDegree(IngestionOptions options, StrategyDescriptor strategy) =>
        strategy.FixedDegree ?? Math.Max(options.DegreeOfParallelism, strategy.MinimumDegree);

    /// <summary>Follows until the returned registration is disposed.</summary>
    public static IDisposable? Follow(
        IOptionsMonitor<IngestionOptions> options, StrategyDescriptor strategy, ConcurrencyLimit limit, ILogger logger) =>
        strategy.FixedDegree is not null
            ? null
            : options.OnChange(changed =>
            {
                int degree = changed.DegreeOfParallelism;
                if (degree == limit.Degree)
                    return;

                if (degree < strategy.MinimumDegree)
                {
                    logger.DegreeRefused(limit.Degree, strategy.Name, degree);
                    return;
                }

                limit.Set(degree);
            });
}
