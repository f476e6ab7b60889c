namespace Ingestion.Storage.Committing;

/// <summary>Commits batches, one transaction after the other, over a connection that is kept and replaced when it breaks. Not thread-safe.</summary>
internal interface IBatchConnection : IAsyncDisposable
{
    /// <summary>Whether the server is still there: what went wrong went wrong with the transaction.</summary>
    bool IsOpen { get; }

    /// <summary>
    /// Commits the entries, which are in the order of their IDs, and sets each one's <see cref="PendingEntry.Answer"/>. May be repeated, in other batches too: what was committed before is answered again.
    /// Without entries it shows whether the statement works at all.
    /// </summary>
    Task CommitAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken);
}
