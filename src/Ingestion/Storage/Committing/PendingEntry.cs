namespace Ingestion.Storage.Committing;

/// <summary>An entry on its way to the database, and the task its item waits for.</summary>
internal sealed class PendingEntry(OutcomeEntry entry)
    // The writer's loop must never run what an item does next.
    : TaskCompletionSource<CommittedOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private bool _isRejected;

    public OutcomeEntry Entry { get; private set; } = entry;

    /// <summary>A later entry for the same item. Guarded by the lock of <see cref="EntryOrder"/>.</summary>
    public PendingEntry? Next { get; set; }

    /// <summary>Whether it was part of a statement before, of which nobody knows whether it was committed.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>Whether it is in the row of the commit it is part of, not in a separate one.</summary>
    public bool IsGrouped { get; set; }

    /// <summary>What the database answered; not valid before the commit.</summary>
    public CommittedOutcome? Answer { get; set; }

    /// <summary>Makes a dead letter of it; false if it is one by rejection already.</summary>
    public bool TryReject(string error)
    {
        if (_isRejected)
            return false;

        _isRejected = true;
        Entry = Entry with { Record = null, OutcomeWithoutRecord = Outcome.Failed, Error = error };
        return true;
    }

    public void Complete() => TrySetResult(Answer!.Value);
}
