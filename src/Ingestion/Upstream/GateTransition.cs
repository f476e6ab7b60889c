namespace Ingestion.Upstream;

/// <summary>What a report did to the gate, if anything.</summary>
/// <param name="ClosedFor">The gate was closed, for this long.</param>
/// <param name="ReopenedAfter">The gate was opened, after this long.</param>
internal readonly record struct GateTransition(TimeSpan? ClosedFor = null, TimeSpan? ReopenedAfter = null);
