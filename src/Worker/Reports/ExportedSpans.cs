namespace Worker.Reports;

/// <summary>What became of the spans of one run.</summary>
/// <param name="WhyNotExported">Why no collector gets them, all counts being 0; null when one does.</param>
/// <param name="Dropped">Recorded spans the collector did not accept.</param>
/// <param name="TracesNotKept">Traces that were not sampled; 0 when <c>OTEL_TRACES_SAMPLER</c> decides.</param>
/// <param name="LeftOut">Spans that were not recorded because their trace was full; 0 when <c>OTEL_TRACES_SAMPLER</c> decides.</param>
/// <param name="TracesLost">Traces that were sampled, but whose root span the collector did not accept.</param>
internal sealed record ExportedSpans(string? WhyNotExported, long Exported, long Dropped, long TracesKept, long TracesNotKept, long LeftOut = 0, long TracesLost = 0)
{
    public bool IsExported => WhyNotExported is null;

    /// <summary>Where the traces of the run can be looked at; null when nowhere that is known.</summary>
    public Uri? Address { get; init; }

    /// <summary>The address of a single one, with <c>{traceId}</c> in place of its ID; null when nowhere that is known.</summary>
    public string? TraceLink { get; init; }

    public Uri? AddressOf(string? traceId) => traceId is null || TraceLink is null ? null : new Uri(TraceLink.Replace(TraceViewer.TraceId, traceId, StringComparison.Ordinal));
}
