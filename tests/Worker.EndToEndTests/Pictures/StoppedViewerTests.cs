using System.Globalization;
using Microsoft.Playwright;
using TestSupport.Processes;
using UpstreamSimulator;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Pictures;

/// <summary>Two viewers of which one stands still. <c>LIVE_SECONDS</c> says for how long; by default it is short.</summary>
[Collection(BrowserTests.Name)]
public sealed class StoppedViewerTests(Browser browser, PostgresServer postgres)
{
    private static readonly int Seconds = int.Parse(Environment.GetEnvironmentVariable("LIVE_SECONDS") ?? "6", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_viewer_that_is_stopped_in_a_debugger_costs_the_worker_neither_rate_nor_memory_and_sees_the_run_again_when_it_goes_on()
    {
        // Waiting decides about the rate, so that what else the machine does does not.
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 1_000_000, Latency = TimeSpan.FromMilliseconds(200) });
        await using WorkerProcess worker = stage.Start("run --live --ids 1-1000000 --dop 64");
        Uri address = await LivePage.AddressOfAsync(worker);
        await using LivePage live = await LivePage.OpenAsync(browser, address);
        await using LivePage stopped = await LivePage.OpenAsync(browser, address);
        await live.WaitAsync("seen.run.elapsed > 5e6");
        double before = await RateAsync(live);
        long memory = LivePageTests.Resident(worker);

        ICDPSession debugger = await stopped.Page.Context.NewCDPSessionAsync(stopped.Page);
        TaskCompletionSource isPaused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        debugger.Event("Debugger.paused").OnEvent += (_, _) => isPaused.TrySetResult();
        await debugger.SendAsync("Debugger.enable");
        await debugger.SendAsync("Debugger.pause");
        await isPaused.Task.WaitAsync(LivePage.Patience, TestContext.Current.CancellationToken);
        double meanwhile = await RateAsync(live);

        Assert.InRange(meanwhile / before, Seconds < 60 ? 0.9 : 0.97, double.MaxValue); // A few seconds differ by more.
        Assert.InRange(LivePageTests.Resident(worker) - memory, long.MinValue, 30L << 20);
        Assert.Equal(0, await live.Page.EvaluateAsync<int>("seen.lost"));
        await debugger.SendAsync("Debugger.resume");
        long now = await live.Page.EvaluateAsync<long>("seen.at");
        await stopped.WaitAsync($"seen.at >= {now}");
    }

    /// <summary>Items a second, by the worker's own clock.</summary>
    private static async Task<double> RateAsync(LivePage live)
    {
        const string look = "[seen.at, seen.run.counts.reduce((sum, count) => sum + count, 0)]";
        long[] first = await live.Page.EvaluateAsync<long[]>(look);
        await live.WaitAsync($"seen.at >= {first[0]} + {Seconds}e6", beyond: TimeSpan.FromSeconds(Seconds));
        long[] last = await live.Page.EvaluateAsync<long[]>(look);
        return (last[1] - first[1]) * 1e6 / (last[0] - first[0]);
    }
}
