namespace Worker.Reports;

/// <summary>What became of the spans of one run.</summary>
/// <param name="IsExported">A collector is configured; otherwise all counts are 0.</param>
/// <param name="Exported">Spans the collector accepted.</param>
/// <param name="Dropped">Recorded spans it did not.</param>
/// <param name="TracesKept">Traces that were sampled.</param>
/// <param name="TracesNotKept">Traces that were not; 0 when <c>OTEL_TRACES_SAMPLER</c> decides.</param>
internal sealed record SpanReport(bool IsExported, long Exported, long Dropped, long TracesKept, long TracesNotKept);
