using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Microsoft.Playwright;

namespace Worker.EndToEndTests.Pictures;

[Collection(BrowserTests.Name)]
public sealed class TimelineTests(Browser browser)
{
    private const double Tolerance = 1;

    private static readonly RecordedAttempt[] Known =
    [
        MadeUp.Attempt(11, 0, (Stage.Gate, 50, 100, 1, 1), (Stage.Fetch, 100, 350, 1, 2), (Stage.Transform, 350, 400, 2, 2), (Stage.Persist, 400, 500, 2, 3)),
        MadeUp.Attempt(12, 1, (Stage.Fetch, 100, 200, 3, 3), (Stage.Delay, 200, 600, 3, 3)),
        MadeUp.Attempt(13, 0, (Stage.Fetch, 700, 900, 1, 1)) with { Enqueued = MadeUp.Ms(650), PreviousEnd = MadeUp.Ms(550), Attempt = 2 },
    ];

    [Theory]
    [InlineData(".item[data-index='0'] .gate", 0.05, 0.10)]
    [InlineData(".item[data-index='0'] .fetch", 0.10, 0.35)]
    [InlineData(".item[data-index='0'] .transform", 0.35, 0.40)]
    [InlineData(".item[data-index='0'] .persist", 0.40, 0.50)]
    [InlineData(".item[data-index='1'] .fetch", 0.70, 0.90)]
    [InlineData(".item[data-index='2'] .delay", 0.20, 0.60)]
    [InlineData(".retry", 0.55, 0.65)]
    public async Task A_bar_stands_where_its_times_say(string selector, double from, double to)
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, Known)));

        (double left, double right) = await ExtentAsync(report, selector);

        Assert.Equal(from, left, Tolerance / 1_000);
        Assert.Equal(to, right, Tolerance / 1_000);
    }

    [Fact]
    public async Task All_runs_are_drawn_to_one_time_axis()
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(500, MadeUp.Fetch(1, 0, 0, 500, 1)), MadeUp.Run(2_000, MadeUp.Fetch(2, 0, 0, 2_000, 1))));

        (_, double right) = await ExtentAsync(report, ".item .fetch >> nth=0");

        Assert.Equal(0.25, right, Tolerance / 1_000);
    }

    [Fact]
    public async Task Attempts_share_the_lane_of_their_slot_and_a_later_slot_is_below()
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, Known)));

        float[] tops = [.. (await Task.WhenAll(Enumerable.Range(0, 3).Select(i => BoxAsync(report, $".item[data-index='{i}'] .fetch")))).Select(box => box.Y)];

        Assert.Equal(tops[0], tops[1]);
        Assert.True(tops[2] > tops[1]);
    }

    [Fact]
    public async Task Moves_to_another_thread_are_marked_and_threads_are_named()
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, Known)));

        string marks = await report.Page.Locator(".picture .moves").GetAttributeAsync("d") ?? "";

        Assert.Equal(2, marks.Count(c => c == 'M'));
        Assert.Equal(["T1→2→3  #11", "T1  #13", "T3  #12"], await report.Page.Locator("text.thread").AllTextContentsAsync());
    }

    [Fact]
    public async Task What_is_urgent_is_marked_and_the_legend_says_so()
    {
        await using ReportPage none = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, Known)));
        Assert.Equal(0, await none.Page.Locator(".urgent").CountAsync());
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, [Known[0], Known[1] with { IsUrgent = true }, Known[2]])));

        Assert.Equal(1, await report.Page.Locator(".picture .urgent").CountAsync());
        Assert.Equal(1, await report.Page.Locator(".item[data-index='2'] .urgent").CountAsync());
        Assert.Contains("urgent: goes ahead of what waits", await report.Page.Locator(".legend").InnerTextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("Item 12, urgent, slot 1", await report.Page.Locator(".item[data-index='2']").GetAttributeAsync("aria-label"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keyboard_reaches_what_is_to_be_said_of_each_item()
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, Known)));

        await report.Page.Keyboard.PressAsync("Tab");
        Assert.Contains("Item 11, slot 0: Ingested, from 50.0 ms to 500 ms", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("fetch 250 ms on thread 1 (ingest-pool-0) → thread 2;", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);

        await report.Page.Keyboard.PressAsync("ArrowRight");
        Assert.Contains("Item 13, attempt 2", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("waited 100 ms for this retry; waited 50.0 ms for a slot", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);

        await report.Page.Keyboard.PressAsync("ArrowDown");
        Assert.Contains("Item 12", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await report.Page.Locator("svg [tabindex='0']").CountAsync());
        Assert.Equal("2", await report.Page.EvaluateAsync<string>("document.activeElement.dataset.index"));
        Assert.NotEqual(0, await report.Page.Locator(".ring.inner").CountAsync());

        await report.Page.Keyboard.PressAsync("Tab");
        Assert.Equal(0, await report.Page.Locator(".ring").CountAsync());
    }

    [Fact]
    public async Task Pointing_at_an_item_shows_its_facts()
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, Known)));

        await report.Page.Locator(".item[data-index='2'] .delay").HoverAsync();

        Assert.Contains("Item 12", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_runs_after_the_slot_was_given_back_has_lanes_of_its_own()
    {
        RecordedAttempt[] attempts =
        [
            MadeUp.Attempt(1, 0, (Stage.Fetch, 0, 100, 1, 1), (Stage.Transform, 200, 300, 7, 7), (Stage.Persist, 300, 500, 1, 1)),
            MadeUp.Attempt(2, 0, (Stage.Fetch, 150, 400, 1, 1), (Stage.Transform, 400, 600, 8, 8), (Stage.Persist, 600, 1_000, 1, 1)),
        ];
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, MadeUp.Recording(1_000, attempts, isSlotGivenBack: true))));

        (double left, double right) = await ExtentAsync(report, "rect.transform[data-index='1']");
        var lanes = await Task.WhenAll(BoxAsync(report, ".item[data-index='1'] .fetch"), BoxAsync(report, "rect.transform[data-index='0']"), BoxAsync(report, "rect.transform[data-index='1']"));

        Assert.Equal((0.4, 0.6), (Math.Round(left, 2), Math.Round(right, 2)));
        Assert.True(lanes[0].Y < lanes[1].Y && lanes[1].Y < lanes[2].Y);
        Assert.Equal(0, await report.Page.Locator(".item .transform, .item .persist").CountAsync());
        Assert.Contains("One lane, free again when a fetched item is handed on", await report.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_too_many_attempts_the_grid_is_drawn_and_says_so()
    {
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(3_200, MadeUp.LargeRecording(1_000_000, Known[0]))));

        Assert.Contains("drawn from all 1,000,000 of them, 2 slots a row and 10.0 ms a column", await report.TextAsync(), StringComparison.Ordinal);
        Assert.Contains("What is said of threads is about the first 10 attempts of 1,000,000.", await report.TextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await report.Page.Locator(".item").CountAsync());

        await report.Page.Keyboard.PressAsync("Tab");
        await report.Page.Keyboard.PressAsync("ArrowDown");
        await report.Page.Keyboard.PressAsync("ArrowRight");
        Assert.Contains("Slots 2 to 3, from 10.0 ms to 20.0 ms", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("gate 2 %, fetch 18 %", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_upstream_said_stays_text()
    {
        const string hostile = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\u2028{{data}}";
        RecordedAttempt failed = MadeUp.Fetch(1, 0, 0, 500, 1) with { Outcome = Outcome.Failed, Error = hostile };
        await using ReportPage report = await ReportPage.OpenAsync(browser, MadeUp.Report(MadeUp.Run(1_000, failed)) with { Title = hostile });

        await report.Page.Keyboard.PressAsync("Tab");

        Assert.Contains("Error: " + hostile, await report.Facts.Locator(".error").TextContentAsync() ?? "", StringComparison.Ordinal);
        Assert.Equal(hostile, await report.Page.Locator("h1").TextContentAsync());
        Assert.Equal(0, await report.Page.Locator("img").CountAsync());
        Assert.Equal(2, await report.Page.Locator("script").CountAsync());
        Assert.Empty(report.Problems);
    }

    /// <summary>Where an element begins and ends, as shares of the time axis.</summary>
    private static async Task<(double Left, double Right)> ExtentAsync(ReportPage report, string selector)
    {
        LocatorBoundingBoxResult box = await BoxAsync(report, selector);
        LocatorBoundingBoxResult plot = await BoxAsync(report, ".lane");
        return ((box.X - plot.X) / plot.Width, (box.X + box.Width - plot.X) / plot.Width);
    }

    private static async Task<LocatorBoundingBoxResult> BoxAsync(ReportPage report, string selector) =>
        (await report.Page.Locator(".picture").First.Locator(selector).First.BoundingBoxAsync())!;
}
