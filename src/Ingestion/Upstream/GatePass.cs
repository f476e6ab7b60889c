namespace Ingestion.Upstream;

/// <summary>Permission for one attempt.</summary>
/// <param name="IsProbe">The attempt tests whether the upstream is back; its failure says nothing about the item.</param>
internal readonly record struct GatePass(bool IsProbe);
