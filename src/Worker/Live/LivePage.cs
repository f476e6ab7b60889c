namespace Worker.Live;

/// <summary>The live page: one document, drawn by the scripts of the report, with a report in it to be filled with what is on the screen and saved.</summary>
internal static class LivePage
{
    /// <summary>What has come from the worker, the picture while it moves and while it is held, the figures, and the stream that starts it all.</summary>
    private static readonly string[] Scripts = ["live-seen.js", "live-moving.js", "live-held.js", "live-figures.js", "live.js"];

    private static readonly Lazy<byte[]> Rendered = new(() => Encoding.UTF8.GetBytes(Render()));

    public static ReadOnlyMemory<byte> Bytes => Rendered.Value;

    private static string Render() => HtmlPage.Render("live.html", ["report.css", "live.css"], [.. HtmlPage.Drawing, .. Scripts], new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["template"] = JsonEncodedText.Encode(HtmlReport.Template).ToString(),
    });
}
