using System.Text.RegularExpressions;

namespace Worker.EndToEndTests.Pages;

/// <summary>A block of shell commands in a page, and why it does not run here, where a comment before it says so.</summary>
internal sealed partial record CommandBlock(string Page, int Line, string Commands, string? NotRun)
{
    private static readonly string[] Folders = ["docs", "examples"];

    public static IEnumerable<CommandBlock> All =>
        Folders.SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.md", SearchOption.AllDirectories)).Select(page => Path.GetRelativePath(Repository.PathOf(""), page))
            .Order(StringComparer.Ordinal).Prepend("README.md").SelectMany(page => Of(page, Repository.Read(page)));

    public static IEnumerable<CommandBlock> Of(string page, string text) =>
        Block().Matches(text).Select(block => new CommandBlock(
            page, 1 + text.AsSpan(0, block.Groups["commands"].Index).Count('\n'), block.Groups["commands"].Value, block.Groups["reason"] is { Success: true, Value: var reason } ? reason : null));

    [GeneratedRegex(@"(?:^<!-- not run: (?<reason>[^\n]+) -->\n)?^```sh\n(?<commands>(?:[^`\n][^\n]*\n|\n)*)```$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Block();
}
