using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Pictures;

[Collection(BrowserTests.Name)]
public sealed class LivePageTests(Browser browser, PostgresServer postgres) : IDisposable
{
    private const string PoolOfFive = "run --live --ids 1-100000 --strategy ThreadPool --dop 5";

    private readonly string _folder = Directory.CreateTempSubdirectory("live-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Lanes_move_bars_are_added_and_open_ones_grow_without_any_request_elsewhere()
    {
        await using Stage stage = await SetAsync(latency: 300);
        await using WorkerProcess worker = stage.Start(PoolOfFive);
        Uri address = await LivePage.AddressOfAsync(worker);
        await using LivePage live = await LivePage.OpenAsync(browser, address);

        double moved = await live.MovedAsync();
        int bars = await live.Bars.CountAsync();
        await live.WaitAsync("[...document.querySelectorAll('#picture .item')].length > " + (bars + 10));
        Assert.True(await live.MovedAsync() < moved, "the picture stands still");
        await live.WaitAsync("drawn.open.children.length === 5");
        Assert.Equal(5, await live.Page.Locator("#picture text.strong").CountAsync());
        await live.SaysAsync("title", "ThreadPool over ids:1-100000");
        await live.SaysAsync("progress-text", "of 100,000 done");
        await live.SaysAsync("state", "Live");

        Assert.Empty(live.Problems);
        Assert.Equal([address.AbsoluteUri, address.AbsoluteUri + "events"], live.Requests.Distinct());
    }

    [Fact]
    public async Task In_flight_is_what_the_worker_the_upstream_and_the_metric_say_at_three_moments()
    {
        await using Stage stage = await SetAsync(latency: 3_000);
        await using WorkerProcess worker = Configured(stage, degree: 2);
        Uri address = await LivePage.AddressOfAsync(worker);
        await using LivePage live = await LivePage.OpenAsync(browser, address);
        foreach (int degree in (int[])[2, 6, 4])
        {
            Write(degree);
            await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == degree);
            ulong since = (ulong)(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalNanoseconds;

            await live.WaitAsync($"seen.run.inFlight === {degree} && seen.run.limit === {degree} && seen.open.length === {degree}");
            await live.SaysAsync("inflight", $"{degree} of {degree}");
            Assert.Equal(degree, (await FirstFrameAsync(address)).GetProperty("run").GetProperty("inFlight").GetInt32());
            await stage.Collector.WaitUntilAsync(
                collector => collector.Metrics.Where(metric => metric.Name == "ingestion.in_flight").SelectMany(metric => metric.Points).Any(point => point.TimeNanoseconds > since && point.Value == degree)).WaitAsync(LivePage.Patience, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Freeze_holds_the_picture_while_the_figures_go_on_and_what_is_on_the_screen_can_be_saved_and_opened_without_a_server()
    {
        await using Stage stage = await SetAsync(latency: 200);
        WorkerProcess worker = stage.Start(PoolOfFive);
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.WaitAsync("seen.items.length > 20");

        await live.Page.GetByRole(AriaRole.Button, new() { Name = "Freeze" }).ClickAsync();
        string held = await live.Page.Locator("#picture").InnerHTMLAsync();
        string progress = await live.TextAsync("progress-text");
        await live.WaitAsync($"document.getElementById('progress-text').textContent !== {JsonSerializer.Serialize(progress)}");
        Assert.Equal(held, await live.Page.Locator("#picture").InnerHTMLAsync());
        await live.SaysAsync("state", "Frozen at");

        int bars = await live.Bars.CountAsync();
        IDownload download = await live.Page.RunAndWaitForDownloadAsync(() => live.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync());
        string file = Path.Combine(_folder, "saved.html");
        await download.SaveAsAsync(file);
        await worker.DisposeAsync();

        await using ReportPage saved = await ReportPage.OpenAsync(browser, file);
        Assert.Equal(bars, await saved.Page.Locator(".item").CountAsync());
        Assert.Equal(5, await saved.Page.Locator(".item[aria-label*='still open']").CountAsync());
        Assert.Contains("ThreadPool over ids:1-100000, a minute of it", await saved.TextAsync(), StringComparison.Ordinal);
        await saved.Page.Keyboard.PressAsync("Tab");
        Assert.Contains("Item ", await saved.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal([saved.Page.Url], saved.Requests);
        Assert.Empty(saved.Problems);
    }

    [Fact]
    public async Task An_arrow_key_holds_the_picture_and_goes_from_item_to_item_and_Escape_lets_it_go_on()
    {
        await using Stage stage = await SetAsync(latency: 200);
        await using WorkerProcess worker = stage.Start(PoolOfFive);
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.WaitAsync("seen.items.length > 20");

        await live.Page.Locator("#picture").FocusAsync();
        await live.Page.Keyboard.PressAsync("ArrowLeft");
        await live.SaysAsync("facts", "still open");
        await live.Page.Keyboard.PressAsync("ArrowLeft");
        await live.SaysAsync("facts", "Ingested, from");
        string first = await live.TextAsync("facts");
        await live.Page.Keyboard.PressAsync("ArrowLeft");
        Assert.NotEqual(first, await live.TextAsync("facts"));
        await live.Page.Keyboard.PressAsync("Escape");

        await live.SaysAsync("state", "Live");
        double moved = await live.MovedAsync();
        await live.WaitAsync($"drawn.scroll.hasAttribute('transform') && Number(drawn.scroll.getAttribute('transform').match(/-?[0-9.]+/)[0]) < {moved.ToString(System.Globalization.CultureInfo.InvariantCulture)} - 3");
        Assert.Empty(live.Problems);
    }

    [Fact]
    public async Task Pointing_at_a_bar_shows_what_is_behind_it_while_the_picture_moves()
    {
        await using Stage stage = await SetAsync(latency: 8_000);
        await using WorkerProcess worker = stage.Start("run --live --ids 1-100000 --strategy Async --dop 1");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.WaitAsync("seen.open.length === 1 && seen.at - seen.open[0][5] > 4e6");

        LocatorBoundingBoxResult picture = (await live.Page.Locator("#picture").BoundingBoxAsync())!;
        await live.Page.Mouse.MoveAsync(picture.X + picture.Width - 30, picture.Y + 25);

        await live.SaysAsync("facts", "slot 0: still open, from");
        await live.SaysAsync("facts", "fetch");
    }

    [Fact]
    public async Task A_screen_reader_has_the_figures_a_table_of_the_slots_and_no_more_than_an_announcement_now_and_then()
    {
        await using Stage stage = await SetAsync(latency: 1_000);
        await using WorkerProcess worker = stage.Start(PoolOfFive);
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.Page.GetByText("The slots as a table").ClickAsync();
        await live.WaitAsync("document.querySelectorAll('#slots tbody tr').length === 5 && document.querySelector('h1').textContent.startsWith('ThreadPool')");
        await live.Page.EvaluateAsync("window.said = 0; new MutationObserver(() => window.said++).observe(document.getElementById('announcement'), { childList: true })");

        string tree = await live.Page.Locator("main").AriaSnapshotAsync();
        foreach (string expected in (string[])
            ["heading \"ThreadPool over ids:1-100000\"", "button \"Freeze\"", "button \"Save\"", "progressbar \"Items done\"", "In flight", "5 of 5", "region \"What each slot does now\"", "rowheader \"0\"", "cell \"fetch\"", "group \"The last minute, a lane for each slot."])
            Assert.Contains(expected, tree, StringComparison.Ordinal);
        Assert.DoesNotContain("- img", tree, StringComparison.Ordinal);

        long before = await live.Page.EvaluateAsync<long>("seen.at");
        await live.WaitAsync($"seen.at > {before} + 5e6");
        Assert.InRange(await live.Page.EvaluateAsync<int>("window.said"), 0, 1);
        await live.Page.GetByRole(AriaRole.Button, new() { Name = "Freeze" }).ClickAsync();
        Assert.Contains("img \"Item ", await live.Page.Locator("main").AriaSnapshotAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1280, ColorScheme.Light, "rgb(255, 255, 255)", "5")]
    [InlineData(390, ColorScheme.Dark, "rgb(20, 23, 27)", "5")]
    [InlineData(390, ColorScheme.Light, "rgb(255, 255, 255)", "200")]
    public async Task Nothing_has_to_be_scrolled_sideways_in_any_window_and_the_colours_are_those_of_the_system(int width, ColorScheme scheme, string background, string degree)
    {
        await using Stage stage = await SetAsync(latency: 100);
        await using WorkerProcess worker = stage.Start($"run --live --ids 1-100000 --dop {degree}");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker), width, scheme);
        await live.WaitAsync("seen.columns.size > 20");

        Assert.Equal(0, await live.OverflowAsync());
        await live.Page.GetByText("The slots as a table").ClickAsync();
        await live.Page.GetByRole(AriaRole.Button, new() { Name = "Freeze" }).ClickAsync();
        Assert.Equal(0, await live.OverflowAsync());
        Assert.Equal(background, await live.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        Assert.Empty(live.Problems);
    }

    [Theory]
    [InlineData("Async", 200)]
    [InlineData("Pipeline", 64)]
    public async Task More_than_the_eye_can_follow_is_a_grid_and_freezes_as_one(string strategy, int degree)
    {
        await using Stage stage = await SetAsync(latency: 5);
        await using WorkerProcess worker = stage.Start($"run --live --ids 1-100000 --strategy {strategy} --dop {degree} --repeat 0:00:01");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));

        await live.WaitAsync("isGrid() && drawn.grid && drawn.nodes.length > 10");
        await live.SaysAsync("kind", "slots a row");
        Assert.Equal(0, await live.Bars.CountAsync());
        await live.Page.Locator("#picture").FocusAsync();
        await live.Page.Keyboard.PressAsync("ArrowUp");
        await live.SaysAsync("facts", "of the time");
        Assert.Empty(live.Problems);
    }

    [Fact]
    public async Task With_less_motion_the_picture_moves_once_a_second()
    {
        await using Stage stage = await SetAsync(latency: 200);
        await using WorkerProcess worker = stage.Start(PoolOfFive);
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker), motion: ReducedMotion.Reduce);
        await live.Page.EvaluateAsync("window.moves = []; new MutationObserver(changes => changes.some(({ target }) => drawn && target === drawn.scroll) && window.moves.push(performance.now())).observe(document.getElementById('picture'), { attributes: true, attributeFilter: ['transform'], subtree: true })");

        await live.WaitAsync("window.moves.length >= 3");

        Assert.InRange(await live.Page.EvaluateAsync<double>("window.moves[2] - window.moves[0]"), 1_900, 60_000);
    }

