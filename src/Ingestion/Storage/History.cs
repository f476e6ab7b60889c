namespace Ingestion.Storage;

/// <summary>History that is, or would be, removed.</summary>
/// <param name="Runs">Runs of which nothing stays.</param>
/// <param name="Outcomes">Outcomes, those of runs that stay included.</param>
/// <param name="RunsKept">Runs as old that stay, because some of their failures are unresolved.</param>
public readonly record struct History(long Runs, long Outcomes, long RunsKept);
