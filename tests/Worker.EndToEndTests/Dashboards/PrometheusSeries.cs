using System.Text.RegularExpressions;
using TestSupport.Otlp;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>
/// A series that Prometheus makes of a metric that comes over OTLP, with its default translation: names with underscores, the unit and <c>_total</c>
/// behind them (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus,
/// https://prometheus.io/docs/guides/opentelemetry/).
/// </summary>
internal sealed partial record PrometheusSeries(string Name, IReadOnlyDictionary<string, string> Labels)
{
    // The units this service and its sources have; any other one is in braces, an annotation, and left out.
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal) { ["s"] = "seconds", ["By"] = "bytes", ["1"] = "", [""] = "" };

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
            labels[Escape(key)] = Text(value);

        string name = NameOf(metric);
        return metric.Kind == MetricKind.Histogram
            ? [new(name + "_sum", labels), new(name + "_count", labels), .. Buckets.Select(le => new PrometheusSeries(name + "_bucket", new Dictionary<string, string>(labels) { ["le"] = le }))]
            : [new(name, labels)];
    }

    private static string NameOf(ReceivedMetric metric)
    {
        string name = Escape(metric.Name);
        string unit = metric.Unit.StartsWith('{') ? "" : Units[metric.Unit];
        if (unit.Length > 0 && !name.Split('_').Contains(unit, StringComparer.Ordinal))
            name += "_" + unit;
        if (metric.IsMonotonic)
            return name + "_total";
        return metric is { Unit: "1", Kind: MetricKind.Gauge } ? name + "_ratio" : name;
    }

    private static string Escape(string name) => NotAllowed().Replace(name, "_");

    private static string Text(object? value) => value?.ToString() ?? "";

    [GeneratedRegex("[^a-zA-Z0-9_:]+", RegexOptions.NonBacktracking)]
    private static partial Regex NotAllowed();
}
