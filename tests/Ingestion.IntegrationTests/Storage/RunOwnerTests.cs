using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;
using TestSupport.Faults;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>One outcome for each item, with transactions that stay open while their connection is lost, or while another process takes the run up.</summary>
public sealed class RunOwnerTests(PostgresServer server)
{
    private const int Held = 1;
    private const string Waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'";
    private const string Taking = "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE ingestion.runs%')";
    private const string Items = "SELECT concat_ws(' ', count(*), count(DISTINCT item_id)) FROM ingestion.outcomes";

    /// <summary>Transactions wait before they commit a certain item.</summary>
    private const string Hold =
        """
        CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ingestion.commit_outcomes DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW WHEN (1 = ANY (NEW.ingested)) EXECUTE FUNCTION wait();
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ingestion.item_outcomes DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW WHEN (NEW.item_id = 1) EXECUTE FUNCTION wait();
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The time limit makes other batches of what was sent before its fate is known.</summary>
    [Theory]
    [InlineData(50, false)]
    [InlineData(50, true)]
    [InlineData(600, false)]
    [InlineData(600, true)]
    public async Task A_commit_that_goes_on_when_its_connection_is_lost_is_found_and_not_made_twice(int count, bool hasTimeLimit)
    {
        string direct = await server.CreateDatabaseAsync();
        var target = new NpgsqlConnectionStringBuilder(direct);
        await using var way = new TcpProxy(target.Port);
        (target.Host, target.Port) = ("127.0.0.1", way.Port);
        await using var storage = new StorageHarness(target.ConnectionString, observerConnectionString: direct);
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync(Hold);
        await using NpgsqlConnection holder = await HoldAsync(storage);
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run, isAscending: true);

        // One transaction has all of them that follow: the first, or if they are many the second.
        await ExecuteAsync(holder, "BEGIN; LOCK TABLE ingestion.characters");
        List<Task<CommittedOutcome>> writes = [writer.WriteAsync(Entries.Found(1000))];
        await storage.WaitUntilAsync(Locked(1));
        writes.AddRange(Entries.FoundRange(Held, count - 1).Select(writer.WriteAsync));
        if (count > 300)
            await storage.WaitUntilAsync(Locked(2));
        await ExecuteAsync(holder, "COMMIT");
        await storage.WaitUntilAsync($"(SELECT count(*) {Waiting}) = 1");
        if (hasTimeLimit)
            await storage.ExecuteAsync($"ALTER ROLE CURRENT_USER IN DATABASE \"{target.Database}\" SET statement_timeout = '200ms'");
        way.Cut();
        if (hasTimeLimit)
            await storage.Log.WaitForAsync(2023);
        else
            await storage.WaitUntilAsync(Taking);
        Assert.False(writes[Held].IsCompleted);
        await ExecuteAsync(holder, "SELECT pg_advisory_unlock(4711)");

        CommittedOutcome[] results = await Task.WhenAll(writes).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.All(results, result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal($"{count} {count}", await storage.QueryAsync<string>(Items));
        Assert.Equal(count, (await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation)).Ingested);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Whoever_takes_a_run_up_waits_for_the_commit_under_way(bool isAscending, bool isOwn)
    {
        string database = await server.CreateDatabaseAsync();
        await using var old = new StorageHarness(database);
        await using var next = new StorageHarness(database);
        Guid run = await old.OpenRunAsync();
        await old.ExecuteAsync(Hold);
        await using NpgsqlConnection holder = await HoldAsync(old);
        await using IOutcomeWriter writer = old.Runs.OpenWriter(run, isAscending: isAscending);
        Task<CommittedOutcome>[] writes = [writer.WriteAsync(Entries.Found(Held)), writer.WriteAsync(Entries.Found(2))];
        await old.WaitUntilAsync($"(SELECT count(*) {Waiting}) = 1");

        Task<OpenedRun> taking = isOwn
            ? old.Runs.OpenAsync(StorageHarness.Start() with { Interrupted = run }, Cancellation)
            : next.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);
        await old.WaitUntilAsync(Taking);
        Assert.False(taking.IsCompleted);
        await ExecuteAsync(holder, "SELECT pg_advisory_unlock(4711)");

        OpenedRun taken = await taking;
        Assert.Equal(run, taken.Id);
        long stored = await old.CountAsync("outcomes");
        // The writer of the same process may have gone on since; that of another one stores nothing any more.
        Assert.InRange(taken.Counts.Total, isOwn ? 1 : stored, stored);
        Assert.NotEqual(0, taken.Counts.Total);
        await Task.WhenAny(Task.WhenAll(writes));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_process_stores_nothing_of_a_run_that_another_one_has_taken_up(bool isAscending, bool isResumed)
    {
        string database = await server.CreateDatabaseAsync();
        await using var old = new StorageHarness(database);
        await using var next = new StorageHarness(database);
        Guid run = await old.OpenRunAsync();
        using var giveUp = new CancellationTokenSource();
        int told = 0;
        await using IOutcomeWriter late = old.Runs.OpenWriter(run, isAscending: isAscending, taken: () => { told++; giveUp.Cancel(); }, giveUp: giveUp.Token);
        await Task.WhenAll(late.WriteAsync(Entries.Found(1)), late.WriteAsync(Entries.Found(2)));

        OpenedRun taken = await next.Runs.OpenAsync(StorageHarness.Start(resume: isResumed), Cancellation);
        Assert.Equal(isResumed, taken.Id == run);
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(3, 400).Append(Entries.NotFound(5000)).Select(late.WriteAsync)];

        foreach (Task<CommittedOutcome> write in writes)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.Equal(1, told);
        Assert.Equal((2, 2), (await old.CountAsync("characters"), await old.CountAsync("outcomes")));
        Assert.Equal("2 2", await old.QueryAsync<string>(Items));
        await next.WriteAscendingAsync(taken.Id, Entries.FoundRange(3, 400));
        Assert.Equal("402 402", await old.QueryAsync<string>(Items));
    }

    private static string Locked(int count) =>
        $"(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'relation') = {count}";

    private static async Task<NpgsqlConnection> HoldAsync(StorageHarness storage)
    {
        NpgsqlConnection holder = await storage.ConnectAsync();
        await ExecuteAsync(holder, "SELECT pg_advisory_lock(4711)");
        return holder;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }
}
