using Ingestion.Concurrency;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ingestion.Runs;

/// <summary>Lets the degree of parallelism follow the configuration while a run is going.</summary>
internal static class DegreeFollower
{
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
                logger.DegreeChanged(degree);
            });
}
