using Ingestion.Concurrency;

namespace Ingestion.Runs;

/// <summary>Lets the degree of parallelism follow the configuration while a run is going.</summary>
internal static class DegreeFollower
{
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
                Degree degree = options.CurrentValue.DegreeOfParallelism;
                if (strategy.Takes(degree))
                    limit.Set(strategy.NumberOf(degree), strategy.Adapts(degree));
                else
                    logger.DegreeRefused(limit.Degree, strategy.Name, degree.Number);
            }
        }
    }
}
