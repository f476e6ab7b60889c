using System.Diagnostics;
using System.Text.Json;
using TestSupport.Processes;
using TestSupport.Upstream;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>IDs from a file and from standard input.</summary>
public sealed class FileSourceTests(PostgresServer postgres) : IDisposable
{
    private const int Stopped = 3;
    private const int BadConfiguration = 78;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingestion-keys-");

    private string KeysFile => Path.Combine(_folder.FullName, "keys.txt");

    [Theory]
    [InlineData("Async")]
    [InlineData("Pipeline")]
    [InlineData("Sequential")]
    public async Task An_id_that_stands_in_the_file_more_than_once_has_one_outcome_and_counts_once(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await File.WriteAllLinesAsync(KeysFile, Enumerable.Range(0, 400).Select(i => $"{1 + (i % 100)}"), TestContext.Current.CancellationToken);

        JsonElement summary = await stage.IngestAsync($"--ids-file {KeysFile} --strategy {strategy} --dop 8");

        Assert.Equal((100, 100, 0), (summary.GetProperty("requested").GetInt32(), summary.GetProperty("ingested").GetInt32(), summary.GetProperty("failed").GetInt32()));
        Assert.StartsWith("file:keys.txt:", summary.GetProperty("source").GetString(), StringComparison.Ordinal);
        Assert.Equal(100, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
        Assert.Equal("finished 100", await stage.QueryAsync<string>("SELECT status || ' ' || requested FROM ingestion.runs"));
    }

    [Fact]
    public async Task A_bad_line_ends_the_worker_before_anything_is_done()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await File.WriteAllTextAsync(KeysFile, "1\n2\nthree\n", TestContext.Current.CancellationToken);

        ProcessResult result = await stage.RunAsync($"run --ids-file {KeysFile}");

        Assert.Equal(BadConfiguration, result.ExitCode);
        Assert.Equal($"configuration error: Ingestion:IdsFile is '{KeysFile}': line 3 is 'three', but must be a whole number from -9223372036854775808 to 9223372036854775807 without leading zeros", result.StandardError[result.StandardError.IndexOf("configuration", StringComparison.Ordinal)..]);
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal(0, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.runs"));
    }

    [Fact]
    public async Task A_stopped_run_over_a_file_goes_on_with_a_file_of_the_same_keys()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        await File.WriteAllLinesAsync(KeysFile, Enumerable.Range(1, 800).Select(i => $"{i}"), TestContext.Current.CancellationToken);
        await using (WorkerProcess first = stage.Start($"run --ids-file {KeysFile} --dop 2"))
        {
            await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 10);
            first.Send(Signal.Terminate);
            Assert.Equal(Stopped, (await first.WaitForExitAsync(Patience)).ExitCode);
        }

        await File.WriteAllLinesAsync(KeysFile, Enumerable.Range(1, 800).Select(i => $" {i}\r"), TestContext.Current.CancellationToken);
        JsonElement summary = await stage.IngestAsync($"--ids-file {KeysFile} --dop 64");

        Assert.Equal(800, summary.GetProperty("ingested").GetInt32());
        Assert.Equal(1, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.runs"));
    }

