namespace Ingestion.Upstream;

/// <summary>
/// Cancelled when the attempt's time is up, or when the abort token fires; that token tells which it was. Cheaper than a linked
/// source, and its timer runs on the given clock.
/// </summary>
internal sealed class AttemptDeadline : CancellationTokenSource
{
    private readonly CancellationTokenRegistration _abort;
    private readonly TimeSpan _timeout;

    public AttemptDeadline(TimeSpan timeout, TimeProvider time, CancellationToken abort)
        : base(timeout, time)
    {
        _timeout = timeout;
        _abort = abort.UnsafeRegister(static source => ((AttemptDeadline)source!).Cancel(), this);
    }

    /// <summary>Stops the clock; the abort token still fires.</summary>
    public void Pause() => CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Begins the attempt's time again.</summary>
    public void Restart() => CancelAfter(_timeout);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _abort.Dispose();
        base.Dispose(disposing);
    }
}
