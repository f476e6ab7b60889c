namespace Ingestion.Storage;

/// <summary>
/// Writes outcomes and rows in group commits. A returned task completes after the commit, and only then. It does not fail
/// because the database is away: the writer retries for as long as that takes. It fails when the writer is disposed first, and is
/// cancelled when the writer is told to abort. Entries for the same item are written in the order they come, one after the other.
/// </summary>
internal interface IOutcomeWriter : IAsyncDisposable
{
    /// <summary>Queues one entry. The task completes on any thread; continuations run asynchronously.</summary>
    Task<CommittedOutcome> WriteAsync(OutcomeEntry entry);
}
