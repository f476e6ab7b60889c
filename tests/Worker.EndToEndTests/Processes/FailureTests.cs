using System.Text.Json;
using TestSupport.Otlp;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>An upstream that fails for some characters, and one that fails as a whole.</summary>
public sealed class FailureTests(PostgresServer postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Characters_that_never_work_do_not_keep_the_run_from_ending()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("81-100:*503") });

        JsonElement summary = await stage.IngestAsync("--ids 1-100", exitCode: 2, ("Tracing__MaxTracesPerSecond", "1000"));

        Assert.Equal((80, 20), (summary.GetProperty("ingested").GetInt32(), summary.GetProperty("failed").GetInt32()));
        Assert.Equal(20, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Failed' AND character_id > 80 AND error = 'HTTP 503'"));
        ReceivedSpan[] canaries = [.. stage.Collector.Spans.Named("fetch").Where(span => span.Attributes.ContainsKey("ingestion.canary.id"))];
        Assert.NotEmpty(canaries);
        Assert.All(canaries, span => Assert.InRange(span.Number("ingestion.canary.id"), 1, 80));
    }

    [Theory]
    [InlineData("Async")]
    [InlineData("ThreadPool")]
    public async Task An_upstream_that_is_away_for_a_while_costs_time_and_nothing_else(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        await using WorkerProcess worker = stage.Start($"run --ids 1-300 --strategy {strategy} --dop 8 --summary {stage.SummaryFile}");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);

        stage.Upstream.Options = new SimulatorOptions { ErrorRates = FaultRates.Parse("503=1") };
        await worker.WaitForOutputAsync(line => line.Contains("gate is closed for 00:00:01", StringComparison.Ordinal), Patience);
        await stage.Upstream.PauseListeningAsync();
        await worker.WaitForOutputAsync(line => line.Contains("gate is closed for 00:00:02", StringComparison.Ordinal), Patience);
        stage.Upstream.Options = new SimulatorOptions();
        await stage.Upstream.ResumeListeningAsync();
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Equal(300, stage.ReadSummary().GetProperty("ingested").GetInt32());
    }
}
