namespace Ingestion.Runs.Recording;

/// <summary>How long something took, over all attempts of a run. Percentiles are too high by at most 1/32 or 1 µs, whichever is more; never too low.</summary>
/// <param name="Count">How often it was measured.</param>
/// <param name="P50">Half took at most this long.</param>
/// <param name="P90">Nine of ten.</param>
/// <param name="P99">99 of 100.</param>
/// <param name="Max">The longest, exactly.</param>
public readonly record struct LatencyDistribution(long Count, TimeSpan P50, TimeSpan P90, TimeSpan P99, TimeSpan Max);
