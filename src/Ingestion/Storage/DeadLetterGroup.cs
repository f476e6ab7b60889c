namespace Ingestion.Storage;

/// <summary>Failed items with the same reason.</summary>
/// <param name="Reason">The reason stored, with <c>N</c> for numbers that differ from item to item.</param>
/// <param name="Ids">The lowest of their IDs, in at most <see cref="MaxRanges"/> ranges separated by commas; of texts, the first ones.</param>
public sealed record DeadLetterGroup(string Reason, long Count, string Ids, bool HasMoreIds, DateTimeOffset FirstAt, DateTimeOffset LastAt)
{
    /// <summary>The most ranges of IDs a group shows.</summary>
    public const int MaxRanges = 10;
}
