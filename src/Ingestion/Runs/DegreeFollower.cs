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

    /// <summary>Follows until the returned registration is disposed. What has changed since the limit was made is taken over at once.</summary>
    public static IDisposable? Follow(
        IOptionsMonitor<IngestionOptions> options, StrategyDescriptor strategy, ConcurrencyLimit limit, ILogger logger)
    {
        if (strategy.FixedDegree is not null)
            return null;

        // Two changes may be told at the same time: whoever is last takes what is in force then.
        Lock turn = new();
        IDisposable? registration = options.OnChange(_ => Take());
        Take();
        return registration;

        void Take()
        {
            lock (turn)
            {
                int degree = options.CurrentValue.DegreeOfParallelism;
                if (degree >= strategy.MinimumDegree)
                    limit.Set(degree, strategy.IsAdaptive);
                else
                    logger.DegreeRefused(limit.Degree, strategy.Name, degree);
            }
        }
    }
}
