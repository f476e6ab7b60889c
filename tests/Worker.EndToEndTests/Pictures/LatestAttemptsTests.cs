using System.Text.RegularExpressions;
using Npgsql;
using TestSupport.Faults;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Pictures;

/// <summary>What a worker writes about its latest attempts, and when.</summary>
[Collection(BrowserTests.Name)]
public sealed partial class LatestAttemptsTests(Browser browser, PostgresServer postgres) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("latest-").FullName;

    private (string, string?) Folder => ("Recording__Folder", _folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_signal_leaves_one_report_of_the_last_attempts_of_a_long_run()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 100_000 });
        await using WorkerProcess worker = stage.Start("run --ids 1-100000 --dop 16", Folder);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 8_000);

        worker.Send(Signal.User1);
        string file = await WrittenAsync(worker);
        worker.Send(Signal.User1);
        await worker.WaitForOutputAsync(line => line.Contains("the last one is less than a minute old", StringComparison.Ordinal), Patience);

        Assert.Matches(@"/\d{8}T\d{6}Z-signal-[0-9a-f-]{36}\.html$", file);
        Assert.Equal([file], Directory.GetFiles(_folder));
        await using ReportPage report = await ReportPage.OpenAsync(browser, file);
        string[] labels = await report.Page.Locator(".item").EvaluateAllAsync<string[]>("items => items.map(item => item.getAttribute('aria-label'))");
        long[] ids = [.. labels.Select(label => long.Parse(Item().Match(label).Groups["id"].Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(1_500, ids.Length);
        Assert.InRange(ids.Min(), 5_000, 100_000);
        string text = await report.TextAsync();
        Assert.Contains("Async over ids:1-100000, its latest attempts", text, StringComparison.Ordinal);
        Assert.Contains("Written because it was asked for with SIGUSR1", text, StringComparison.Ordinal);
        Assert.Contains("Too many attempts for a bar each", text, StringComparison.Ordinal);
        Assert.Equal(2, await report.Page.Locator("section.run").CountAsync());
        await report.Page.Keyboard.PressAsync("Tab");
        Assert.Contains("Item ", await report.Facts.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal([report.Page.Url], report.Requests);
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task Without_a_folder_a_signal_is_one_line_that_says_what_to_set()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(50) });
        await using WorkerProcess worker = stage.Start("run --ids 1-200 --dop 4");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 4);

        worker.Send(Signal.User1);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.Equal(0, result.ExitCode);
        Assert.Single(result.StandardError.Split('\n'), line => line.Contains("set Recording:Folder", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stall_leaves_a_report_that_shows_what_goes_on()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        Assert.Equal(0, (await stage.RunAsync("migrate")).ExitCode);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(stage.ConnectionString);
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using NpgsqlTransaction hold = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (NpgsqlCommand command = new("LOCK TABLE ingestion.characters IN EXCLUSIVE MODE", connection, hold))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await using WorkerProcess worker = stage.Start("run --ids 1-50 --dop 3", Folder, ("Ingestion__StallTimeout", "00:00:02"), ("Upstream__AttemptTimeout", "00:00:02"));
        string file = await WrittenAsync(worker);
        await hold.RollbackAsync(TestContext.Current.CancellationToken);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("-stall-", file, StringComparison.Ordinal);
        await using ReportPage report = await ReportPage.OpenAsync(browser, file);
        Assert.Equal(3, await report.Page.Locator(".item[aria-label*='still open']").CountAsync());
        string text = await report.TextAsync();
        Assert.Matches("Written because no item has ended for 00:00:0.* although 3 are in flight", text);
        Assert.Contains("the latest 3 attempts, of which 3 go on", text, StringComparison.Ordinal);
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData("Recording__FailuresPerMinute", "20", "500=1", "-failures-", "attempts failed within a minute; Recording:FailuresPerMinute is 20")]
    [InlineData("Recording__SlowAttempt", "00:00:01", "hang=0.05", "-slow-", "Recording:SlowAttempt is 1.00 s")]
    public async Task Failures_and_slow_attempts_beyond_what_is_allowed_leave_a_report(string key, string value, string faults, string cause, string why)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20), ErrorRates = FaultRates.Parse(faults) });
        await using WorkerProcess worker = stage.Start("run --ids 1-826 --dop 4 --Upstream:AttemptTimeout=00:00:03", Folder, (key, value));

        string file = await WrittenAsync(worker);

        Assert.Contains(cause, file, StringComparison.Ordinal);
        await using ReportPage report = await ReportPage.OpenAsync(browser, file);
        Assert.Contains(why, await report.TextAsync(), StringComparison.Ordinal);
        Assert.Empty(report.Problems);
    }

    [Fact]
    public async Task A_folder_that_is_missing_is_said_at_the_start_and_a_full_disk_when_it_is_and_neither_disturbs_the_run()
    {
        await using SmallDisk? disk = await SmallDisk.TryMountAsync(1);
        Assert.SkipWhen(disk is null, "mounting a small disk takes privileges");
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 10_000, Latency = TimeSpan.FromMilliseconds(1) });
        ProcessResult missing = await stage.RunAsync("run --ids 1-10", ("Recording__Folder", Path.Combine(_folder, "nowhere")));
        Assert.Equal(0, missing.ExitCode);
        Assert.Contains("nowhere", Assert.Single(missing.StandardError.Split('\n'), IsWarning), StringComparison.Ordinal);

        disk.Fill();
        await using WorkerProcess worker = stage.Start("run --ids 1-10000 --dop 4 --no-resume", ("Recording__Folder", disk.Folder));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 200);
        worker.Send(Signal.User1);
        string warning = await worker.WaitForOutputAsync(line => IsWarning(line) && line.Contains("space", StringComparison.OrdinalIgnoreCase), Patience);
        Assert.Contains("with room in it", warning, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(disk.Folder, "ballast")], Directory.GetFiles(disk.Folder));
        Assert.Equal(0, (await worker.WaitForExitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task The_report_at_the_end_of_a_run_that_outgrew_its_recording_has_its_last_attempts_too()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 12_000 });
        string file = Path.Combine(_folder, "run.html");

        await stage.IngestAsync($"--ids 1-12000 --strategy ThreadPool --dop 8 --report {file}");

        await using ReportPage report = await ReportPage.OpenAsync(browser, file);
        Assert.Equal(2, await report.Page.Locator("section.run").CountAsync());
        Assert.Equal(1_500, await report.Page.Locator(".item").CountAsync());
        Assert.Equal(1, await report.Page.Locator(".item[aria-label^='Item 12000,']").CountAsync());
        Assert.Contains("the latest 1,500 attempts: ", await report.TextAsync(), StringComparison.Ordinal);
        Assert.Empty(report.Problems);
    }

    private static bool IsWarning(string line) => line.Contains("The latest attempts cannot be written", StringComparison.Ordinal);

    private static async Task<string> WrittenAsync(WorkerProcess worker) =>
        Written().Match(await worker.WaitForOutputAsync(Written(), Patience)).Groups["file"].Value;

    [GeneratedRegex("The latest attempts are in (?<file>.+\\.html), because", RegexOptions.NonBacktracking)]
    private static partial Regex Written();

    [GeneratedRegex(@"^Item (?<id>\d+),", RegexOptions.NonBacktracking)]
    private static partial Regex Item();
}
