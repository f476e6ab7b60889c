namespace Ingestion.Storage;

/// <summary>What is stored of an item before anything is done for it.</summary>
/// <param name="Done">Its outcome in the run that was asked about; null when it has none.</param>
/// <param name="EntityTag">The entity tag of its record, for a conditional request; null when there is none that could be used, or the item is done.</param>
internal readonly record struct KnownItem(CommittedOutcome? Done, string? EntityTag);
