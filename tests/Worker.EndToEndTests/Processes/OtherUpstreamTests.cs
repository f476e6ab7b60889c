using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>The upstream is a part of what a run is: its records are of one, and of about one time.</summary>
public sealed class OtherUpstreamTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_run_that_was_stopped_is_not_gone_on_with_over_another_upstream()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        await using Simulator other = await Simulator.StartAsync();
        string stopped = await StopAsync(stage);

        ProcessResult result = await stage.RunAsync("run --ids 1-400", ("Upstream__BaseAddress", other.BaseAddress.ToString()));

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(
            $"The unfinished run {stopped} over ids:1-400 is abandoned: its upstream was {stage.Upstream.BaseAddress}, and now it is {other.BaseAddress}. ", result.StandardError, StringComparison.Ordinal);
        Assert.Equal(400, other.Statistics.TotalRequests);
        JsonElement[] runs = [.. await StatusAsync(stage)];
        Assert.Equal(
            [("finished", 400, other.BaseAddress.ToString()), ("abandoned", 400, stage.Upstream.BaseAddress.ToString())],
            runs.Select(run => (run.GetProperty("status").GetString(), run.GetProperty("requested").GetInt32(), run.GetProperty("upstream").GetString()!)));
        Assert.Equal(400, await stage.QueryAsync<long>($"SELECT count(*) FROM ingestion.outcomes WHERE run_id = '{runs[0].GetProperty("runId").GetString()}'"));
        Assert.Contains(other.BaseAddress.ToString(), (await stage.RunAsync("status")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_gone_on_with_over_the_same_upstream_however_its_address_is_spelt()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        string stopped = await StopAsync(stage);

        JsonElement summary = await stage.IngestAsync("--ids 1-400", exitCode: 0, ("Upstream__BaseAddress", stage.Upstream.BaseAddress.ToString().TrimEnd('/').Replace("http", "HTTP", StringComparison.Ordinal)));

        Assert.Equal(stopped, summary.GetProperty("runId").GetString());
        Assert.Single(await StatusAsync(stage));
    }

    [Fact]
    public async Task A_run_that_was_stopped_too_long_ago_is_not_gone_on_with()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        string stopped = await StopAsync(stage);
        await stage.ExecuteAsync("UPDATE ingestion.runs SET finished_at = now() - interval '3 hours', started_at = now() - interval '4 hours'; UPDATE ingestion.item_outcomes SET finished_at = now() - interval '3 hours'; UPDATE ingestion.commit_outcomes SET finished_at = now() - interval '3 hours'");

        ProcessResult result = await stage.RunAsync("run --ids 1-400", ("Ingestion__ResumeWithin", "02:00:00"));

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"{stopped} over ids:1-400 is abandoned: it has been idle for longer than Ingestion:ResumeWithin (02:00:00). ", result.StandardError, StringComparison.Ordinal);
        Assert.Equal(["finished", "abandoned"], (await StatusAsync(stage)).Select(run => run.GetProperty("status").GetString()));
    }

    /// <summary>Stops a run when a part of it is done, and returns its ID.</summary>
    private static async Task<string> StopAsync(Stage stage)
    {
        await using WorkerProcess worker = stage.Start("run --ids 1-400 --dop 4");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 100);
        worker.Send(Signal.Terminate);
        Assert.Equal(3, (await worker.WaitForExitAsync(TimeSpan.FromMinutes(1))).ExitCode);
        Assert.InRange(await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"), 90, 399);
        return await stage.QueryAsync<string>("SELECT id::text FROM ingestion.runs");
    }

    private static async Task<IReadOnlyList<JsonElement>> StatusAsync(Stage stage) =>
        [.. JsonDocument.Parse((await stage.RunAsync("status --json")).StandardOutput).RootElement.GetProperty("runs").EnumerateArray()];
}
