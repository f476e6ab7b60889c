namespace Ingestion.Concurrency;

/// <summary>What one attempt says about the load its upstream bears.</summary>
internal enum AttemptResult
{
    /// <summary>An answer: its latency counts.</summary>
    Answered,

    /// <summary>The upstream sent it away because of its load: 429 or 503.</summary>
    Rejected,

    /// <summary>No answer in time, or no connection.</summary>
    Lost,

    /// <summary>Nothing: it failed for another reason, or was given up.</summary>
    Neutral,
}
