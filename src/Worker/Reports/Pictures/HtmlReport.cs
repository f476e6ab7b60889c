using System.Net;
using System.Security.Cryptography;

namespace Worker.Reports.Pictures;

/// <summary>
/// Writes a report as one page that needs nothing else: no network, no other file. All that is shown travels as JSON and is put on the page as text,
/// never as markup; the Content-Security-Policy lets the page's own script and style run and nothing else
/// (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
/// </summary>
internal static partial class HtmlReport
{
    /// <summary>In the order they run.</summary>
    private static readonly string[] Scripts = ["core.js", "labels.js", "lanes.js", "items.js", "beyond.js", "grid.js", "flow.js", "latency.js", "curves.js", "page.js"];

    public static Task WriteAsync(string path, ReportDocument document) => OutputFile.WriteAsync(path, async stream =>
    {
        await using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
        await writer.WriteAsync(Render(document));
    });

    internal static string Render(ReportDocument document)
    {
        string style = Asset("report.css");
        string script = string.Concat(Scripts.Select(Asset));

        // In one pass: what was put in must not be looked through for placeholders.
        return Placeholder().Replace(Asset("report.html"), match => match.Groups["name"].Value switch
        {
            "title" => WebUtility.HtmlEncode(document.Title),
            "style-hash" => HashOf(style),
            "script-hash" => HashOf(script),
            "style" => style,
            "script" => script,
            "data" => JsonSerializer.Serialize(document, DrawingJsonContext.Default.ReportDocument),
            string other => throw new InvalidOperationException($"the page has no value for '{other}'"),
        });
    }

    [GeneratedRegex(@"\{\{(?<name>[a-z-]+)\}\}", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();

    private static string HashOf(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Asset(string name)
    {
        using Stream stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("Pictures/" + name)
            ?? throw new InvalidOperationException($"the resource '{name}' is missing from the program");
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
