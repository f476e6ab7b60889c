namespace Ingestion.Concurrency;

/// <summary>What is known of a strategy before it is built.</summary>
/// <param name="Name">As it is configured and shown.</param>
/// <param name="MinimumDegree">The least degree of parallelism that makes sense: 0 where "no cap" is possible, else 1.</param>
/// <param name="FixedDegree">The degree it always has, whatever is configured; null if it follows the configuration.</param>
/// <param name="Create">Builds it for one run, over the slots of that run.</param>
internal sealed record StrategyDescriptor(string Name, int MinimumDegree, int? FixedDegree, Func<Slots, IConcurrencyStrategy> Create);
