using Ingestion.Storage.Committing;

namespace Ingestion.Storage.Postgres;

/// <summary>Which entries of a batch share one row: those that ended at the first attempt without an error, and whose keys are near each other.</summary>
internal static class CommitGroup
{
    /// <summary>Keys of a row are less than this apart, so that those of a range are found by the first key of a row (<see cref="KnownItemRows"/>). Stragglers get separate rows.</summary>
    public const int Window = 4096;

    /// <summary>A row for one item would take more room than its own.</summary>
    private const int Fewest = 2;

    /// <summary>Marks those of a batch in the order of its keys that have no answer yet, and returns the least key of them; null when there are none.</summary>
    public static long? Mark(ReadOnlySpan<PendingEntry> batch)
    {
        int count = 0;
        long? last = null;
        long first = 0;
        for (int i = batch.Length - 1; i >= 0; i--)
        {
            PendingEntry pending = batch[i];
            pending.IsGrouped = pending is { Answer: null, Entry: { Attempts: 1, Error: null } entry } && (last ??= entry.Key.Number) - entry.Key.Number < Window;
            if (!pending.IsGrouped)
                continue;

            count++;
            first = pending.Entry.Key.Number;
        }

        if (count >= Fewest)
            return first;

        foreach (PendingEntry pending in batch)
            pending.IsGrouped = false;
        return null;
    }

    /// <summary>Gives the entries of the group their answers.</summary>
    /// <param name="unchanged">Those with a record whose row was not touched, in the same order.</param>
    public static void Answer(ReadOnlySpan<PendingEntry> batch, ReadOnlySpan<long> unchanged)
    {
        foreach (PendingEntry pending in batch)
        {
            if (!pending.IsGrouped)
                continue;

            Outcome outcome = pending.Entry.OutcomeWithoutRecord;
            if (pending.Entry.Record is not null)
            {
                bool isUnchanged = unchanged.StartsWith([pending.Entry.Key.Number]);
                outcome = isUnchanged ? Outcome.Unchanged : Outcome.Ingested;
                unchanged = isUnchanged ? unchanged[1..] : unchanged;
            }

            pending.Answer = new CommittedOutcome(outcome, Error: null);
        }
    }
}
