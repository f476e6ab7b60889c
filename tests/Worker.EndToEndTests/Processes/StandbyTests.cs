using Npgsql;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>One process at a time ingests a source; who loses the right to it stops, and goes on when it has it again.</summary>
public sealed class StandbyTests(PostgresServer postgres)
{
    private const string Source = "ids:1-300";
    private const string Arguments = "run --ids 1-300 --dop 4";
    private const string Holders = "FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    private static readonly SimulatorOptions Slow = new() { Latency = TimeSpan.FromMilliseconds(20) };
    private static readonly SimulatorOptions Stalled = new() { Latency = TimeSpan.FromMinutes(5) };
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_standby_takes_over_within_5_s_of_a_kill_and_goes_on()
    {
        await using Stage stage = await Stage.SetAsync(postgres, Slow);
        await using WorkerProcess first = await StartAndStallAsync(stage, Arguments);
        await using WorkerProcess second = stage.Start(Arguments);
        await second.WaitForOutputAsync(line => line.Contains("standing by", StringComparison.Ordinal), Patience);

        stage.Upstream.Options = Slow;
        first.Send(Signal.Kill);
        long killedAt = TimeProvider.System.GetTimestamp();
        await second.WaitForOutputAsync(line => line.Contains("is resumed", StringComparison.Ordinal), Patience);
        TimeSpan vacant = TimeProvider.System.GetElapsedTime(killedAt);
        ProcessResult result = await second.WaitForExitAsync(Patience);

        Assert.InRange(vacant.TotalSeconds, 0, 5);
        Assert.True(result.ExitCode == 0, result.StandardError);
        await AssertOneFinishedRunAsync(stage);
        // What was in flight when the first one died, and what it had fetched but not committed, was fetched twice.
        Assert.InRange(stage.Upstream.Statistics.TotalRequests, 300, 308);
    }

    [Fact]
    public async Task A_worker_that_loses_its_source_stands_by_and_takes_the_run_up_again()
    {
        await using Stage stage = await Stage.SetAsync(postgres, Slow);
        await using WorkerProcess worker = await StartAndStallAsync(stage, Arguments);
        await using NpgsqlConnection other = await TakeAwayAsync(stage);

        await worker.WaitForOutputAsync(line => line.Contains("standing by", StringComparison.Ordinal) && line.Contains("ingesting", StringComparison.Ordinal), Patience);
        stage.Upstream.Options = Slow;
        long requests = stage.Upstream.Statistics.TotalRequests;
        Assert.InRange(requests, 20, 299);
        Assert.Equal("running", await stage.QueryAsync<string>("SELECT status FROM ingestion.runs WHERE finished_at IS NULL"));
        await ExecuteAsync(other, "SELECT pg_sleep(0.5), pg_advisory_unlock_all()");
        Assert.Equal(requests, stage.Upstream.Statistics.TotalRequests);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 0, result.StandardError);
        await AssertOneFinishedRunAsync(stage);
        Assert.InRange(stage.Upstream.Statistics.TotalRequests, 300, 308);
    }

    [Fact]
    public async Task A_run_that_another_process_finished_meanwhile_is_done()
    {
        await using Stage stage = await Stage.SetAsync(postgres, Slow);
        await using WorkerProcess worker = await StartAndStallAsync(stage, $"{Arguments} --summary {stage.SummaryFile}");
        await using NpgsqlConnection other = await TakeAwayAsync(stage);
        await worker.WaitForOutputAsync(line => line.Contains("standing by", StringComparison.Ordinal) && line.Contains("ingesting", StringComparison.Ordinal), Patience);
        stage.Upstream.Options = Slow;
        long requests = stage.Upstream.Statistics.TotalRequests;

        await ExecuteAsync(other, """
            INSERT INTO ingestion.item_outcomes (run_id, item_id, outcome, attempts, finished_at)
            SELECT run.id, missing.id, 'NotFound', 1, now() FROM ingestion.runs AS run, generate_series(1, 300) AS missing (id) WHERE missing.id NOT IN (SELECT item_id FROM ingestion.outcomes);
            UPDATE ingestion.runs SET status = 'finished', finished_at = now()
            """);
        await ExecuteAsync(other, "SELECT pg_advisory_unlock_all()");
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Equal(requests, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal(300, stage.ReadSummary().GetProperty("requested").GetInt32());
        await AssertOneFinishedRunAsync(stage);
    }

    [Fact]
    public async Task A_worker_whose_run_another_process_has_taken_up_stores_nothing_more_of_it_and_takes_it_up_again()
    {
        await using Stage stage = await Stage.SetAsync(postgres, Slow);
        await using WorkerProcess worker = stage.Start(Arguments);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);
        await stage.ExecuteAsync("UPDATE ingestion.runs SET owner = gen_random_uuid(), epoch = epoch + 1");

        await worker.WaitForOutputAsync(line => line.Contains("Another process has resumed the run", StringComparison.Ordinal), Patience);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 0, result.StandardError);
        await AssertOneFinishedRunAsync(stage);
    }

    /// <summary>A worker in the middle of its run, whose requests are not answered any more: it is still there when it is needed.</summary>
    private static async Task<WorkerProcess> StartAndStallAsync(Stage stage, string arguments)
    {
        WorkerProcess worker = stage.Start(arguments, ("Upstream__AttemptTimeout", "00:10:00"));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);
        stage.Upstream.Options = Stalled;
        return worker;
    }

    /// <summary>Queues for the lock, cuts the worker's connection that has it, and so is the next to have it.</summary>
    private static async Task<NpgsqlConnection> TakeAwayAsync(Stage stage)
    {
        var other = new NpgsqlConnection(stage.ConnectionString + ";Pooling=false");
        await other.OpenAsync();
        int holder = await stage.QueryAsync<int>("SELECT pid " + Holders);
        Task taking = ExecuteAsync(other, $"SELECT pg_advisory_lock(hashtextextended('ingestion:source:{Source}', 0))");
        while (!await stage.QueryAsync<bool>($"SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = {other.ProcessID}) FROM pg_sleep(0.01)"))
            Assert.False(taking.IsCompleted);
        Assert.True(await stage.QueryAsync<bool>($"SELECT pg_terminate_backend({holder})"));
        await taking;
        return other;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task AssertOneFinishedRunAsync(Stage stage)
    {
        Assert.Equal("finished 300", await stage.QueryAsync<string>(
            "SELECT string_agg(status || ' ' || ingested + unchanged + not_found + failed, ',') FROM ingestion.runs"));
        Assert.Equal(300, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
    }
}
