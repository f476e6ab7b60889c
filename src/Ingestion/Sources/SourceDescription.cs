namespace Ingestion.Sources;

/// <summary>What a source will deliver.</summary>
/// <param name="Name">Identifies the same work across processes: runs are resumed, and kept from running twice at once, by this name.</param>
/// <param name="Count">How many IDs there are; null when the source has no end.</param>
internal sealed record SourceDescription(string Name, long? Count);
