using TestSupport.Processes;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>What becomes of standard output and error does not decide what becomes of the run.</summary>
public sealed class StandardStreamTests(PostgresServer postgres)
{
    [Theory]
    [InlineData(">/dev/full")]
    [InlineData("2>/dev/full")]
    [InlineData(">/dev/full 2>/dev/full")]
    [InlineData(">&-")]
    [InlineData("2>&-")]
    [InlineData(">&- 2>&-")]
    [InlineData(">&- 2>&- <&-")]
    [InlineData("<&-")]
    public async Task A_run_ends_as_it_would_wherever_its_output_goes(string redirections)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunRedirectedAsync($"run --ids 1-20 --summary {stage.SummaryFile}", redirections);

        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}: {result.StandardError}");
        Assert.Equal(20, stage.ReadSummary().GetProperty("ingested").GetInt32());
        Assert.Equal(redirections == ">/dev/full" ? 1 : 0, result.StandardError.Split('\n').Count(line =>
            line.StartsWith("ingestion-worker: standard output could not be written: No space left on device", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_summary_that_cannot_be_written_at_the_end_is_named_and_the_run_ends_as_it_would()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(500) });
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ingestion-gone-");
        await using WorkerProcess worker = stage.Start($"run --ids 1-3 --dop 1 --summary {folder.FullName}/summary.json");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 1);
        folder.Delete(recursive: true);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Single(result.StandardError.Split('\n'), line => line.StartsWith("ingestion-worker: a file about the run could not be written: ", StringComparison.Ordinal)
            && line.Contains($"{folder.FullName}/summary.json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("run --ids 1 --strategy Asink", "2>/dev/full", 78)]
    [InlineData("run --ids 1 --strategy Asink", ">&- 2>&- <&-", 78)]
    [InlineData("runn", "2>&-", 64)]
    [InlineData("--help", ">&-", 0)]
    [InlineData("migrate", ">/dev/full", 0)]
    [InlineData("status --json", ">/dev/full", 1)]
    public async Task Every_command_ends_as_it_would_unless_its_output_is_all_it_is_for(string arguments, string redirections, int exitCode)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        Assert.Equal(0, (await stage.RunAsync("migrate")).ExitCode);

        ProcessResult result = await stage.RunRedirectedAsync(arguments, redirections);

        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}: {result.StandardError}");
    }
}