    [Fact]
    public async Task A_worker_that_is_killed_is_said_to_be_gone_and_one_that_comes_back_is_shown_again()
    {
        await using Stage stage = await SetAsync(latency: 200);
        WorkerProcess first = stage.Start(PoolOfFive);
        Uri address = await LivePage.AddressOfAsync(first);
        await using LivePage live = await LivePage.OpenAsync(browser, address);
        await live.WaitAsync("seen.items.length > 10");

        first.Send(Signal.Kill);
        await live.SaysAsync("state", "The worker has stopped, or cannot be reached.");
        Assert.True(await live.Bars.CountAsync() > 10, "the last picture is gone");
        await first.DisposeAsync();

        await using WorkerProcess second = stage.Start(PoolOfFive, ("Live__Port", address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await live.SaysAsync("state", "Live");
        await live.WaitAsync("seen.items.length > 5");
        Assert.DoesNotContain(live.Problems, problem => !problem.Contains("ERR_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_ends_says_so_and_does_not_wait_for_its_page()
    {
        await using Stage stage = await SetAsync(latency: 500);
        await using WorkerProcess worker = stage.Start("run --live --ids 1-10 --dop 2");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));

        ProcessResult result = await worker.WaitForExitAsync(LivePage.Patience);

        Assert.Equal(0, result.ExitCode);
        await live.SaysAsync("state", "The worker has stopped");
        await live.SaysAsync("progress-text", "10 of 10 done · the run has ended");
        Assert.Equal(10, await live.Bars.CountAsync());
    }

    [Fact]
    public async Task It_follows_from_run_to_run_and_marks_where_one_begins()
    {
        await using Stage stage = await SetAsync(latency: 100);
        await using WorkerProcess worker = stage.Start("run --live --ids 1-10 --dop 2 --repeat 0:00:01");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));

        await live.WaitAsync("seen.marks.filter(([, label]) => label === 'a run starts').length >= 3");

        await live.WaitAsync("document.querySelectorAll('#picture .end').length >= 3");
        Assert.Empty(live.Problems);
    }

    [Fact]
    public async Task A_viewer_that_never_reads_holds_up_neither_the_items_nor_the_other_viewers_nor_memory()
    {
        await using Stage stage = await SetAsync(latency: 0);
        await using WorkerProcess worker = stage.Start("run --live --ids 1-100000 --dop 64 --repeat 0:00:01");
        Uri address = await LivePage.AddressOfAsync(worker);
        await using LivePage live = await LivePage.OpenAsync(browser, address);
        using Socket silent = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await silent.ConnectAsync("127.0.0.1", address.Port, TestContext.Current.CancellationToken);
        await silent.SendAsync(Encoding.ASCII.GetBytes($"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"), TestContext.Current.CancellationToken);
        await live.WaitAsync("seen.at > 15e6");
        long before = Resident(worker);
        long frames = await live.Page.EvaluateAsync<long>("seen.next");

        await live.WaitAsync($"seen.next >= {frames} + 200");

        Assert.InRange(Resident(worker) - before, long.MinValue, 30L << 20);
        Assert.Equal(0, await live.Page.EvaluateAsync<int>("seen.lost"));
    }

    [Fact]
    public async Task Reasons_of_failures_are_listed_as_text_whatever_they_are()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 100_000, Latency = TimeSpan.FromMilliseconds(50), Faults = FaultPlan.Parse("1-100000:500") });
        await using WorkerProcess worker = stage.Start(PoolOfFive);
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));

        await live.SaysAsync("failures", "HTTP 500");
        Assert.Empty(live.Problems);
    }

    internal static long Resident(WorkerProcess worker) =>
        long.Parse(File.ReadLines($"/proc/{worker.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) * 1_024;

    private static async Task<JsonElement> FirstFrameAsync(Uri address)
    {
        using HttpClient client = new();
        using StreamReader reader = new(await client.GetStreamAsync(new Uri(address, "events"), TestContext.Current.CancellationToken));
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return JsonDocument.Parse(line[6..]).RootElement;
        }

        throw new InvalidOperationException("the stream ended before a frame");
    }

    private Task<Stage> SetAsync(int latency) =>
        Stage.SetAsync(postgres, new SimulatorOptions { Characters = 100_000, Latency = TimeSpan.FromMilliseconds(latency) });

    private void Write(int degree)
    {
        string path = Path.Combine(_folder, "appsettings.json");
        File.WriteAllText(path + ".new", $$"""{ "Ingestion": { "DegreeOfParallelism": {{degree}} } }""");
        File.Move(path + ".new", path, overwrite: true);
    }

    private WorkerProcess Configured(Stage stage, int degree)
    {
        Write(degree);
        return stage.Start("run --live --ids 1-100000 --strategy Async", ("DOTNET_CONTENTROOT", _folder), ("OTEL_METRIC_EXPORT_INTERVAL", "300"), ("DOTNET_USE_POLLING_FILE_WATCHER", "1"));
    }
}
