using System.Security.Cryptography;

namespace Worker.Reports.Pictures;

/// <summary>
/// Puts a page together that needs nothing else: its own style and script are in it, and the Content-Security-Policy lets these run and nothing else
/// (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
/// </summary>
internal static partial class HtmlPage
{
    /// <summary>The scripts that draw runs, in the order they run.</summary>
    public static IReadOnlyList<string> Drawing { get; } = ["core.js", "labels.js", "lanes.js", "items.js", "beyond.js", "grid.js", "flow.js", "latency.js", "curves.js", "page.js"];

    /// <param name="texts">What else there is to fill in, as it goes into the page.</param>
    public static string Render(string page, IReadOnlyList<string> styles, IReadOnlyList<string> scripts, IReadOnlyDictionary<string, string> texts)
    {
        string style = string.Concat(styles.Select(Asset));
        string script = string.Concat(scripts.Select(Asset));

        // In one pass: what was put in must not be looked through for placeholders.
        return Placeholder().Replace(Asset(page), match => match.Groups["name"].Value switch
        {
            "style-hash" => HashOf(style),
            "script-hash" => HashOf(script),
            "style" => style,
            "script" => script,
            "patterns" => Asset("patterns.svg"),
            string other => texts.TryGetValue(other, out string? text) ? text : throw new InvalidOperationException($"the page has no value for '{other}'"),
        });
    }

    [GeneratedRegex(@"\{\{(?<name>[a-z-]+)\}\}", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();

    private static string HashOf(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Asset(string name)
    {
        using Stream stream = typeof(HtmlPage).Assembly.GetManifestResourceStream("Pictures/" + name)
            ?? throw new InvalidOperationException($"the resource '{name}' is missing from the program");
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
