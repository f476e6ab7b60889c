using TestSupport.Processes;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary><c>status --watch</c> beside workers that are at work.</summary>
public sealed class StatusWatchTests(PostgresServer postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task All_workers_of_a_database_are_shown_with_their_rates_until_a_signal_ends_it()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 5_000, Latency = TimeSpan.FromMilliseconds(100) });
        await stage.RunAsync("migrate");
        await using WorkerProcess first = stage.Start("run --ids 1-2000 --dop 4"), second = stage.Start("run --ids 3001-5000 --dop 4");
        await using WorkerProcess watch = stage.Start("status --watch --interval 300ms");

        await watch.WaitForOutputAsync(line => line.Contains("UTC: 2 runs are going on, ", StringComparison.Ordinal) && !line.Contains(" 0.0 items/s", StringComparison.Ordinal), Patience);
        foreach (string source in (string[])["ids:1-2000", "ids:3001-5000"])
            await watch.WaitForOutputAsync(line => line.Contains(source, StringComparison.Ordinal) && line.Contains(" items/s", StringComparison.Ordinal), Patience);
        first.Send(Signal.Terminate);
        await watch.WaitForOutputAsync(line => line.Contains("UTC: 1 run is going on", StringComparison.Ordinal), Patience);
        watch.Send(Signal.Interrupt);

        ProcessResult result = await watch.WaitForExitAsync(Patience);
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}\n{result.StandardError}");
        Assert.DoesNotContain('\u001b', result.StandardOutput);
        Assert.Empty(result.StandardError);
    }

    [Theory]
    [InlineData("status --watch --json", "leave one of them out")]
    [InlineData("status --interval 2s", "add --watch, or leave it out")]
    [InlineData("status --watch --interval 10ms", "'10ms' is not from 00:00:00.1000000 to 01:00:00")]
    public async Task What_makes_no_sense_is_refused(string arguments, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync(arguments);

        Assert.Equal(64, result.ExitCode);
        Assert.Contains(expected, result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_not_there_is_told_at_once()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.IngestAsync("--ids 1");

        ProcessResult result = await stage.RunAsync("status --watch --run 01a202c5-825d-78f6-ba15-53bff92277af");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("there is no run 01a202c5-825d-78f6-ba15-53bff92277af", result.StandardError, StringComparison.Ordinal);
    }
}
