namespace Worker.Live;

/// <summary>The live page: one document, drawn by the scripts of the report, with a report in it to be filled with what is on the screen and saved.</summary>
internal static class LivePage
{
    /// <summary>What has come from the worker, the picture while it moves and while it is held, the figures, what can be changed, and the stream that starts it all.</summary>
    private static readonly string[] Scripts = ["live-seen.js", "live-moving.js", "live-held.js", "live-figures.js", "live-control.js", "live.js"];

    /// <param name="control">What the page has to know to ask for something; null when it only shows.</param>
    public static byte[] Render(PageControl? control) => Encoding.UTF8.GetBytes(Fill(control));

    private static string Fill(PageControl? control) => HtmlPage.Render("live.html", ["report.css", "live.css"], [.. HtmlPage.Drawing, .. Scripts], new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["template"] = JsonEncodedText.Encode(HtmlReport.Template).ToString(),
        ["control"] = control is null ? "null" : JsonSerializer.Serialize(control, DrawingJsonContext.Default.PageControl),
    });
}
