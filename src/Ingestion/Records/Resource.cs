namespace Ingestion.Records;

/// <summary>Which records are ingested: what <see cref="ResourceOptions"/> say, checked.</summary>
internal sealed class Resource
{
    /// <summary>The table.</summary>
    public required string Name { get; init; }

    /// <summary>What one is called.</summary>
    public required string Item { get; init; }

    /// <summary>Where one is.</summary>
    public required ResourcePath Path { get; init; }

    /// <summary>Where several are; null: there is one ID for each request.</summary>
    public ResourcePath? ListPath { get; init; }

    /// <summary>The way to the record in an answer.</summary>
    public required IReadOnlyList<string> Record { get; init; }

    /// <summary>Whether IDs are text; otherwise they are integers of 64 bits.</summary>
    public bool HasTextKeys { get; init; }

    /// <summary>Statuses that mean that there is no such record.</summary>
    public required IReadOnlyList<int> NotFound { get; init; }

    /// <summary>Whether they mean it only with a body that is a JSON object.</summary>
    public bool IsNotFoundJson { get; init; }

    /// <summary>What an answer with one record must have.</summary>
    public required Shape Shape { get; init; }

    /// <summary>The parts of it, each by itself: the ID, and every required member.</summary>
    public required IReadOnlyList<Shape> Parts { get; init; }

    /// <summary>The columns that PostgreSQL generates.</summary>
    public required IReadOnlyList<ResourceColumn> Columns { get; init; }

    /// <summary>The list of all; null: the resource has none.</summary>
    public ResourceCatalog? Catalog { get; init; }
}
