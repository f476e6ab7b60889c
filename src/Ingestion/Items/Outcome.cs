namespace Ingestion.Items;

/// <summary>What became of an item in a run. Every item ends in exactly one of these.</summary>
public enum Outcome
{
    /// <summary>The record was fetched and its row was inserted or rewritten.</summary>
    Ingested,

    /// <summary>The record was fetched and its content hash equals the stored one; the row was not touched.</summary>
    Unchanged,

    /// <summary>The upstream has no record with this ID.</summary>
    NotFound,

    /// <summary>The item is a dead letter: it could not be ingested, and its reason is stored.</summary>
    Failed,
}
