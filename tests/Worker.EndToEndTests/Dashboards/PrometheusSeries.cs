using TestSupport.Otlp;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>A series that Prometheus makes of a metric that comes over OTLP, named as <see cref="PrometheusNames"/> says.</summary>
internal sealed record PrometheusSeries(string Name, IReadOnlyDictionary<string, string> Labels)
{
    // Of the buckets two are enough to compute with.
    private static readonly string[] Buckets = ["1", "+Inf"];

    /// <summary>As Prometheus writes it: <c>name{label="value"}</c>.</summary>
    public override string ToString() => $"{Name}{{{string.Join(", ", Labels.Select(label => $"{label.Key}=\"{label.Value}\""))}}}";

    public static IReadOnlyList<PrometheusSeries> Of(IEnumerable<ReceivedMetric> metrics) =>
        [.. metrics.SelectMany(metric => metric.Points.SelectMany(point => Of(metric, point))).DistinctBy(series => series.ToString())];

    private static IEnumerable<PrometheusSeries> Of(ReceivedMetric metric, ReceivedPoint point)
    {
        // Two of the resource's attributes become labels.
        Dictionary<string, string> labels = new(StringComparer.Ordinal)
        {
            ["job"] = Text(metric.ResourceAttributes["service.name"]),
            ["instance"] = Text(metric.ResourceAttributes["service.instance.id"]),
        };
        foreach ((string key, object? value) in point.Attributes)
            labels.Add(PrometheusNames.OfLabel(key), Text(value));

        string name = PrometheusNames.OfMetric(metric.Name, metric.Unit, metric.IsMonotonic, metric.Kind == MetricKind.Gauge);
        return metric.Kind == MetricKind.Histogram
            ? [new(name + "_sum", labels), new(name + "_count", labels), .. Buckets.Select(le => new PrometheusSeries(name + "_bucket", new Dictionary<string, string>(labels) { ["le"] = le }))]
            : [new(name, labels)];
    }

    private static string Text(object? value) => value?.ToString() ?? "";
}
