using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Pictures;

[Collection(BrowserTests.Name)]
public sealed class RealRunTests(Browser browser, PostgresServer postgres) : IDisposable
{
    private const int Items = 30;

    private readonly string _folder = Directory.CreateTempSubdirectory("pictures-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("Sequential", "One lane: each item begins when the one before it has ended. One thread does everything.")]
    [InlineData("ThreadPerItem", "Each of the 30 attempts has its own thread")]
    [InlineData("ThreadPool", "none moves while an item is in its lane.|Each lane has its own thread")]
    [InlineData("EventLoop", "One thread serves all lanes")]
    [InlineData("Async", "none belongs to one")]
    [InlineData("Pipeline", "each free again when its fetched item is handed on; transform and persist go on below.")]
    public async Task The_picture_of_a_run_tells_how_it_used_its_threads(string strategy, string readings)
    {
        string[] files = [Path.Combine(_folder, "run.html"), Path.Combine(_folder, "run.json")];
        await using Stage stage = await Stage.SetAsync(postgres, new() { Latency = TimeSpan.FromMilliseconds(20), LatencyJitter = TimeSpan.FromMilliseconds(20) });
        await stage.IngestAsync($"--ids 1-{Items} --strategy {strategy} --dop 8 --report {files[0]} --chrome-trace {files[1]}");

        await using ReportPage report = await ReportPage.OpenAsync(browser, files[0]);
        string reading = await report.Page.Locator(".reading").InnerTextAsync();
        Assert.Contains(readings.Split('|'), expected => reading.Contains(expected, StringComparison.Ordinal));
        Assert.Equal(Items, await report.Page.Locator(".item").CountAsync());
        Assert.Empty(report.Problems);

        TraceFile trace = TraceFile.Read(files[1]);
        Assert.Equal(Items, trace.Complete("attempt").Count());
        Assert.Empty(trace.Overlaps());
        Assert.Equal(files, Directory.GetFiles(_folder).Order(StringComparer.Ordinal));
    }
}