    [Theory]
    [InlineData("integers", "Async")]
    [InlineData("texts", "Async")]
    [InlineData("texts", "ThreadPool")]
    public async Task What_killed_workers_had_not_stored_is_done_by_the_next_one_over_the_same_file(string keyKind, string strategy)
    {
        const int ids = 400, degree = 4;
        var keys = KeyKind.Of(keyKind);
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(10) });
        string arguments = $"{keys.ArgumentsForFile($"1-{ids}", _folder.FullName)} --strategy {strategy} --dop {degree}";
        int[] kills = [60, 150, 240];
        foreach (int requests in kills)
        {
            await using WorkerProcess worker = stage.Start($"run {arguments}", keys.Settings);
            await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= requests);
            worker.Send(Signal.Kill);
            await worker.WaitForExitAsync(Patience);
        }

        JsonElement summary = await stage.IngestAsync(arguments, exitCode: 0, keys.Settings);

        Assert.Equal((ids, ids), (summary.GetProperty("requested").GetInt32(), summary.GetProperty("ingested").GetInt32()));
        Assert.Equal($"finished {ids}", await stage.QueryAsync<string>("SELECT string_agg(status || ' ' || ingested, ', ') FROM ingestion.runs"));
        Assert.Equal($"{ids} {ids}", await stage.QueryAsync<string>($"SELECT concat_ws(' ', count(*), count(DISTINCT id)) FROM ingestion.outcomes JOIN {keys.Table} ON id = item_id WHERE outcome = 'Ingested'"));
        Assert.Equal(ids, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
        // A slot is held until the commit, so a death leaves no more than its slots.
        Assert.InRange(stage.Upstream.Statistics.TotalRequests, ids, ids + (kills.Length * degree));
    }

    [Fact]
    public async Task A_pipe_is_read_while_the_run_goes_on_until_it_ends()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string pipe = await MakePipeAsync();
        await using WorkerProcess worker = Start(stage, $"run --ids-file - --summary {stage.SummaryFile}", $"< {pipe}");
        await using (StreamWriter writer = new(await Task.Run(() => File.OpenWrite(pipe))))
        {
            await writer.WriteAsync("1\n2\n3\n4");
            await writer.FlushAsync(TestContext.Current.CancellationToken);
            await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 3);
            await writer.WriteAsync("2\n2\n");
        }

        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 0, result.StandardError);
        JsonElement summary = stage.ReadSummary();
        Assert.Equal(("stdin", 4, 4), (summary.GetProperty("source").GetString(), summary.GetProperty("requested").GetInt32(), summary.GetProperty("ingested").GetInt32()));
        Assert.Equal(1, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE item_id = 42"));
    }

    [Fact]
    public async Task A_signal_ends_a_worker_whose_standard_input_is_silent_and_its_run_is_not_gone_on_with()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string pipe = await MakePipeAsync();
        await using (WorkerProcess worker = Start(stage, "run --ids-file -", $"<> {pipe}"))
        {
            await using (StreamWriter writer = new(await Task.Run(() => File.OpenWrite(pipe))))
                await writer.WriteAsync("1\n2\n3\n");
            await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 3);
            worker.Send(Signal.Terminate);
            ProcessResult result = await worker.WaitForExitAsync(Patience);

            Assert.Equal(Stopped, result.ExitCode);
            Assert.Contains("3 of 3 done; standard input cannot be read again", result.StandardOutput, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(KeysFile, "3\n4\n", TestContext.Current.CancellationToken);
        ProcessResult second = await stage.RunRedirectedAsync("run --ids-file -", $"< {KeysFile}");

        Assert.Equal(0, second.ExitCode);
        Assert.Equal("abandoned 3, finished 2", await stage.QueryAsync<string>(
            "SELECT string_agg(status || ' ' || (SELECT count(*) FROM ingestion.outcomes WHERE run_id = id), ', ' ORDER BY started_at) FROM ingestion.runs"));
    }

    [Fact]
    public async Task A_bad_line_in_standard_input_ends_the_run_after_what_was_before_it()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await File.WriteAllTextAsync(KeysFile, "1\n2\n\nx\n5\n", TestContext.Current.CancellationToken);

        ProcessResult result = await stage.RunRedirectedAsync("run --ids-file -", $"< {KeysFile}");

        Assert.Equal(BadConfiguration, result.ExitCode);
        Assert.Contains("configuration error: Ingestion:IdsFile is '-': line 4 is 'x', but must be a whole number", result.StandardError, StringComparison.Ordinal);
        Assert.Equal("stopped 2", await stage.QueryAsync<string>("SELECT status || ' ' || ingested FROM ingestion.runs"));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static WorkerProcess Start(Stage stage, string arguments, string redirections) => WorkerProcess.Start(arguments.Split(' '), stage.Environment(), redirections);

    private async Task<string> MakePipeAsync()
    {
        string pipe = Path.Combine(_folder.FullName, "pipe");
        using Process make = Process.Start("mkfifo", pipe);
        await make.WaitForExitAsync();
        return pipe;
    }
}
