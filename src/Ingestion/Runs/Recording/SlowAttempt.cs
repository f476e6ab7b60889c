namespace Ingestion.Runs.Recording;

/// <summary>An attempt that took longer than <c>Tracing:SlowItem</c>.</summary>
/// <param name="Key">The item.</param>
/// <param name="Attempt">1 for the first attempt at the item.</param>
/// <param name="Took">From getting its slot to its end.</param>
/// <param name="Times">Its stages. What is left waited between two of them.</param>
/// <param name="Error">Why it failed, or null.</param>
/// <param name="TraceId">The trace it is kept in, as 32 hexadecimal digits; null when it is not.</param>
public sealed record SlowAttempt(ItemKey Key, int Attempt, TimeSpan Took, StageTimes Times, string? Error, string? TraceId);
