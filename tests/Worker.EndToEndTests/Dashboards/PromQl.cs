using System.Text.RegularExpressions;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>What a PromQL expression names. It is no parser: it knows the forms that the dashboard and the alert rules use.</summary>
internal sealed partial record PromQl(IReadOnlyList<PromQl.Selector> Selectors, IReadOnlyCollection<string> Grouping)
{
    public static PromQl Of(string expression)
    {
        HashSet<string> grouping = [];
        string rest = GroupingClause().Replace(expression, match =>
        {
            grouping.UnionWith(match.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries));
            return " ";
        });

        List<Selector> selectors = [];
        rest = SelectorWithMatchers().Replace(rest, match =>
        {
            selectors.Add(new Selector(match.Groups["metric"].Value,
                [.. Matcher().Matches(match.Groups["matchers"].Value).Select(m => (m.Groups["label"].Value, m.Groups["operator"].Value, m.Groups["value"].Value))]));
            return " ";
        });
        rest = Number().Replace(RangeSelector().Replace(rest, " "), " ");
        selectors.AddRange(Identifier().Matches(rest)
            .Where(match => !match.Groups["call"].Success && match.Groups["name"].Value is not ("and" or "or" or "unless" or "offset" or "bool"))
            .Select(match => new Selector(match.Groups["name"].Value, [])));
        return new PromQl(selectors, grouping);
    }

    [GeneratedRegex(@"\b(?:by|without|on|ignoring|group_left|group_right)\s*\((?<labels>[^)]*)\)", RegexOptions.NonBacktracking)]
    private static partial Regex GroupingClause();

    [GeneratedRegex(@"(?<metric>[a-zA-Z_:][a-zA-Z0-9_:]*)\{(?<matchers>[^}]*)\}", RegexOptions.NonBacktracking)]
    private static partial Regex SelectorWithMatchers();

    [GeneratedRegex("(?<label>[a-zA-Z_][a-zA-Z0-9_]*)\\s*(?<operator>=~|!~|!=|=)\\s*\"(?<value>[^\"]*)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\[[^\]]*\]", RegexOptions.NonBacktracking)]
    private static partial Regex RangeSelector();

    [GeneratedRegex(@"\b[0-9][a-zA-Z0-9_.]*", RegexOptions.NonBacktracking)]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<call>\s*\()?", RegexOptions.NonBacktracking)]
    private static partial Regex Identifier();

    internal sealed record Selector(string Metric, IReadOnlyList<(string Label, string Operator, string Value)> Matchers);
}
