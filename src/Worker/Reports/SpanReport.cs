namespace Worker.Reports;

/// <summary>What became of the spans of one run.</summary>
/// <param name="WhyNotExported">Why no collector gets them, all counts being 0; null when one does.</param>
/// <param name="Exported">Spans the collector accepted.</param>
/// <param name="Dropped">Recorded spans it did not.</param>
/// <param name="TracesKept">Traces that were sampled.</param>
/// <param name="TracesNotKept">Traces that were not; 0 when <c>OTEL_TRACES_SAMPLER</c> decides.</param>
/// <param name="LeftOut">Spans that were not recorded because their trace was full; 0 when <c>OTEL_TRACES_SAMPLER</c> decides.</param>
internal sealed record SpanReport(string? WhyNotExported, long Exported, long Dropped, long TracesKept, long TracesNotKept, long LeftOut = 0)
{
    public bool IsExported => WhyNotExported is null;
}
