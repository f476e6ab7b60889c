namespace Worker.Hosting;

/// <summary>Counts spans and traces from the start of the process. Written from any thread.</summary>
internal sealed class SpanCounts
{
    private long _ended;
    private long _exported;
    private long _leftOut;
    private long _tracesExported;
    private long _tracesKept;
    private long _tracesNotKept;

    /// <summary>Recorded spans that ended, and so should be exported.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    /// <summary>Spans the collector accepted.</summary>
    public long Exported => Interlocked.Read(ref _exported);

    /// <summary>Spans that were not recorded because their trace was full; not among those that ended.</summary>
    public long LeftOut => Interlocked.Read(ref _leftOut);

    /// <summary>Traces whose root span the collector accepted.</summary>
    public long TracesExported => Interlocked.Read(ref _tracesExported);

    /// <summary>Traces that were sampled.</summary>
    public long TracesKept => Interlocked.Read(ref _tracesKept);

    /// <summary>Traces that were not sampled; 0 when <c>OTEL_TRACES_SAMPLER</c> decides.</summary>
    public long TracesNotKept => Interlocked.Read(ref _tracesNotKept);

    public void SpanEnded() => Interlocked.Increment(ref _ended);

    public void SpansExported(long count, long roots)
    {
        Interlocked.Add(ref _exported, count);
        Interlocked.Add(ref _tracesExported, roots);
    }

    public void SpanLeftOut() => Interlocked.Increment(ref _leftOut);

    public void TraceKept() => Interlocked.Increment(ref _tracesKept);

    public void TraceNotKept() => Interlocked.Increment(ref _tracesNotKept);
}
