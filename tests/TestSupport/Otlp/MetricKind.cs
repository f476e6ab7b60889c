namespace TestSupport.Otlp;

/// <summary>The kinds of metrics of opentelemetry.proto.metrics.v1.Metric.</summary>
public enum MetricKind
{
    Unknown,
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
}
