namespace Ingestion.Upstream;

/// <summary>What a report did to the gate, if anything.</summary>
/// <param name="ClosedFor">The gate was closed, for this long.</param>
/// <param name="ReopenedAfter">The gate was opened, after this long.</param>
/// <param name="IsRefused">It has turned out that everything is refused; said once.</param>
/// <param name="GivenUp">Why there is no sense in waiting any longer, or null.</param>
internal readonly record struct GateTransition(TimeSpan? ClosedFor = null, TimeSpan? ReopenedAfter = null, bool IsRefused = false, string? GivenUp = null);
