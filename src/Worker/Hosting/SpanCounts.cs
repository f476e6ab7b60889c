using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Worker.Hosting;

/// <summary>
/// Counts spans, and traces by their root spans, from the start of the process; and how many spans each trace has whose root is open: as many as there are such
/// traces, which the sampler bounds. Safe from any thread.
/// </summary>
internal sealed class SpanCounts : BaseProcessor<Activity>
{
    private readonly ConcurrentDictionary<ActivityTraceId, StrongBox<int>> _open = [];
    private long _ended;
    private long _exported;
    private long _leftOut;
    private long _tracesExported;
    private long _tracesKept;
    private long _tracesNotKept;

    /// <summary>Held while spans are sent.</summary>
    public Lock Sending { get; } = new();

    /// <summary>Recorded spans that ended, and so should be exported.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    /// <summary>Spans that were not recorded because their trace was full; not among those that ended.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <summary>Traces that were sampled.</summary>
    public long TracesKept => Interlocked.Read(ref _tracesKept);

    /// <summary>Traces that were not sampled; 0 when <c>OTEL_TRACES_SAMPLER</c> decides.</summary>
    public long TracesNotKept => Interlocked.Read(ref _tracesNotKept);

    public override void OnStart(Activity data)
    {
        if (data.Recorded && data.ParentSpanId == default)
        {
            Interlocked.Increment(ref _tracesKept);
            _open[data.TraceId] = new StrongBox<int>(1);
        }
    }

    public override void OnEnd(Activity data)
    {
        if (data.Recorded)
            Interlocked.Increment(ref _ended);
        if (data.Recorded && data.ParentSpanId == default)
            _open.TryRemove(data.TraceId, out _);
    }

    public void SpansExported(IReadOnlyCollection<Activity> spans, int rejected)
    {
        // Which of them were rejected nobody says: it may have been the roots.
        Interlocked.Add(ref _exported, Math.Max(spans.Count - rejected, 0));
        Interlocked.Add(ref _tracesExported, Math.Max(spans.Count(span => span.ParentSpanId == default) - rejected, 0));
    }

    /// <summary>Whether the trace may have one more span; if so, it counts. A trace whose root is not open is not looked after.</summary>
    public bool TryAdd(ActivityTraceId trace, int max)
    {
        if (!_open.TryGetValue(trace, out StrongBox<int>? spans) || (Volatile.Read(ref spans.Value) < max && Interlocked.Increment(ref spans.Value) <= max))
            return true;

        Interlocked.Increment(ref _leftOut);
        return false;
    }

    public void TraceNotKept() => Interlocked.Increment(ref _tracesNotKept);

    /// <summary>What has come since <paramref name="before"/>, or since the start of the process.</summary>
    public ExportedSpans Report(string? whyNotExported, ExportedSpans? before = null)
    {
        // Exported is read first: a span that ends in between must not look like one exported but never ended.
        long exported = Interlocked.Read(ref _exported);
        long tracesExported = Interlocked.Read(ref _tracesExported);
        before ??= new ExportedSpans(WhyNotExported: null, 0, 0, 0, 0);
        return new ExportedSpans(
            whyNotExported,
            exported - before.Exported,
            Math.Max(0, Ended - exported - before.Dropped),
            tracesExported - before.TracesKept,
            TracesNotKept - before.TracesNotKept,
            LeftOut - before.LeftOut,
            Math.Max(0, TracesKept - tracesExported - before.TracesLost));
    }
}
