namespace Ingestion.Records;

/// <summary>The list of all records of a resource.</summary>
/// <param name="Path">Its first page, below the root of the API.</param>
/// <param name="Ids">The way to the IDs on a page, where <c>*</c> stands for every element of an array; null: pages do not tell them.</param>
/// <param name="Next">The way to the address of the next page; null: pages do not tell it.</param>
/// <param name="Count">The way to the number of records; null: pages do not tell it.</param>
internal sealed record ResourceCatalog(string Path, IReadOnlyList<string>? Ids, IReadOnlyList<string>? Next, IReadOnlyList<string>? Count);
