namespace Ingestion.Runs;

/// <summary>What held a run up.</summary>
public enum BoundBy
{
    /// <summary>At least half of the time no item was waiting for a slot, and slots were idle for it; or some were, and the source delivered to the end without ever having to wait.</summary>
    Input,

    /// <summary>Waiting for the upstream (the configured <c>Ingestion:Delay</c> included): I/O bound.</summary>
    Upstream,

    /// <summary>The cores the strategy can use are busy: CPU bound.</summary>
    Cpu,

    /// <summary>Waiting for the commit.</summary>
    Database,

    /// <summary>Waiting at the closed upstream gate, or for the rate limit; or about as many requests were made as the configured rate allows.</summary>
    RateLimit,

    /// <summary>The slots are full, none of their waits dominates, and the cores are not busy: there are too few slots.</summary>
    Concurrency,

    /// <summary>At least half of the time only items that had failed were left, or the slots were idle because everything waited for its next attempt; or most attempts were retries.</summary>
    Retries,

    /// <summary>It cannot be told: the run was too short, the database was away, no cause stands out, or parts of it had different ones.</summary>
    Unknown,
}
