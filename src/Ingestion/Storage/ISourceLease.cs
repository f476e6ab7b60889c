namespace Ingestion.Storage;

/// <summary>The right to ingest a source, which one process has at a time. Disposing it gives it back.</summary>
internal interface ISourceLease : IAsyncDisposable
{
    /// <summary>
    /// Fires when another process has the lock, at most a few seconds after it took it. Being cut off from the database is not enough: whoever
    /// is first to take the lock afterwards has the lease.
    /// </summary>
    CancellationToken Lost { get; }
}
