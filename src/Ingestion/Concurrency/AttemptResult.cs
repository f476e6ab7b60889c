namespace Ingestion.Concurrency;

/// <summary>What one attempt says about the load of its upstream.</summary>
internal enum AttemptResult
{
    Answered, // An answer: its latency counts.
    Rejected, // The upstream sent it away because of its load: 429 or 503.
    Lost, // No answer in time, or no connection.
    Neutral, // Nothing: it failed for another reason, or was aborted.
}
