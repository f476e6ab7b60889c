using System.Text.Json;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>deploy/grafana/dashboards/ingestion.json.</summary>
internal static class Dashboard
{
    private static readonly JsonElement Root = JsonDocument.Parse(Repository.Read("deploy/grafana/dashboards/ingestion.json")).RootElement;

    /// <summary>Its panels, but not the rows that head them.</summary>
    public static IReadOnlyList<JsonElement> Panels { get; } =
        [.. Root.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row")];

    public static IEnumerable<(string Panel, string Expression, string Legend)> Queries =>
        from panel in Panels
        from target in panel.GetProperty("targets").EnumerateArray()
        select (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!, target.GetProperty("legendFormat").GetString()!);

    /// <summary>The queries behind the variables, such as <c>label_values(metric, label)</c>.</summary>
    public static IEnumerable<string> VariableQueries =>
        from variable in Root.GetProperty("templating").GetProperty("list").EnumerateArray()
        where variable.GetProperty("type").GetString() == "query"
        select variable.GetProperty("query").GetProperty("query").GetString()!;
}
