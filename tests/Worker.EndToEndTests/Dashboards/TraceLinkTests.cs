using System.Text.Json;
using System.Text.RegularExpressions;
using Ingestion.Telemetry;
using YamlDotNet.Serialization;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>From the dashboard to traces: its links, and the dots of its histograms.</summary>
public sealed partial class TraceLinkTests
{
    private const string Jaeger = "http://localhost:16686";

    [Fact]
    public void Links_of_panels_search_for_the_traces_of_the_time_that_is_shown()
    {
        string[] links = [.. Dashboard.Panels.Where(panel => panel.TryGetProperty("links", out _)).SelectMany(panel => panel.GetProperty("links").EnumerateArray()).Select(link => link.GetProperty("url").GetString()!)];

        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.StartsWith("${jaeger:raw}/search?service=ingestion-service&lookback=custom&start=${__from}000&end=${__to}000&", link, StringComparison.Ordinal));
        string[] tags = [.. links.Select(link => Tags().Match(link)).Where(match => match.Success)
            .SelectMany(match => JsonDocument.Parse(Uri.UnescapeDataString(match.Groups["tags"].Value)).RootElement.EnumerateObject().Select(tag => tag.Name)).Distinct()];
        Assert.Equal(["error", TagNames.IsSlow], tags.Order(StringComparer.Ordinal));
        Assert.Contains($"\"name\": \"jaeger\", \"label\": \"Jaeger\", \"type\": \"textbox\", \"query\": \"{Jaeger}\"", Repository.Read("deploy/grafana/dashboards/ingestion.json"), StringComparison.Ordinal);
    }

    [Fact]
    public void Dots_lead_to_their_traces_and_both_data_sources_are_there()
    {
        Dictionary<object, object> prometheus = Source("prometheus"), jaeger = Source("jaeger");

        Assert.Equal(("jaeger", "http://jaeger:16686"), (jaeger["type"], jaeger["url"]));
        IEnumerable<Dictionary<object, object>> destinations = ((List<object>)((Dictionary<object, object>)prometheus["jsonData"])["exemplarTraceIdDestinations"]).Cast<Dictionary<object, object>>();
        Assert.All(destinations, destination => Assert.Equal("trace_id", destination["name"]));

        // Provisioning reads $ as a variable, and $$ as $.
        Assert.Equal([Jaeger + "/trace/$${__value.raw}", null], destinations.Select(destination => destination.GetValueOrDefault("url")));
        Assert.Equal([null, jaeger["uid"]], destinations.Select(destination => destination.GetValueOrDefault("datasourceUid")));
        Assert.Contains("--enable-feature=exemplar-storage", Manifests.Compose.Texts(Manifests.Compose.Services["prometheus"]["command"]));
        Assert.Equal(2, Dashboard.Panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Count(target => target.TryGetProperty("exemplar", out JsonElement on) && on.GetBoolean()));
    }

    [GeneratedRegex("&tags=(?<tags>[^&]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Tags();

    private static Dictionary<object, object> Source(string name) => (Dictionary<object, object>)Assert.Single((List<object>)new DeserializerBuilder().Build()
        .Deserialize<Dictionary<object, object>>(Repository.Read($"deploy/grafana/provisioning/datasources/{name}.yml"))["datasources"]);
}
