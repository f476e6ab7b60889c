using System.Text;
using System.Text.RegularExpressions;

namespace Worker.Tests;

/// <summary>Pages are short, lead on to others, and read as one would say it to a colleague.</summary>
public sealed partial class PageFormTests
{
    private const string Index = "docs/README.md";
    private const string Decisions = "docs/adr/README.md";
    private const int PageBytes = 12 * 1024;
    private const int ReadmeBytes = 8 * 1024;
    private const int AllBytes = 110 * 1024;
    internal const int SentenceWords = 40;

    /// <summary>Tables to look things up in. The length of a page applies to them, the length of all pages together does not.</summary>
    private static readonly string[] Reference = ["docs/configuration.md", "docs/failures.md", "docs/json.md", "docs/logs.md", "docs/queue.md", "docs/telemetry.md", "docs/troubleshoot.md"];

    /// <summary>What nobody would say to a colleague, with what to say instead where that is not plain.</summary>
    private static readonly string[] Bent =
    [
        "afresh", "anew", "as ever", "as many of them as you like", "at the most",
        "are waited for", "is waited for", "waited out", "waits out",       // wait until … is back
        "bears", "borne",                                                   // can handle
        "by way of", "comes round", "dead ones", "put with the dead",
        "give up", "gives up", "given up",                                  // abort
        "go on with", "goes on with", "gone on with", "taken up", "takes up", // resume
        "hit the upstream", "in good order", "in vain", "is the least", "left alone", "lets go", "need not",
        "of its own", "of their own",                                       // separate, its own …
        "see to", "sees to it",                                             // repair, make sure
        "stand in", "stands at", "stands in", "that is none", "to be had",
    ];

    public static TheoryData<string> Pages => [.. AllPages.Append("README.md")];

    private static IEnumerable<string> AllPages =>
        Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories)
            .Select(page => Path.GetRelativePath(Repository.PathOf(""), page)).Where(page => !page.StartsWith("docs/adr/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_is_short(string page)
    {
        if (page != "docs/configuration.md")
            Assert.InRange(Length(page), 0, page == "README.md" ? ReadmeBytes : PageBytes);
    }

    [Fact]
    public void All_pages_together_are_read_in_an_evening() =>
        Assert.InRange(AllPages.Append("README.md").Except(Reference, StringComparer.Ordinal).Sum(Length), 0, AllBytes);

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_ends_with_what_comes_next(string page) =>
        Assert.Matches(Next(), Repository.Read(page).TrimEnd('\n').Split('\n')[^1]);

    [Fact]
    public void The_index_lists_every_page() => AssertLists(Index, AllPages.Where(page => page != Index).Append(Decisions));

    [Fact]
    public void The_index_of_decisions_lists_every_decision() => AssertLists(
        Decisions, Directory.EnumerateFiles(Repository.PathOf("docs/adr"), "0*.md").Select(page => Path.GetRelativePath(Repository.PathOf(""), page)));

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_says_it_plainly(string page) => Assert.Empty(BentIn(Repository.Read(page)));

    [Theory]
    [MemberData(nameof(Pages))]
    public void No_sentence_is_too_long_to_be_read_aloud(string page) =>
        Assert.DoesNotContain(Sentences(Repository.Read(page)), sentence => sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length > SentenceWords);

    [Fact]
    public void Code_is_no_prose_and_a_cell_or_an_item_of_a_list_is_a_text_for_itself() => Assert.Equal(
        ["One two.", "Three", "Four code", "a", "b", "five", "six seven"],
        Sentences("# One two. Three\n```\nbears\n```\n<!-- bears -->\nFour `bears`\n| a | b |\n|---|---|\n- [five](bears.md)\n- six\n  seven\n"));

    internal static IEnumerable<string> BentIn(string page) =>
        Sentences(page).SelectMany(sentence => Bent.Where(words => Regex.IsMatch(sentence, $@"\b{Regex.Escape(words)}\b", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1)))
            .Select(words => $"'{words}' in: {sentence}"));

    private static int Length(string page) => Encoding.UTF8.GetByteCount(Repository.Read(page));

    private static void AssertLists(string index, IEnumerable<string> pages)
    {
        string text = Repository.Read(index);
        Assert.DoesNotContain(pages, page => !text.Contains($"]({Path.GetRelativePath(Path.GetDirectoryName(index)!, page)})", StringComparison.Ordinal));
    }

    /// <summary>The sentences of a page, without its code. What is in backticks counts as a word.</summary>
    internal static IEnumerable<string> Sentences(string page)
    {
        string text = LinkTarget().Replace(InlineCode().Replace(NoProse().Replace(page, ""), "code"), "]");
        StringBuilder block = new();
        foreach (string line in text.Split('\n').Append(""))
        {
            string start = line.TrimStart();
            if (block.Length > 0 && (start.Length == 0 || BlockStart().IsMatch(start)))
            {
                foreach (string sentence in SentenceEnd().Split(block.ToString()))
                    yield return sentence;
                block.Clear();
            }

            if (start.StartsWith('|'))
            {
                foreach (string sentence in start.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(cell => cell.Any(char.IsLetter)).SelectMany(cell => SentenceEnd().Split(cell)))
                    yield return sentence;
            }
            else if (start.Length > 0)
            {
                block.Append(block.Length > 0 ? " " : "").Append(BlockStart().Replace(start, "").Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal));
            }
        }
    }

    [GeneratedRegex(@"\*\*Next:\*\* .*\]\([^)]+\)", RegexOptions.NonBacktracking)]
    private static partial Regex Next();

    [GeneratedRegex(@"^```.*?^```|<!--.*?-->", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex NoProse();

    [GeneratedRegex("`[^`]*`", RegexOptions.NonBacktracking)]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\]\([^)]*\)", RegexOptions.NonBacktracking)]
    private static partial Regex LinkTarget();

    [GeneratedRegex(@"^(?:#+|[-*]|\d+\.)\s+|^\|", RegexOptions.NonBacktracking)]
    private static partial Regex BlockStart();

    [GeneratedRegex(@"(?<=[.!?])\s+", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex SentenceEnd();
}
