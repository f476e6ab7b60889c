using System.Globalization;
using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>Dead letters as an operator sees them: listed by reason, ingested again, and never twice.</summary>
public sealed class RedriveTests(PostgresServer postgres)
{
    private const string Unresolved = "SELECT coalesce(string_agg(DISTINCT item_id::text, ','), '') FROM ingestion.outcomes WHERE outcome = 'Failed' AND resolved_at IS NULL";

    [Fact]
    public async Task What_failed_is_listed_by_reason_and_ingested_again_until_nothing_is_left()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("3-5:*400;9:*wrong-id;11:*401") });
        JsonElement run = await stage.IngestAsync("--ids 1-12,900", exitCode: 2);
        Assert.Equal((5, 1), (Number(run, "failed"), Number(run, "notFound")));

        JsonElement unresolved = await UnresolvedAsync(stage, $"--run {run.GetProperty("runId").GetString()}");
        Assert.Equal(
            ["3 HTTP 400: 3-5", "1 HTTP 401: 11", "1 the record has id N, not N: 9"],
            unresolved.GetProperty("byReason").EnumerateArray().Select(reason => $"{reason.GetProperty("count")} {reason.GetProperty("reason")}: {reason.GetProperty("ids")}"));

        string before = await StateAsync(stage);
        ProcessResult dryRun = await stage.RunAsync("redrive --dry-run --ids 1-10");
        Assert.True(dryRun.ExitCode == 0, dryRun.StandardError);
        Assert.Contains("Would be redriven: 4", dryRun.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(before, await StateAsync(stage));
        long requests = stage.Upstream.Statistics.TotalRequests;

        stage.Upstream.Options = new SimulatorOptions { Faults = FaultPlan.Parse("4:*html") };
        JsonElement first = await RedriveAsync(stage, "--reason http --ids 1-10 --strategy Sequential", exitCode: 2);
        Assert.Equal(("redrive", "Sequential"), (first.GetProperty("source").GetString(), first.GetProperty("strategy").GetString()));
        Assert.Equal((3, 2, 1), (Number(first, "requested"), Number(first, "ingested"), Number(first, "failed")));
        Assert.Equal(requests + 3, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal("11,4,9", await stage.QueryAsync<string>(Unresolved));
        Assert.Equal(3, (await UnresolvedAsync(stage)).GetProperty("count").GetInt32());
        Assert.Equal(2, await stage.QueryAsync<long>($"SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Failed' AND resolved_by = '{first.GetProperty("runId")}' AND error = 'HTTP 400'"));

        stage.Upstream.Options = new SimulatorOptions();
        JsonElement second = await RedriveAsync(stage, "--rate 1000");
        Assert.Equal((3, 3), (Number(second, "requested"), Number(second, "ingested")));
        Assert.Equal("", await stage.QueryAsync<string>(Unresolved));
        Assert.Equal(6, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Failed'"));
        Assert.Equal(12, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));

        ProcessResult nothing = await stage.RunAsync("redrive");
        Assert.Equal(0, nothing.ExitCode);
        Assert.Contains("nothing to redrive", nothing.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(3, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.runs WHERE status = 'finished'"));
        Assert.DoesNotContain("Failed items", (await stage.RunAsync("status")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redrive_that_is_killed_is_done_by_the_next_one_and_nothing_that_was_ingested_is_asked_for_again()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("1-200:*html") });
        await stage.IngestAsync("--ids 1-200", exitCode: 2);
        stage.Upstream.Options = new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(50) };
        stage.Upstream.Statistics.Reset();

        await using (WorkerProcess worker = stage.Start("redrive --dop 4"))
        {
            await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 40);
            worker.Send(Signal.Kill);
            await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));
        }

        long done = await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Failed' AND resolved_at IS NOT NULL");
        Assert.InRange(done, 1, 199);
        Assert.Equal(done, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
        long requests = stage.Upstream.Statistics.TotalRequests;

        stage.Upstream.Options = new SimulatorOptions();
        JsonElement rest = await RedriveAsync(stage, "");

        Assert.Equal((200 - done, 200 - done), (Number(rest, "requested"), Number(rest, "ingested")));
        Assert.Equal(requests + 200 - done, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal("", await stage.QueryAsync<string>(Unresolved));
        Assert.Equal("finished,abandoned,finished", await stage.QueryAsync<string>("SELECT string_agg(status, ',' ORDER BY started_at) FROM ingestion.runs"));
    }

    [Fact]
    public async Task An_ordinary_run_resolves_what_it_ingests_and_status_fits_on_a_terminal()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("2:*400;4:*400") });
        await stage.IngestAsync("--ids 1-5", exitCode: 2);
        ProcessResult status = await stage.RunAsync("status");
        stage.Upstream.Options = new SimulatorOptions();
        await stage.IngestAsync("--ids 1-3");

        Assert.Contains("Failed items not yet resolved: 2", status.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("2, 4", status.StandardOutput, StringComparison.Ordinal);
        Assert.Equal("4", await stage.QueryAsync<string>(Unresolved));
        ProcessResult unknown = await stage.RunAsync($"status --run {Guid.CreateVersion7()}");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("there is no run", unknown.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_finds_nothing_warns_and_resolves_nothing()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("2:*400;4:*400") });
        await stage.IngestAsync("--ids 1-5", exitCode: 2);
        stage.Upstream.Options = new SimulatorOptions { Characters = 0 };

        ProcessResult nothing = await stage.RunAsync("run --ids 1-5");
        Assert.Equal((0, "2,4"), (nothing.ExitCode, await stage.QueryAsync<string>(Unresolved)));
        Assert.Contains($"None of 5 items was found. Is Upstream:BaseAddress ({stage.Upstream.BaseAddress}) the root of the API?", nothing.StandardError, StringComparison.Ordinal);

        stage.Upstream.Options = new SimulatorOptions { Characters = 3 };
        await stage.IngestAsync("--ids 1-5");
        Assert.Equal("", await stage.QueryAsync<string>(Unresolved));
    }

    [Theory]
    [InlineData("ThreadPool")]
    [InlineData("Pipeline")]
    public async Task A_signal_stops_a_redrive_of_many_and_neither_repeating_nor_a_health_port_means_anything_to_it(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 1_100, Faults = FaultPlan.Parse("1-1100:*html") });
        await stage.IngestAsync("--ids 1-1100 --dop 32", exitCode: 2);
        stage.Upstream.Options = new SimulatorOptions { Characters = 1_100, Latency = TimeSpan.FromMilliseconds(20) };
        stage.Upstream.Statistics.Reset();

        await using WorkerProcess worker = stage.Start($"redrive --strategy {strategy} --dop 4 --summary {stage.SummaryFile}");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);
        worker.Send(Signal.Terminate);
        ProcessResult stopped = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));
        int done = Number(stage.ReadSummary(), "ingested");
        stage.Upstream.Options = new SimulatorOptions { Characters = 1_100 };
        string taken = stage.Upstream.BaseAddress.Port.ToString(CultureInfo.InvariantCulture);
        JsonElement rest = await RedriveAsync(stage, $"--strategy {strategy} --dop 16", environment: [("Ingestion__Repeat", "00:00:00.001"), ("Health__Port", taken)]);

        Assert.True(stopped.ExitCode == 3, stopped.StandardError);
        Assert.Equal((1_100 - done, 1_100 - done), (Number(rest, "requested"), Number(rest, "ingested")));
        Assert.Equal(1_100, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal("", await stage.QueryAsync<string>(Unresolved));
    }

    private static async Task<JsonElement> RedriveAsync(Stage stage, string arguments, int exitCode = 0, params (string Name, string? Value)[] environment)
    {
        ProcessResult result = await stage.RunAsync($"redrive --summary {stage.SummaryFile} {arguments}", environment);
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}\n{result.StandardOutput}\n{result.StandardError}");
        return stage.ReadSummary();
    }

    private static async Task<JsonElement> UnresolvedAsync(Stage stage, string arguments = "")
    {
        ProcessResult result = await stage.RunAsync($"status --json {arguments}");
        Assert.True(result.ExitCode == 0, result.StandardError);
        return JsonDocument.Parse(result.StandardOutput).RootElement.GetProperty("unresolved");
    }

    private static Task<string> StateAsync(Stage stage) => stage.QueryAsync<string>(
        "SELECT (SELECT string_agg(run::text, ',' ORDER BY id) FROM ingestion.runs AS run) || (SELECT string_agg(outcome::text, ',' ORDER BY run_id, item_id) FROM ingestion.outcomes AS outcome)");

    private static int Number(JsonElement summary, string key) => summary.GetProperty(key).GetInt32();
}
