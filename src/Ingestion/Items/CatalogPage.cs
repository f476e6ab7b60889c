namespace Ingestion.Items;

/// <summary>A page of the list of all records.</summary>
/// <param name="Next">The page after it; null for the last.</param>
/// <param name="Count">How many records there are on all pages; null when it does not say.</param>
internal sealed record CatalogPage(IReadOnlyList<ItemKey> Keys, Uri? Next, long? Count);
