namespace Ingestion.Upstream;

/// <summary>
/// Cancelled when the attempt's time is up, or when the abort token fires; that token tells which it was. Cheaper than a linked
/// source, and its timer runs on the given clock. One that did not fire serves the next attempt.
/// </summary>
internal sealed class AttemptDeadline(TimeProvider time) : CancellationTokenSource(Timeout.InfiniteTimeSpan, time)
{
    private CancellationTokenRegistration _abort;
    private TimeSpan _timeout;

    public AttemptDeadline(TimeSpan timeout, TimeProvider time, CancellationToken abort)
        : this(time) => Begin(timeout, abort);

    /// <summary>Begins an attempt's time.</summary>
    public void Begin(TimeSpan timeout, CancellationToken abort)
    {
        _timeout = timeout;
        CancelAfter(timeout);
        _abort = abort.UnsafeRegister(static source => ((AttemptDeadline)source!).Cancel(), this);
    }

    /// <summary>Ends the attempt; whether it can serve another one.</summary>
    public bool TryEnd()
    {
        _abort.Dispose();
        return TryReset();
    }

    /// <summary>Stops the clock; the abort token still fires.</summary>
    public void Pause() => CancelAfter(Timeout.InfiniteTimeSpan);

    public void Restart() => CancelAfter(_timeout);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _abort.Dispose();
        base.Dispose(disposing);
    }
}
