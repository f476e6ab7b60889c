namespace Ingestion.Concurrency;

/// <summary>An attempt that has ended.</summary>
/// <param name="Result">What it says about the load.</param>
/// <param name="Size">How much it was for, 1 or more: a larger one takes longer, whatever the load.</param>
/// <param name="Pause">The pause the upstream asked for.</param>
internal readonly record struct AttemptEnd(AttemptResult Result, TimeSpan Latency, int Size = 1, TimeSpan Pause = default);
