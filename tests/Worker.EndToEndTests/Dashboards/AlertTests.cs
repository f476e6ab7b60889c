using System.Text.RegularExpressions;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>Every alert says what it is and where to read on, and fires when it should.</summary>
public sealed partial class AlertTests
{
    [Fact]
    public Task Prometheus_accepts_the_configuration_and_the_rules() => Promtool.SucceedAsync("check", "config", Repository.PathOf("deploy/prometheus/prometheus.yml"));

    [Fact]
    public Task The_alerts_fire_when_they_should_and_at_no_other_time() => Promtool.SucceedAsync("test", "rules", Repository.PathOf("deploy/prometheus/alerts.test.yml"));

    [Fact]
    public void Every_alert_is_played_through()
    {
        string played = Repository.Read("deploy/prometheus/alerts.test.yml");

        Assert.All(AlertRule.ReadAll(), rule =>
        {
            Assert.Contains($"- alertname: {rule.Name}\n", played, StringComparison.Ordinal);
            Assert.Contains($"alertname: {rule.Name},", played, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Every_alert_says_what_it_is_and_has_its_place_in_the_runbook()
    {
        string[] headings = [.. Repository.Read("deploy/prometheus/README.md").Split('\n').Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..])];

        Assert.NotEmpty(AlertRule.ReadAll());
        Assert.All(AlertRule.ReadAll(), rule =>
        {
            Assert.NotEmpty(rule.Fields["summary"]);
            Assert.NotEmpty(rule.Fields["description"]);
            Assert.Contains(rule.Fields["severity"], new[] { "critical", "warning" });
            Assert.Contains(rule.Name, headings);
            Assert.Equal("deploy/prometheus/README.md#" + rule.Name.ToLowerInvariant(), rule.Fields["runbook"]);
        });
    }

    [Fact]
    public void Every_alert_names_only_labels_it_has() => Assert.All(AlertRule.ReadAll(), rule =>
    {
        PromQl promQl = PromQl.Of(rule.Expression);
        HashSet<string> labels = [.. promQl.Grouping, .. promQl.Selectors.SelectMany(selector => selector.Matchers.Select(matcher => matcher.Label))];
        Assert.Subset(labels, Label().Matches(rule.Fields["summary"] + rule.Fields["description"]).Select(match => match.Groups["label"].Value).ToHashSet());
    });

    [GeneratedRegex(@"\$labels\.(?<label>\w+)", RegexOptions.NonBacktracking)]
    private static partial Regex Label();
}
