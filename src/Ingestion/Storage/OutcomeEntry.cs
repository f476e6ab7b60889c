using Ingestion.Records;

namespace Ingestion.Storage;

/// <summary>The end of an item, on its way to the database.</summary>
internal sealed record OutcomeEntry
{
    public required ItemKey Key { get; init; }

    /// <summary>Whose outcome it is; null: the run's.</summary>
    public Job? Job { get; init; }

    public required int Attempts { get; init; }

    /// <summary>The record to upsert; null for <see cref="Outcome.NotFound"/>, <see cref="Outcome.Failed"/>, and what the upstream says is <see cref="Outcome.Unchanged"/>.</summary>
    public ItemRecord? Record { get; init; }

    /// <summary>When the record was asked for. It does not replace one that was asked for later.</summary>
    public DateTimeOffset FetchedAt { get; init; }

    /// <summary>The entity tag the record came with, at most 256 bytes; null without one. Stored with the record, also when that is unchanged.</summary>
    public string? EntityTag { get; init; }

    /// <summary>The outcome when there is no record. With a record the database decides: <see cref="Outcome.Ingested"/> or <see cref="Outcome.Unchanged"/>.</summary>
    public Outcome OutcomeWithoutRecord { get; init; }

    public string? Error { get; init; }

    /// <summary>The answer it failed for, as JSON; null without one.</summary>
    public string? Answer { get; init; }

    /// <summary>The span the commit belongs to: the item's <c>persist</c> span; null without one.</summary>
    public Activity? Trace { get; init; }
}
