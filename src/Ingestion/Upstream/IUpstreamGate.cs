namespace Ingestion.Upstream;

/// <summary>
/// Stands before every attempt. Closed by <c>Retry-After</c> or an open circuit it holds all slots at once; when it reopens, one
/// probe goes first. It also spaces requests when <c>Upstream:RequestsPerSecond</c> is set.
/// </summary>
internal interface IUpstreamGate
{
    /// <summary>Whether an attempt would go through without waiting for a closed gate.</summary>
    bool IsOpen { get; }

    /// <summary>Blocks the calling thread until an attempt may start. Every pass must be reported back exactly once.</summary>
    GatePass Enter(CancellationToken abort);

    /// <summary>Waits until an attempt may start. Every pass must be reported back exactly once.</summary>
    ValueTask<GatePass> EnterAsync(CancellationToken abort);

    /// <summary>The upstream answered (a body, or "not found"): it is there.</summary>
    void ReportSuccess(GatePass pass);

    /// <summary>The attempt failed; may close the gate.</summary>
    void ReportFailure(GatePass pass, FetchFailure failure);

    /// <summary>The attempt was aborted before it had a result: it says nothing about the upstream.</summary>
    void ReportAborted(GatePass pass);
}
