namespace Ingestion.Upstream;

/// <summary>
/// Cancelled when the attempt's time is up, or when the abort token fires; that token tells which it was. Cheaper than a linked
/// source, and its timer runs on the given clock.
/// </summary>
internal sealed class AttemptDeadline : CancellationTokenSource
{
    private readonly CancellationTokenRegistration _abort;

    public AttemptDeadline(TimeSpan timeout, TimeProvider time, CancellationToken abort)
        : base(timeout, time) => _abort = abort.UnsafeRegister(static source => ((AttemptDeadline)source!).Cancel(), this);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _abort.Dispose();
        base.Dispose(disposing);
    }
}
