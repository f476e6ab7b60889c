using System.Text.RegularExpressions;
using TestSupport.Otlp;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>The dashboard and the alert rules ask for what a real worker exports. A metric or a label that is renamed turns one of these red.</summary>
public sealed partial class DashboardTests(ExportedMetrics exported) : IClassFixture<ExportedMetrics>
{
    [Fact]
    public void Every_query_of_the_dashboard_asks_for_what_the_worker_exports() => Assert.All(Dashboard.Queries, query =>
    {
        PromQl promQl = PromQl.Of(query.Expression);
        AssertExported(promQl);
        Assert.Subset(promQl.Grouping.ToHashSet(), LegendLabel().Matches(query.Legend).Select(match => match.Groups["label"].Value).ToHashSet());
    });

    [Fact]
    public void Every_variable_of_the_dashboard_asks_for_what_the_worker_exports() => Assert.All(Dashboard.VariableQueries, query =>
    {
        Match labelValues = LabelValues().Match(query);
        Assert.True(labelValues.Success, query);
        PromQl promQl = PromQl.Of(labelValues.Groups["metric"].Value);
        AssertExported(promQl);
        Assert.Contains(labelValues.Groups["label"].Value, Labels(Assert.Single(promQl.Selectors).Metric).Select(known => known.Key));
    });

    [Fact]
    public void Every_alert_asks_for_what_the_worker_or_the_broker_exports() => Assert.All(AlertRule.ReadAll().Select(rule => PromQl.Of(rule.Expression)), promQl =>
    {
        if (!BrokerMetrics.AreAllOf(promQl))
            AssertExported(promQl);
    });

    [Fact]
    public void Every_panel_has_a_title_a_description_and_a_unit()
    {
        Assert.NotEmpty(Dashboard.Panels);
        Assert.All(Dashboard.Panels, panel =>
        {
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            Assert.NotEmpty(panel.GetProperty("description").GetString()!);
            Assert.NotEmpty(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!);
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
        });
        Assert.Equal(Dashboard.Panels.Count, Dashboard.Panels.Select(panel => panel.GetProperty("title").GetString()).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public Task Every_query_of_the_dashboard_finds_something_among_what_the_worker_exports()
    {
        IEnumerable<string> series = exported.Series.Select(one => $"      - {{ series: '{one}', values: 0+1x30 }}\n");
        IEnumerable<string> queries = Dashboard.Queries.Select(query =>
            $"      - {{ expr: 'count({Filled(query.Expression)}) > bool 0', eval_time: 20m, exp_samples: [{{ labels: '{{}}', value: 1 }}] }}\n");

        return Promtool.PlayAsync(
            "tests:\n  - interval: 1m\n    input_series:\n" + string.Concat(series) + "    promql_expr_test:\n" + string.Concat(queries));
    }

    [Fact]
    public void The_metrics_of_others_that_the_page_lists_are_exported_so_and_all_that_is_asked_for_is_listed()
    {
        Dictionary<string, ReceivedMetric> byName = exported.All.Where(metric => metric.ScopeName != "IngestionService").DistinctBy(metric => metric.Name).ToDictionary(metric => metric.Name);
        string[][] rows = Repository.Table("deploy/prometheus/README.md", "Metrics of others");

        Assert.All(rows, row =>
        {
            ReceivedMetric metric = Assert.Contains(row[0].Trim('`'), (IReadOnlyDictionary<string, ReceivedMetric>)byName);
            Assert.Equal((metric.ScopeName, Kind(metric), metric.Unit), (row[1].Trim('`'), row[2], row[3].Trim('`')));
        });

        HashSet<string> listed = [.. PrometheusSeries.Of(rows.Select(row => byName[row[0].Trim('`')])).Select(series => series.Name)];
        IEnumerable<string> used = Dashboard.Queries.Select(query => query.Expression).Concat(AlertRule.ReadAll().Select(rule => rule.Expression))
            .SelectMany(expression => PromQl.Of(expression).Selectors).Select(selector => selector.Metric);
        Assert.All(used.Where(name => !name.StartsWith("ingestion_", StringComparison.Ordinal) && !BrokerMetrics.Names.Contains(name)), name => Assert.Contains(name, listed));
    }

    [GeneratedRegex(@"\{\{(?<label>\w+)\}\}", RegexOptions.NonBacktracking)]
    private static partial Regex LegendLabel();

    [GeneratedRegex(@"^label_values\((?<metric>[^,]+), (?<label>\w+)\)$", RegexOptions.NonBacktracking)]
    private static partial Regex LabelValues();

    // What Grafana puts in for its variables.
    private static string Filled(string expression) => expression
        .Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$job", ".*", StringComparison.Ordinal).Replace("$instance", ".*", StringComparison.Ordinal);

    /// <summary>Every label a series has, with every value it was seen with.</summary>
    private IEnumerable<KeyValuePair<string, string>> Labels(string metric) => exported.Series.Where(series => series.Name == metric).SelectMany(series => series.Labels);

    private void AssertExported(PromQl promQl)
    {
        Assert.NotEmpty(promQl.Selectors);
        foreach (PromQl.Selector selector in promQl.Selectors)
        {
            Assert.Contains(selector.Metric, exported.Series.Select(series => series.Name));
            foreach ((string label, string comparison, string value) in selector.Matchers)
                Assert.Contains(Labels(selector.Metric), known => known.Key == label && (comparison != "=" || known.Value == value));
        }

        Assert.Subset(promQl.Selectors.SelectMany(selector => Labels(selector.Metric)).Select(known => known.Key).ToHashSet(), promQl.Grouping.ToHashSet());
    }

    private static string Kind(ReceivedMetric metric) => metric switch
    {
        { Kind: MetricKind.Histogram } => "histogram",
        { Kind: MetricKind.Gauge } => "gauge",
        { IsMonotonic: true } => "counter",
        _ => "up-down counter",
    };
}
