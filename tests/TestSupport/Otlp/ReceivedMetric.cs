namespace TestSupport.Otlp;

/// <summary>A metric of one export; the same metric comes again with every export.</summary>
public sealed record ReceivedMetric(
    string Name,
    string Unit,
    MetricKind Kind,
    IReadOnlyList<ReceivedPoint> Points,
    string ScopeName,
    IReadOnlyDictionary<string, object?> ResourceAttributes);
