namespace Ingestion.Concurrency;

/// <summary>What is known of a strategy.</summary>
/// <param name="Name">As it is configured and shown.</param>
/// <param name="MinimumDegree">The least degree of parallelism that makes sense: 0 where "no cap" is possible, else 1.</param>
/// <param name="FixedDegree">The degree it always has, whatever is configured; null if it follows the configuration.</param>
/// <param name="Strategy">The strategy itself; it has no state but that of a run.</param>
internal sealed record StrategyDescriptor(string Name, int MinimumDegree, int? FixedDegree, IConcurrencyStrategy Strategy)
{
    /// <summary>How many items may wait for their commit without a slot: two transactions of the size they have at most by default, one under way and one that gathers.</summary>
    private const int MaxItemsBeyondSlot = 2_048;

    /// <summary>Whether an item is in its slot from fetch to commit; otherwise the slot is given back after the fetch.</summary>
    public bool HoldsSlotToTheEnd => MaxPersistsBeyondSlot == 0;

    /// <summary>How many attempts that have given their slot back may wait for their commit at once; 0 where the slot is held to the end.</summary>
    public int MaxPersistsBeyondSlot { get; init; }

    /// <summary><see cref="MaxPersistsBeyondSlot"/>, fewer where each attempt is for so many items that memory would be full of them.</summary>
    public int PersistsBeyondSlot(int itemsPerAttempt) => Math.Min(MaxPersistsBeyondSlot, Math.Max(1, MaxItemsBeyondSlot / itemsPerAttempt));

    /// <summary>Whether one thread runs all items, so that they can use one core.</summary>
    public bool StaysOnOneThread { get; init; }

    /// <summary>Whether the limit adapts whatever is configured, with that as its ceiling.</summary>
    public bool IsAdaptive { get; init; }

    /// <summary>Whether every item in flight has a thread that waits with it.</summary>
    public bool BlocksThreads { get; init; }

    /// <summary>Whether the limit adapts with this degree configured.</summary>
    public bool Adapts(Degree configured) => FixedDegree is null && (IsAdaptive || configured.IsAuto);

    public bool Takes(Degree configured) => configured.IsAuto || configured.Number >= MinimumDegree;

    /// <summary>The degree as a number, where it is one; 0 = no cap, also of a limit that adapts.</summary>
    public int NumberOf(Degree configured) => FixedDegree ?? (configured.IsAuto ? 0 : Math.Max(configured.Number, MinimumDegree));
}
