using Ingestion.Storage;

namespace Ingestion.Runs;

/// <summary>A run, seen at one moment.</summary>
/// <param name="RunId">The run; null before one has opened.</param>
/// <param name="Requested">How many IDs it is to ingest; null when not known.</param>
/// <param name="Counts">Outcomes so far, those of an earlier process that it resumed included.</param>
/// <param name="Retries">Attempts that failed and were, or will be, made again.</param>
/// <param name="IsPaused">Somebody has asked for no new attempts.</param>
public readonly record struct RunProgress(
    Guid? RunId, long? Requested, OutcomeCounts Counts, long Retries, int InFlight, int Waiting, bool IsUpstreamPaused, bool IsPaused = false);
