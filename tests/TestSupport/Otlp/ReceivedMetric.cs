namespace TestSupport.Otlp;

/// <summary>A metric of one export; the same metric comes again with every export. Only a counter's sum <paramref name="IsMonotonic"/>.</summary>
public sealed record ReceivedMetric(
    string Name,
    string Unit,
    MetricKind Kind,
    bool IsMonotonic,
    IReadOnlyList<ReceivedPoint> Points,
    string ScopeName,
    IReadOnlyDictionary<string, object?> ResourceAttributes);
