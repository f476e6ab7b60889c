using System.Text.Json;
using System.Text.RegularExpressions;
using Ingestion.Concurrency;

namespace Worker.Tests;

/// <summary>The pages hang together: each strategy has one, and what they link to is there.</summary>
public sealed partial class PagesTests
{
    private static readonly string[] Folders = ["docs", "benchmarks", "deploy", "examples", "tests/Chaos"];

    public static TheoryData<string> Pages =>
        [.. Folders.SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.md", SearchOption.AllDirectories)).Concat(Directory.EnumerateFiles(Repository.PathOf(""), "*.md")).Select(page => Path.GetRelativePath(Repository.PathOf(""), page)).Where(page => !page.Contains("node_modules", StringComparison.Ordinal))];

    public static TheoryData<string> Strategies => [.. StrategyCatalog.All.Select(strategy => strategy.Name)];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Every_strategy_has_a_page_of_the_same_shape(string strategy)
    {
        string slug = JsonNamingPolicy.KebabCaseLower.ConvertName(strategy);
        string page = Repository.Read($"docs/strategies/{slug}.md");

        Assert.StartsWith($"# {strategy}\n", page, StringComparison.Ordinal);
        Assert.Contains($"--strategy {strategy} ", page, StringComparison.Ordinal);
        Assert.Contains($"../pictures/{slug}.png", page, StringComparison.Ordinal);
        Assert.Equal(
            ["What it is", "The picture", "When it pays", "When it hurts", "What it costs", "Configuration", "Anti-patterns"],
            page.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void What_a_page_links_to_is_there(string page)
    {
        IEnumerable<string> missing = Link().Matches(Repository.Read(page)).Select(match => match.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !IsThere(page, target));

        Assert.Empty(missing);
    }

    private static bool IsThere(string page, string target)
    {
        string[] parts = target.Split('#', 2);
        string file = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        if (!Path.Exists(Repository.PathOf(file)))
            return false;

        return parts.Length == 1 || Repository.Read(file).Split('\n').Where(line => line.StartsWith('#')).Select(Anchor).Contains(parts[1], StringComparer.Ordinal);
    }

    /// <summary>As GitHub makes them: lower case, without punctuation, hyphens for spaces.</summary>
    private static string Anchor(string heading) =>
        string.Concat(heading.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.NonBacktracking)]
    private static partial Regex Link();
}
