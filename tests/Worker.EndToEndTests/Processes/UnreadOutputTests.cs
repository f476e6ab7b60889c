using System.Text.RegularExpressions;
using TestSupport.Otlp;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>The log holds up nobody, and what happens a thousand times does not fill it.</summary>
public sealed class UnreadOutputTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("2<>{0}")]
    [InlineData("1<>{0} 2>&1")]
    public async Task A_run_ends_as_it_would_when_nobody_reads_what_it_writes(string redirections)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 3000, Faults = FaultPlan.Parse("1-3000:500,500,500,500") });
        string pipe = Path.Combine(Path.GetDirectoryName(stage.SummaryFile)!, "pipe");
        Assert.Equal(0, await CreatePipeAsync(pipe));

        // A line for each of four failed attempts: 2 MB, of which 1 MB may wait, and a pipe takes 64 KB.
        ProcessResult result = await stage.RunRedirectedAsync(
            $"run --ids 1-3000 --dop 64 --summary {stage.SummaryFile} --Logging:LogLevel:Ingestion=Debug --Upstream:RetryRatio=1",
            string.Format(null, redirections, pipe));

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(3000, stage.ReadSummary().GetProperty("ingested").GetInt32());
        Assert.Equal(3000, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
        ReceivedMetric lost = stage.Collector.Metrics.Last(metric => metric.Name == "ingestion.output.lost");
        Assert.True(lost.Points.Single().Value > 1_000, $"{lost.Points.Single().Value} lines");
    }

    [Fact]
    public async Task A_thousand_items_that_fail_alike_are_a_few_lines_and_counted_one_by_one()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 1100, Faults = FaultPlan.Parse("1-1000:*wrong-id") });

        ProcessResult result = await stage.RunAsync($"run --ids 1-1100 --summary {stage.SummaryFile}");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(1000, stage.ReadSummary().GetProperty("failed").GetInt32());
        Assert.Equal(1000, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Failed'"));
        string[] lines = [.. result.StandardError.Split('\n').Where(line => line.Contains(" failed after ", StringComparison.Ordinal))];
        Assert.Equal(11, lines.Length);
        Assert.Matches(new Regex(@" 990 more of these, the latest: Item \d+ failed after 1 attempts: the record has id \d+, not \d+$", RegexOptions.NonBacktracking), lines[^1]);
    }

    private static async Task<int> CreatePipeAsync(string path)
    {
        using var process = System.Diagnostics.Process.Start("mkfifo", path);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
