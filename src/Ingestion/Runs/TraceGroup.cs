using System.Diagnostics;

namespace Ingestion.Runs;

/// <summary>A trace of items: its root span, and how many attempts are below it. Guarded by the lock of <see cref="ItemTraces"/>.</summary>
internal sealed class TraceGroup(Activity? root, long startedAt)
{
    /// <summary>The root; null when nobody listens. Unsampled roots exist but are not recorded, so that nothing below them is.</summary>
    public Activity? Root { get; } = root;

    public long StartedAt { get; } = startedAt;

    public int Attempts { get; set; }

    public int Running { get; set; }

    public bool IsClosed { get; set; }
}
