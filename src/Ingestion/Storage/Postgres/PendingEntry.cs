namespace Ingestion.Storage.Postgres;

/// <summary>An entry on its way to the database, and the task its item waits for.</summary>
internal sealed class PendingEntry(OutcomeEntry entry)
    // The writer's loop must never run what an item does next.
    : TaskCompletionSource<CommittedOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private PendingEntry? _duplicate;
    private bool _isRejected;

    public OutcomeEntry Entry { get; private set; } = entry;

    /// <summary>When it was queued, compared with the others of its batch.</summary>
    public int Position { get; set; }

    /// <summary>Whether it was part of a statement before, of which nobody knows whether it was committed.</summary>
    public bool WasSent { get; set; }

    /// <summary>What the database answered; not valid before the commit.</summary>
    public CommittedOutcome? Answer { get; set; }

    /// <summary>Whether its outcome is that of a later entry for the same character too. Of a shared source only a job has one for both, unless just the first one failed.</summary>
    public bool Answers(PendingEntry later, bool isShared) =>
        Entry.Job?.Id == later.Entry.Job?.Id && (!isShared || (Entry.Job is not null && (!IsFailure(Entry) || IsFailure(later.Entry))));

    /// <summary>Attaches a later entry for the same character, which gets the same result.</summary>
    public void Attach(PendingEntry duplicate)
    {
        duplicate._duplicate = _duplicate;
        _duplicate = duplicate;
    }

    /// <summary>Makes a dead letter of it; false if it is one by rejection already.</summary>
    public bool TryReject(string error)
    {
        if (_isRejected)
            return false;

        _isRejected = true;
        Entry = Entry with { Record = null, OutcomeWithoutRecord = Characters.Outcome.Failed, Error = error };
        return true;
    }

    /// <summary>Ends the wait of this entry and its duplicates with the answer.</summary>
    public void Complete()
    {
        CommittedOutcome answer = Answer!.Value;
        for (PendingEntry? waiting = this; waiting is not null; waiting = waiting._duplicate)
            waiting.TrySetResult(answer);
    }

    /// <summary>Ends the wait of this entry and its duplicates without a result.</summary>
    public void Fault(Exception exception)
    {
        for (PendingEntry? waiting = this; waiting is not null; waiting = waiting._duplicate)
            waiting.TrySetException(exception);
    }

    private static bool IsFailure(OutcomeEntry entry) => entry is { Record: null, OutcomeWithoutRecord: Characters.Outcome.Failed };
}
