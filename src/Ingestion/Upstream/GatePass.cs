namespace Ingestion.Upstream;

/// <summary>Permission for one attempt.</summary>
/// <param name="IsProbe">The attempt tests whether the upstream is back; its failure says nothing about the item.</param>
/// <param name="Canary">
/// The probe is to ask for this item, which got an answer before, instead of its own: then what the probe brings speaks of the upstream
/// alone. The pass is used up by it, and the item needs another one.
/// </param>
internal readonly record struct GatePass(bool IsProbe, ItemKey? Canary = null);
