namespace Ingestion.Storage;

/// <summary>The failed items that are not resolved, by reason.</summary>
/// <param name="Groups">The most frequent reasons, at most <see cref="MaxGroups"/>, the most frequent one first.</param>
public sealed record DeadLetterSummary(long Count, int Reasons, IReadOnlyList<DeadLetterGroup> Groups)
{
    /// <summary>The most reasons a summary has.</summary>
    public const int MaxGroups = 20;
}
