using Ingestion.Storage;

namespace Ingestion.Runs.Previewing;

/// <summary>What became of an item that was looked at.</summary>
/// <param name="Request">Method, address and configured headers, without the values of what is secret.</param>
public sealed record PreviewedItem(ItemKey Key, string Request, TimeSpan Took)
{
    /// <summary>The HTTP status of the answer; null when there was none, or it was not to be used.</summary>
    public int? StatusCode { get; init; }

    /// <summary>Bytes of the body, unpacked; null without one.</summary>
    public int? Bytes { get; init; }

    /// <summary>Whether nothing was answered, as by an upstream that is away.</summary>
    public bool IsUnanswered { get; init; }

    /// <summary>The record as JSON, as far as it was found; empty otherwise.</summary>
    public ReadOnlyMemory<byte> Record { get; init; }

    /// <summary>The columns of the record; empty without a record or a database.</summary>
    public IReadOnlyList<ColumnValue> Columns { get; init; } = [];

    /// <summary>Why the database could not make the columns; null when it was not asked, or has made them.</summary>
    public string? WhyNoColumns { get; init; }

    /// <summary>What keeps the item from being ingested, but for its columns.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Whether a run would ingest it.</summary>
    public bool IsFine => Problems.Count == 0 && Columns.All(column => column.Problem is null);
}
