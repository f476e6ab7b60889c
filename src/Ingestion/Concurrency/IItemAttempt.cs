namespace Ingestion.Concurrency;

/// <summary>
/// One attempt at one item, in three stages: fetch, transform, persist, then the end. A stage that has nothing to do (no body to transform, nothing to store
/// before a retry) returns at once. With <c>async</c> a stage that waits continues on the context it was called on; without, it blocks the thread, and its task is
/// complete when it returns.
/// </summary>
internal interface IItemAttempt
{
    /// <summary>I/O bound.</summary>
    ValueTask FetchAsync(bool async, CancellationToken abort);

    /// <summary>CPU bound.</summary>
    void Transform();

    /// <summary>I/O bound: waits for the commit.</summary>
    ValueTask PersistAsync(bool async, CancellationToken abort);

    /// <summary>Ends the attempt on the calling thread, before its slot is given back.</summary>
    void End();
}
