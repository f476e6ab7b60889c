using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Microsoft.Playwright;
using Worker.Reports.Pictures;

namespace Worker.EndToEndTests.Pictures;

[Collection(BrowserTests.Name)]
public sealed class PageTests(Browser browser)
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const int MaxBytes = 2_000_000;

    private static readonly RecordedAttempt Usual =
        MadeUp.Attempt(123_456, 0, (Stage.Gate, 1, 2, 1, 1), (Stage.Fetch, 2, 1_350, 1, 2), (Stage.Transform, 1_350, 1_400, 2, 2), (Stage.Persist, 1_400, 1_500, 2, 3));

    public static TheoryData<string, string> Reports => new()
    {
        { "nothing", "No attempt was made." },
        { "one", "One lane: each item begins when the one before it has ended." },
        { "failing", "3 failed" },
        { "lanes", "40 lanes" },
        { "grid", "Too many attempts for a bar each" },
        { "grid with work beyond the slots", "after the slot: items in transform and persist" },
    };

    [Theory]
    [MemberData(nameof(Reports))]
    public async Task Whatever_happened_the_page_is_true_without_errors_and_asks_for_nothing(string kind, string expected)
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, Made(kind));

        Assert.Contains(expected, await report.Page.Locator("main").TextContentAsync() ?? "", StringComparison.Ordinal);
        Assert.Empty(report.Problems);
        Assert.Equal([report.Page.Url], report.Requests);
    }

    [Theory]
    [InlineData(1280, "lanes")]
    [InlineData(390, "lanes")]
    [InlineData(390, "one")]
    [InlineData(1280, "grid")]
    [InlineData(390, "grid with work beyond the slots")]
    public async Task Nothing_has_to_be_scrolled_sideways(int width, string kind)
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, Made(kind), width);

        Assert.Equal(0, await report.OverflowAsync());
    }

    [Fact]
    public async Task A_narrower_window_draws_the_picture_anew_and_keeps_the_focus()
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, Made("lanes"));
        await report.Page.Keyboard.PressAsync("Tab");
        await report.Page.Keyboard.PressAsync("ArrowDown");

        await report.Page.SetViewportSizeAsync(390, 900);
        await Assertions.Expect(report.Page.Locator(".picture svg").First).ToHaveAttributeAsync("viewBox", new System.Text.RegularExpressions.Regex("^0 0 3[0-9]{2} ", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));

        Assert.Equal(0, await report.OverflowAsync());
        Assert.Contains("slot 1", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("1", await report.Page.EvaluateAsync<string>("document.activeElement.dataset.index"));
    }

    [Theory]
    [InlineData(ColorScheme.Light, "rgb(255, 255, 255)", "rgb(22, 25, 29)")]
    [InlineData(ColorScheme.Dark, "rgb(20, 23, 27)", "rgb(236, 239, 242)")]
    public async Task It_follows_the_colour_scheme(ColorScheme scheme, string background, string ink)
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, Made("one"), scheme: scheme);

        Assert.Equal(background, await report.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        Assert.Equal(ink, await report.Page.EvaluateAsync<string>("getComputedStyle(document.body).color"));
    }

    [Fact]
    public async Task Table_and_answers_stand_on_the_page_and_a_cell_may_be_a_link()
    {
        ReportDocument document = Made("one");
        await using ReportPage report = await ReportPage.OpenAsync(browser, document with
        {
            Table = document.Table with { Rows = [.. document.Table.Rows, [new("trick"), new("click", new Uri("javascript:alert(1)"))]] },
        });

        Assert.Equal("http://localhost:16686/trace/1", await report.Page.GetByRole(AriaRole.Link, new() { Name = "1", Exact = true }).GetAttributeAsync("href"));
        Assert.Equal(0, await report.Page.GetByRole(AriaRole.Link, new() { Name = "click" }).CountAsync());
        Assert.Contains("By imagination.", await report.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bar_whose_trace_was_kept_opens_it()
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, Traced() with { TraceLink = "http://localhost:1/x?\"><i>&id={traceId}" });

        ILocator bars = report.Page.Locator(".item");
        Assert.Equal("http://localhost:1/x?\"><i>&id=" + TraceId, await bars.First.GetAttributeAsync("href"));
        Assert.Equal(("_blank", "noopener"), (await bars.First.GetAttributeAsync("target"), await bars.First.GetAttributeAsync("rel")));
        Assert.Null(await bars.Nth(1).GetAttributeAsync("href"));
        await report.Page.Keyboard.PressAsync("Tab");
        IPage opened = await report.Page.Context.RunAndWaitForPageAsync(() => report.Page.Keyboard.PressAsync("Enter"));
        await opened.CloseAsync();
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("javascript:alert(1)//{traceId}")]
    public async Task Without_a_viewer_the_ID_of_a_trace_can_be_copied(string? link)
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, Traced() with { TraceLink = link });

        Assert.Equal(0, await report.Page.Locator(".item[href], .facts a").CountAsync());
        await report.Page.Locator(".item .fetch").First.ClickAsync();
        await report.Facts.Locator("code").ClickAsync();

        Assert.Equal(TraceId, await report.Page.EvaluateAsync<string>("getSelection().toString()"));
        Assert.Equal(TraceId, await report.Facts.Locator("code").InnerTextAsync());
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(DrawnRun.MaxItemsDrawn)]
    public void Six_runs_of_many_items_stay_below_two_megabytes(int items)
    {
        RunRecording recording = items > DrawnRun.MaxItemsDrawn
            ? MadeUp.LargeRecording(items, Usual)
            : MadeUp.LargeRecording(items, Usual) with { Attempts = [.. Enumerable.Range(0, items).Select(i => Usual with { Key = 100_000 + i, Slot = i % 64, Error = "HTTP 503" })] };

        string page = HtmlReport.Render(MadeUp.Report([.. Enumerable.Repeat(MadeUp.Run(100_000, recording), 6)]));

        Assert.InRange(page.Length, 300_000, MaxBytes);
    }

    private static ReportDocument Traced() => MadeUp.Report(MadeUp.Run(1_500, Usual with { TraceId = TraceId }, Usual with { Slot = 1 }));

    private static ReportDocument Made(string kind) => kind switch
    {
        "nothing" => MadeUp.Report(MadeUp.Run(0)),
        "one" => MadeUp.Report(MadeUp.Run(1_500, Usual)),
        "failing" => MadeUp.Report(Failing()),
        "lanes" => MadeUp.Report(MadeUp.Run(1_500, [.. Enumerable.Range(0, 40).Select(i => Usual with { Key = i + 1, Slot = i })])),
        "grid" => MadeUp.Report(MadeUp.Run(3_200, MadeUp.LargeRecording(10_000, Usual)), MadeUp.Run(1_500, Usual)),
        _ => MadeUp.Report(MadeUp.Run(3_200, MadeUp.LargeRecording(10_000, Usual, isSlotGivenBack: true))),
    };

    private static RunPicture Failing()
    {
        RunPicture run = MadeUp.Run(300, [.. Enumerable.Range(0, 3).Select(i => MadeUp.Fetch(i + 1, i, 0, 100, 1) with { Outcome = Outcome.Failed, Error = "HTTP 500" })]);
        return run with { Summary = run.Summary with { Ingested = 0, Failed = 3 } };
    }
}
