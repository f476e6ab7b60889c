namespace Ingestion.Runs;

/// <summary>What held a run up.</summary>
public enum BoundBy
{
    /// <summary>The slots were idle more than half of the time: there was not enough to do.</summary>
    Input,

    /// <summary>Waiting for the upstream (the configured <c>Ingestion:Delay</c> included): I/O bound.</summary>
    Upstream,

    /// <summary>The cores the strategy can use are busy: CPU bound.</summary>
    Cpu,

    /// <summary>Waiting for the commit.</summary>
    Database,

    /// <summary>Waiting at the closed upstream gate, or for the rate limit.</summary>
    RateLimit,

    /// <summary>The slots are full, none of their waits dominates, and the cores are not busy: there are too few slots.</summary>
    Concurrency,
}
