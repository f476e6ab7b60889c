namespace Ingestion.Runs;

/// <summary>What the slots of a run spent most of their time on.</summary>
public enum BoundBy
{
    /// <summary>The slots were idle more than half of the time: there was not enough to do.</summary>
    Input,

    /// <summary>Waiting for the upstream (the configured <c>Ingestion:Delay</c> included): I/O bound.</summary>
    Upstream,

    /// <summary>Parsing and fingerprinting: CPU bound.</summary>
    Cpu,

    /// <summary>Waiting for the commit.</summary>
    Database,

    /// <summary>Waiting at the closed upstream gate, or for the rate limit.</summary>
    RateLimit,
}
