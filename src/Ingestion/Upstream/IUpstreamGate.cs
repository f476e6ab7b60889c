namespace Ingestion.Upstream;

/// <summary>
/// Stands before every attempt. Closed by <c>Retry-After</c> or an open circuit it holds all slots at once; when its time is over, one
/// probe goes first. It also spaces requests when <c>Upstream:RequestsPerSecond</c> is set.
/// </summary>
internal interface IUpstreamGate
{
    /// <summary>Whether an attempt would go through without waiting for a closed gate.</summary>
    bool IsOpen { get; }

    /// <summary>How long it has been closed; 0 while it is open. Unlike <see cref="IsOpen"/> it counts a gate as closed until a probe got an answer.</summary>
    TimeSpan ClosedFor { get; }

    /// <summary>The failure that closed it last, or kept it closed; null before there is one. One line for a person.</summary>
    string? WhyClosed { get; }

    /// <summary>The rate limit in force, or null.</summary>
    double? RequestsPerSecond { get; }

    /// <summary>Whether a quota that the upstream announced has been used up, and requests had to wait for the next.</summary>
    bool HasQuota { get; }

    /// <summary>Everything is refused. Until something is answered no item is to blame.</summary>
    bool IsRefused { get; }

    /// <summary>How often it has turned out that everything is refused.</summary>
    int TimesRefused { get; }

    /// <summary>Fires when the upstream has been silent, or refused everything, for longer than allowed; <see cref="Problem"/> says so.</summary>
    CancellationToken GivenUp { get; }

    /// <summary>One line for a person, once the worker has stopped asking the upstream; null before.</summary>
    string? Problem { get; }

    /// <summary>Closes the gate until a probe has asked whether anybody is answered; false when there is nobody to ask for: none has been answered yet, or only that item itself.</summary>
    bool TryDoubt(ItemKey key);

    /// <summary>Blocks the calling thread until an attempt may start. Every pass must be reported back exactly once.</summary>
    GatePass Enter(CancellationToken abort);

    /// <summary>Waits until an attempt may start. Every pass must be reported back exactly once.</summary>
    ValueTask<GatePass> EnterAsync(CancellationToken abort);

    /// <summary>An answer, whatever it was, announced how many more requests may be made. To be said before the pass is reported back.</summary>
    void Heed(Quota quota);

    /// <summary>The upstream answered (a body, or "not found"): it is there.</summary>
    /// <param name="pass">The pass the request was made with.</param>
    /// <param name="key">What it was asked for, when that was an item: a later probe may ask for it again.</param>
    void ReportSuccess(GatePass pass, ItemKey? key = null);

    /// <summary>The attempt failed; may close the gate.</summary>
    void ReportFailure(GatePass pass, FetchFailure failure);

    /// <summary>The attempt was aborted before it had a result: it says nothing about the upstream.</summary>
    void ReportAborted(GatePass pass);
}
