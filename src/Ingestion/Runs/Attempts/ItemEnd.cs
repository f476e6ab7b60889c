using Ingestion.Records;
using Ingestion.Upstream;

namespace Ingestion.Runs.Attempts;

/// <summary>How an attempt ends for one of its items. By default the item is given back as if the attempt had not begun.</summary>
internal readonly record struct ItemEnd
{
    /// <summary>What is stored of an item without a record; with one the database decides. Null: nothing is stored.</summary>
    public Outcome? Outcome { get; private init; }

    public ItemRecord? Record { get; private init; }

    public string? EntityTag { get; private init; }

    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Why it failed, or this attempt did; null otherwise.</summary>
    public string? Reason { get; private init; }

    /// <summary>The answer it failed for; null without one.</summary>
    public AnswerExcerpt? Answer { get; private init; }

    public static ItemEnd Store(ItemRecord record, string? entityTag) => Store(Items.Outcome.Ingested) with { Record = record, EntityTag = entityTag };

    /// <summary>It has no record, or the one that is stored.</summary>
    public static ItemEnd Store(Outcome outcome) => new() { Outcome = outcome };

    public static ItemEnd Fail(string reason, AnswerExcerpt? answer) => Store(Items.Outcome.Failed) with { Reason = reason, Answer = answer };

    public static ItemEnd Fail(FetchFailure failure) => Fail(failure.Reason, failure.Answer);

    public static ItemEnd Retry(string reason, TimeSpan delay) => new() { Reason = reason, RetryAfter = delay };
}
