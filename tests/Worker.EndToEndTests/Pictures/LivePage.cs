using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Pictures;

/// <summary>The live page of a worker in the browser. Notes what goes wrong in it and what it asks for.</summary>
internal sealed partial class LivePage : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private LivePage(IPage page)
    {
        Page = page;
        page.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        page.Console += (_, message) => Problems.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Problems.Add(error);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    public IPage Page { get; }

    public List<string> Problems { get; } = [];

    public List<string> Requests { get; } = [];

    public ILocator Bars => Page.Locator("#picture .item");

    /// <summary>Waits until a worker has said where its page is.</summary>
    public static async Task<Uri> AddressOfAsync(WorkerProcess worker) =>
        new(Address().Match(await worker.WaitForOutputAsync(Address(), Patience)).Value);

    public static async Task<LivePage> OpenAsync(
        Browser browser, Uri address, int width = 1280, ColorScheme scheme = ColorScheme.Light, ReducedMotion motion = ReducedMotion.NoPreference)
    {
        LivePage live = new(await browser.NewPageAsync(width, scheme, motion));
        await live.Page.GotoAsync(address.AbsoluteUri);
        await live.Page.Locator("#picture svg").WaitForAsync();
        return live;
    }

    /// <summary>A page of somebody else, in the same browser.</summary>
    public static async Task<LivePage> OpenElsewhereAsync(Browser browser, Uri address)
    {
        LivePage other = new(await browser.NewPageAsync(1280, ColorScheme.Light));
        await other.Page.GotoAsync(address.AbsoluteUri);
        return other;
    }

    public ValueTask DisposeAsync() => new(Page.CloseAsync());

    public Task<string> TextAsync(string id) => Page.Locator("#" + id).InnerTextAsync();

    /// <summary>Waits until an element says something.</summary>
    public Task SaysAsync(string id, string text) =>
        Assertions.Expect(Page.Locator("#" + id)).ToContainTextAsync(text, new() { Timeout = (float)Patience.TotalMilliseconds });

    /// <summary>
    /// Waits until an expression is true in the page, whose policy lets nothing be evaluated by itself. The picture is begun anew
    /// where its lanes change, so there is none for a moment: nothing is true then.
    /// </summary>
    public async Task WaitAsync(string expression, TimeSpan beyond = default)
    {
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        using CancellationTokenSource patience = new(Patience + beyond);
        while (!await Page.EvaluateAsync<bool>($"Boolean(drawn && ({expression}))"))
            Assert.True(await looks.WaitForNextTickAsync(CancellationToken.None) && !patience.IsCancellationRequested, $"this did not come true: {expression}");
    }

    /// <summary>How far the bars have moved to the left, in pixels.</summary>
    public async Task<double> MovedAsync()
    {
        await WaitAsync("drawn.scroll.hasAttribute('transform') && (window.moved = drawn.scroll.getAttribute('transform'))");
        return double.Parse(Shift().Match(await Page.EvaluateAsync<string>("window.moved")).Value, CultureInfo.InvariantCulture);
    }

    public Task<int> OverflowAsync() => Page.EvaluateAsync<int>("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth");

    [GeneratedRegex(@"http://localhost:\d+/", RegexOptions.NonBacktracking)]
    private static partial Regex Address();

    [GeneratedRegex(@"-?\d+(?:\.\d+)?", RegexOptions.NonBacktracking)]
    private static partial Regex Shift();
}
