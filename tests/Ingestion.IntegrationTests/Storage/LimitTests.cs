using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;
using TestSupport.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>A server that is there, but in the way: locks, time limits, deadlocks, connection limits.</summary>
public sealed class LimitTests(PostgresServer server)
{
    private const string WorkerWaits =
        "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database() AND wait_event_type = 'Lock')";

    /// <summary>10 ms for every outcome stored.</summary>
    private const string SlowDown =
        """
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END';
        CREATE TRIGGER slow BEFORE INSERT ON ingestion.item_outcomes FOR EACH ROW EXECUTE FUNCTION slow();
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_locked_table_is_waited_for()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await using NpgsqlConnection holder = await LockAsync(storage, "LOCK TABLE ingestion.item_outcomes");

        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(1, 20).Select(writer.WriteAsync)];
        await storage.WaitUntilAsync(WorkerWaits);
        Assert.All(writes, write => Assert.False(write.IsCompleted));
        await ExecuteAsync(holder, "COMMIT");

        Assert.All(await Task.WhenAll(writes), result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal(0, storage.Log.Count(2010));
    }

    [Theory]
    [InlineData("lock_timeout", "55P03")]
    [InlineData("statement_timeout", "57014")]
    public async Task A_locked_table_and_a_time_limit_are_an_outage_for_a_row_that_is_alone(string limit, string problem)
    {
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness($"{database};Options=-c {limit}=200ms", observerConnectionString: database);
        await using (var administrator = new StorageHarness(database))
            await administrator.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await using NpgsqlConnection holder = await LockAsync(storage, "LOCK TABLE ingestion.item_outcomes");

        Task<CommittedOutcome> write = writer.WriteAsync(Entries.Found(1));
        await storage.Log.WaitForAsync(2010);
        Assert.Contains(problem, storage.Health.Problem, StringComparison.Ordinal);
        await ExecuteAsync(holder, "COMMIT");

        Assert.Equal(Outcome.Ingested, (await write).Outcome);
        Assert.Null(storage.Health.Problem);
    }

    [Theory]
    [InlineData("Options=-c statement_timeout=300ms")]
    [InlineData("Command Timeout=1")]
    public async Task A_batch_that_takes_longer_than_the_time_limit_is_halved(string limit)
    {
        string database = await server.CreateDatabaseAsync();
        await using (var unlimited = new StorageHarness(database))
            await unlimited.Schema.EnsureReadyAsync(Cancellation);
        await using var storage = new StorageHarness($"{database};{limit}", observerConnectionString: database);
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync(SlowDown);

        CommittedOutcome[] results = await storage.WriteAsync(run, Entries.FoundRange(1, 130));

        Assert.All(results, result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal(130, await storage.CountAsync("outcomes"));
        Assert.InRange(storage.Log.Count(2023), 1, 40);
        Assert.Equal(0, storage.Log.Count(2010));
    }

    [Fact]
    public async Task A_batch_that_is_the_victim_of_a_deadlock_is_repeated()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.FoundRange(1, 2));
        Guid run = (await storage.Runs.OpenAsync(StorageHarness.Start(), Cancellation)).Id;
        // The other writer never looks for deadlocks itself, so the batch is the one that is ended.
        await using NpgsqlConnection other = await LockAsync(storage, "SET LOCAL deadlock_timeout = '1h'; UPDATE ingestion.characters SET etag = etag WHERE id = 2");
        await using (IOutcomeWriter blocker = storage.Runs.OpenWriter(run))
        {
            await using NpgsqlConnection door = await LockAsync(storage, "LOCK TABLE ingestion.item_outcomes");
            Task<CommittedOutcome> first = blocker.WriteAsync(Entries.NotFound(3));
            await storage.WaitUntilAsync(WorkerWaits);
            // Queued behind the one that waits, these two are one batch.
            Task<CommittedOutcome>[] writes = [blocker.WriteAsync(Entries.Found(1, "Morty")), blocker.WriteAsync(Entries.Found(2, "Morty"))];
            await ExecuteAsync(door, "COMMIT");
            await first;
            await storage.WaitUntilAsync(WorkerWaits);
            await ExecuteAsync(other, "UPDATE ingestion.characters SET etag = etag WHERE id = 1");
            await storage.Log.WaitForAsync(2010);
            await ExecuteAsync(other, "COMMIT");

            Assert.All(await Task.WhenAll(writes), result => Assert.Equal(Outcome.Ingested, result.Outcome));
        }

        Assert.Contains(storage.Log.Messages, message => message.Message.Contains("40P01", StringComparison.Ordinal));
        Assert.Equal(2, await storage.CountAsync("characters WHERE name = 'Morty'"));
        Assert.Null(storage.Health.Problem);
    }

    [Fact]
    public async Task A_server_without_a_free_connection_is_waited_for_at_start_and_later()
    {
        await using var crowded = new PostgresCluster { Settings = ["max_connections=8", "superuser_reserved_connections=0", "max_wal_senders=0", "autovacuum=off"] };
        await crowded.CreateAsync();
        string database = await crowded.CreateDatabaseAsync();
        await using var storage = new StorageHarness(database);
        await using var crowd = new Crowd(database);
        NpgsqlConnection seat = await crowd.FillAsync();

        Task<Guid> opening = storage.OpenRunAsync();
        await storage.Log.WaitForAsync(2000);
        Assert.Contains("53300", storage.Health.Problem, StringComparison.Ordinal);
        await crowd.LeaveAsync();
        Guid run = await opening;
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));

        seat = await crowd.FillAsync();
        await ExecuteAsync(seat, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ingestion-worker'");
        await crowd.FillAsync();
        Task<CommittedOutcome> write = writer.WriteAsync(Entries.Found(2));
        await storage.Log.WaitForAsync(2010);
        await crowd.LeaveAsync();

        Assert.Equal(Outcome.Ingested, (await write).Outcome);
        Assert.Null(storage.Health.Problem);
    }

    private static async Task<NpgsqlConnection> LockAsync(StorageHarness storage, string sql)
    {
        NpgsqlConnection connection = await storage.ConnectAsync();
        await ExecuteAsync(connection, "BEGIN");
        await ExecuteAsync(connection, sql);
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>Takes every connection a server has.</summary>
    private sealed class Crowd(string connectionString) : IAsyncDisposable
    {
        private readonly string _connectionString = connectionString + ";Pooling=false";
        private readonly List<NpgsqlConnection> _connections = [];

        /// <summary>Connects until the server refuses, and returns a connection.</summary>
        public async Task<NpgsqlConnection> FillAsync()
        {
            while (true)
            {
                var connection = new NpgsqlConnection(_connectionString);
                try
                {
                    await connection.OpenAsync(Cancellation);
                    _connections.Add(connection);
                }
                catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.TooManyConnections)
                {
                    await connection.DisposeAsync();
                    return _connections[0];
                }
            }
        }

        public async Task LeaveAsync()
        {
            foreach (NpgsqlConnection connection in _connections)
                await connection.DisposeAsync();
            _connections.Clear();
        }

        public async ValueTask DisposeAsync() => await LeaveAsync();
    }
}
