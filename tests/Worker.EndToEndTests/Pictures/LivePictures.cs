using System.Globalization;
using TestSupport.Processes;
using UpstreamSimulator;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Pictures;

/// <summary>
/// Takes the pictures of the live page that the documentation shows, into the folder that <c>PICTURES</c> names; without it nothing is done. docs/pictures/live.sh makes
/// one moving picture of the frames, and all of them small.
/// </summary>
[Collection(BrowserTests.Name)]
public sealed class LivePictures(Browser browser, PostgresServer postgres)
{
    private const int Width = 1_120;
    private const int FramesPerSecond = 4;
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(17);

    private static readonly string? Folder = Environment.GetEnvironmentVariable("PICTURES");

    [Fact]
    public async Task The_pool_of_five_and_then_the_slider_to_ten()
    {
        Assert.SkipWhen(Folder is null, "PICTURES names no folder");
        await using Stage stage = await SetAsync(new SimulatorOptions { Characters = 1_000, Latency = TimeSpan.FromSeconds(1.5), LatencyJitter = TimeSpan.FromSeconds(1.5), Seed = 7 });
        await using WorkerProcess worker = stage.Start("run --live --Live:Control=true --ids 1-826 --strategy ThreadPool --dop 5");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker), Width);
        await live.WaitAsync("seen.run.elapsed > 20e6 && seen.about.control");
        await ShowOnlyAsync(live, height: 880, "#bound", ".legend", "#kind", "h2.first");

        List<string> shown = ["ffconcat version 1.0"];
        long before = TimeProvider.System.GetTimestamp();
        using PeriodicTimer ticks = new(TimeSpan.FromSeconds(1.0 / FramesPerSecond), TimeProvider.System);
        long start = before;
        bool isMoved = false;
        for (int frame = 0; TimeProvider.System.GetElapsedTime(start) < Before + After; frame++)
        {
            await ticks.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            if (!isMoved && TimeProvider.System.GetElapsedTime(start) > Before)
            {
                await live.Page.GetByLabel("Degree of parallelism").FocusAsync();
                for (int i = 0; i < 5; i++)
                    await live.Page.Keyboard.PressAsync("ArrowRight");
                isMoved = true;
            }

            string name = string.Create(CultureInfo.InvariantCulture, $"{frame:000}.png");
            await live.Page.ScreenshotAsync(new() { Path = Path.Combine(Folder!, "frames", name) });

            // Each is shown for as long as it took, however busy the machine is.
            shown.Add(string.Create(CultureInfo.InvariantCulture, $"file '{name}'\nduration {TimeProvider.System.GetElapsedTime(before).TotalSeconds:0.00}"));
            before = TimeProvider.System.GetTimestamp();
        }

        await File.WriteAllLinesAsync(Path.Combine(Folder!, "frames", "frames.txt"), shown, TestContext.Current.CancellationToken);

        await live.WaitAsync("seen.run.inFlight === 10 && seen.open.length === 10");
    }

    [Theory]
    [InlineData("Sequential", "sequential")]
    [InlineData("ThreadPerItem", "thread-per-item")]
    [InlineData("ThreadPool", "thread-pool")]
    [InlineData("EventLoop", "event-loop")]
    [InlineData("Async", "async")]
    public async Task Each_strategy_of_the_article(string strategy, string name)
    {
        Assert.SkipWhen(Folder is null, "PICTURES names no folder");
        await using Stage stage = await SetAsync(new SimulatorOptions { Characters = 1_000, Latency = TimeSpan.FromSeconds(1), LatencyJitter = TimeSpan.FromSeconds(1), Seed = 7 });
        await using WorkerProcess worker = stage.Start($"run --live --ids 1-826 --strategy {strategy} --dop 5 --Transform:FingerprintIterations=400000");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker), Width);
        await live.WaitAsync("seen.run.elapsed > 30e6 && seen.about.advice");
        await ShowOnlyAsync(live, height: strategy == "Sequential" ? 540 : 700, ".note#kind");
        await live.Page.ScreenshotAsync(new() { Path = Path.Combine(Folder!, $"live-{name}.png") });
    }

    [Fact]
    public async Task A_run_too_fast_for_bars()
    {
        Assert.SkipWhen(Folder is null, "PICTURES names no folder");
        await using Stage stage = await SetAsync(new SimulatorOptions { Characters = 100_000, Latency = TimeSpan.FromMilliseconds(40), LatencyJitter = TimeSpan.FromMilliseconds(40), Seed = 7 });
        await using WorkerProcess worker = stage.Start("run --live --ids 1-100000 --strategy Async --dop 32");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker), Width);
        await live.WaitAsync("seen.run.elapsed > 30e6 && seen.about.advice");
        await live.Page.SetViewportSizeAsync(Width, 1_000);
        await live.WaitAsync("drawn.grid && drawn.nodes.length > 10");
        await live.Page.ScreenshotAsync(new() { Path = Path.Combine(Folder!, "live-grid.png") });
    }

    /// <summary>Leaves out what does not change, so that a small picture has room for the slots.</summary>
    private static async Task ShowOnlyAsync(LivePage live, int height, params string[] without)
    {
        foreach (string selector in without)
            await live.Page.EvaluateAsync($"document.querySelector('{selector}').style.display = 'none'");
        await live.Page.SetViewportSizeAsync(Width, height);
        await live.WaitAsync("drawn.nodes.length > 5");
    }

    private Task<Stage> SetAsync(SimulatorOptions options) => Stage.SetAsync(postgres, options);
}
