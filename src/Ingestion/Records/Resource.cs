namespace Ingestion.Records;

/// <summary>Which records are ingested: what <see cref="ResourceOptions"/> say, checked.</summary>
/// <param name="Name">The table.</param>
/// <param name="Item">What one is called.</param>
/// <param name="ListPath">Where several are; null: there is one ID for each request.</param>
/// <param name="Record">The way to the record in an answer.</param>
/// <param name="HasTextKeys">Whether IDs are text; otherwise they are integers of 64 bits.</param>
/// <param name="NotFound">Statuses that mean that there is no such record.</param>
/// <param name="IsNotFoundJson">Whether they mean it only with a body that is a JSON object.</param>
/// <param name="Shape">What an answer with one record must have.</param>
/// <param name="Parts">The parts of it, each by itself: the ID, and every required member.</param>
/// <param name="Columns">Those that PostgreSQL generates.</param>
/// <param name="Catalog">The list of all; null: the resource has none.</param>
internal sealed record Resource(
    string Name, string Item, ResourcePath Path, ResourcePath? ListPath, IReadOnlyList<string> Record, bool HasTextKeys, IReadOnlyList<int> NotFound,
    bool IsNotFoundJson, Shape Shape, IReadOnlyList<Shape> Parts, IReadOnlyList<ResourceColumn> Columns, ResourceCatalog? Catalog);
