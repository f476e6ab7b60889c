namespace Ingestion.Items;

/// <summary>Which dead letters are meant: those that meet every condition that is not null. Only failures that no later run has resolved are dead letters.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>The source of every run over dead letters, whatever the filter is, so that two of them never work on the same failures at once.</summary>
    internal const string SourceName = "redrive";

    /// <summary>All of them.</summary>
    public static readonly DeadLetterFilter All = new();

    /// <summary>Those that failed in this run. Otherwise an item counts with its latest failure, whichever run that was in.</summary>
    public Guid? Run { get; init; }

    /// <summary>A part of the reason, as it is stored or as a summary shows it, in upper or lower case.</summary>
    public string? Reason { get; init; }

    /// <summary>The items, where IDs are integers.</summary>
    public IdRanges? Ids { get; init; }

    /// <summary>The items, where IDs are text.</summary>
    public IReadOnlyList<string>? Texts { get; init; }

    /// <summary>Failed at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Failed before this time.</summary>
    public DateTimeOffset? Until { get; init; }
}
