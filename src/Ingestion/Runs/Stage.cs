namespace Ingestion.Runs;

/// <summary>What an attempt's time is spent on.</summary>
public enum Stage
{
    /// <summary>Waiting at the upstream gate: closed, or the rate limit.</summary>
    Gate,

    /// <summary>One HTTP attempt.</summary>
    Fetch,

    /// <summary>The configured artificial wait.</summary>
    Delay,

    /// <summary>Parsing, validating and fingerprinting.</summary>
    Transform,

    /// <summary>Waiting for the commit.</summary>
    Persist,
}
