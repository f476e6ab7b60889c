using Microsoft.Playwright;
using Worker.Reports.Pictures;

namespace Worker.EndToEndTests.Pictures;

/// <summary>A report in the browser, opened from disk. Notes what goes wrong in it and what it asks for.</summary>
internal sealed class ReportPage : IAsyncDisposable
{
    /// <summary>The page is complete when it has been opened: what is not there then never comes.</summary>
    private const float Patience = 10_000;

    private readonly string? _folder;

    private ReportPage(IPage page, string? folder)
    {
        Page = page;
        _folder = folder;
        page.SetDefaultTimeout(Patience);
        page.Console += (_, message) => Problems.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Problems.Add(error);
        page.Dialog += (_, dialog) => Problems.Add("dialog: " + dialog.Message);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    public IPage Page { get; }

    public List<string> Problems { get; } = [];

    public List<string> Requests { get; } = [];

    public ILocator Facts => Page.Locator(".facts").First;

    public static async Task<ReportPage> OpenAsync(Browser browser, ReportDocument document, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        string folder = Directory.CreateTempSubdirectory("report-").FullName;
        string path = Path.Combine(folder, "run.html");
        await HtmlReport.WriteAsync(path, document);
        return await OpenAsync(new ReportPage(await browser.NewPageAsync(width, scheme), folder), path);
    }

    public static async Task<ReportPage> OpenAsync(Browser browser, string path) =>
        await OpenAsync(new ReportPage(await browser.NewPageAsync(1280, ColorScheme.Light), folder: null), path);

    public async ValueTask DisposeAsync()
    {
        await Page.CloseAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    /// <summary>How much wider than the window the page is, in pixels.</summary>
    public Task<int> OverflowAsync() => Page.EvaluateAsync<int>("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth");

    public async Task<string> TextAsync() => await Page.Locator("main").InnerTextAsync();

    private static async Task<ReportPage> OpenAsync(ReportPage report, string path)
    {
        await report.Page.GotoAsync(new Uri(path).AbsoluteUri);
        await report.Page.Locator("h1").WaitForAsync();
        return report;
    }
}
