using System.Text.RegularExpressions;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>A rule of deploy/prometheus/alerts.yml, whose fields stand on a line each; promtool is who reads it as YAML.</summary>
internal sealed partial record AlertRule(string Name, IReadOnlyDictionary<string, string> Fields)
{
    public const string File = "deploy/prometheus/alerts.yml";

    public string Expression => Fields["expr"];

    public static IReadOnlyList<AlertRule> ReadAll() =>
    [
        .. Repository.Read(File).Split("- alert: ").Skip(1).Select(text => new AlertRule(
            text[..text.IndexOf('\n', StringComparison.Ordinal)].Trim(),
            Field().Matches(text).ToDictionary(match => match.Groups["key"].Value, match => match.Groups["value"].Value.Trim('"', ' '), StringComparer.Ordinal))),
    ];

    [GeneratedRegex("^ +(?<key>[a-z]+): (?<value>.+)$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Field();
}
