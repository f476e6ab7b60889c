using System.Net;

namespace Worker.Reports.Pictures;

/// <summary>
/// Writes a report as one page: no network, no other file. All that is shown travels as JSON and is put on the page as text, never as markup.
/// </summary>
internal static class HtmlReport
{
    /// <summary>The page without a report: <c>{{title}}</c> and <c>{{data}}</c> are left to be filled in.</summary>
    public static string Template => Render("{{title}}", "{{data}}");

    public static Task WriteAsync(string path, ReportDocument document) => OutputFile.WriteAsync(path, async stream =>
    {
        await using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
        await writer.WriteAsync(Render(document));
    });

    internal static string Render(ReportDocument document) =>
        Render(WebUtility.HtmlEncode(document.Title), JsonSerializer.Serialize(document, DrawingJsonContext.Default.ReportDocument));

    private static string Render(string title, string data) => HtmlPage.Render("report.html", ["report.css"], [.. HtmlPage.Drawing, "report.js"], new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["title"] = title,
        ["data"] = data,
    });
}
