namespace Ingestion.Runs.Attempts;

/// <summary>A trace of items: its root span, and how many attempts are below it. Guarded by the lock of <see cref="ItemTraces"/>.</summary>
internal sealed class TraceGroup(Activity? root, long startedAt)
{
    /// <summary>The root; null when nobody listens. Unsampled roots exist but are not recorded, so that nothing below them is.</summary>
    public Activity? Root { get; } = root;

    public long StartedAt { get; } = startedAt;

    public int Attempts { get; set; }

    public int Running { get; set; }

    /// <summary>When the last span of an attempt ended, on the clock of spans; default while none has.</summary>
    public DateTime LastEnd { get; set; }

    /// <summary>When the last attempt ended, as a timestamp of the run's clock.</summary>
    public long IdleSince { get; set; }

    public bool IsClosed { get; set; }
}
