namespace Ingestion.Concurrency;

/// <summary>
/// One attempt at one item, in three stages: fetch, transform, persist, then the end. The blocking and the non-blocking form of a stage
/// do the same work. A stage that has nothing to do (no body to transform, nothing to store before a retry) returns at once.
/// </summary>
internal interface IItemAttempt
{
    /// <summary>I/O bound. Blocks the thread.</summary>
    void Fetch(CancellationToken abort);

    /// <summary>I/O bound. Continues on the context it was called on.</summary>
    ValueTask FetchAsync(CancellationToken abort);

    /// <summary>CPU bound.</summary>
    void Transform();

    /// <summary>I/O bound: waits for the commit. Blocks the thread.</summary>
    void Persist(CancellationToken abort);

    /// <summary>I/O bound: waits for the commit. Continues on the context it was called on.</summary>
    ValueTask PersistAsync(CancellationToken abort);

    /// <summary>Ends the attempt on the calling thread, before its slot is given back.</summary>
    void End();
}
