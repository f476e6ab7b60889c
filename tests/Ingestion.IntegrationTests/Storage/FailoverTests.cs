using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;
using TestSupport.Faults;
using TestSupport.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Servers that stop accepting writes, and others that begin to.</summary>
public sealed class FailoverTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_becomes_read_only_is_left_and_asked_again()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));
        string database = await storage.QueryAsync<string>("SELECT current_database()::text");

        await storage.ExecuteAsync($"ALTER DATABASE {database} SET default_transaction_read_only = on");
        await storage.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database()");
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(2, 20).Select(writer.WriteAsync)];
        await WaitForProblemAsync(storage, "25006");
        await storage.WaitUntilAsync("NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database())");
        await storage.ExecuteAsync($"SET default_transaction_read_only = off; ALTER DATABASE {database} RESET default_transaction_read_only");

        Assert.All(await Task.WhenAll(writes), result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Null(storage.Health.Problem);
    }

    [Fact]
    public async Task An_address_that_moves_to_another_server_is_followed_away_from_the_one_that_only_reads()
    {
        await using var old = new PostgresCluster();
        await old.CreateAsync();
        await using PostgresCluster next = await old.CreateStandbyAsync();
        var database = new NpgsqlConnectionStringBuilder(await old.CreateDatabaseAsync());
        await WaitForReplayAsync(old, next);
        await using var address = new TcpProxy(old.Port);
        await using var storage = new StorageHarness(At(database, address.Port), observerConnectionString: At(database, next.Port));
        Guid run = await storage.OpenRunAsync();
        await using ISourceLease lease = await storage.Runs.LeaseSourceAsync("ids:1-10", Cancellation);
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));
        await storage.WaitUntilAsync("EXISTS (SELECT FROM ingestion.outcomes)");

        // The old server stays, and so do the connections to it.
        await ExecuteAsync(old, "ALTER SYSTEM SET default_transaction_read_only = on");
        await ExecuteAsync(old, "SELECT pg_reload_conf()");
        await ExecuteAsync(next, "SELECT pg_promote()");
        address.TargetPort = next.Port;
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(2, 20).Select(writer.WriteAsync)];

        Assert.All(await Task.WhenAll(writes), result => Assert.Equal(Outcome.Ingested, result.Outcome));
        await storage.Log.WaitForAsync(2034);
        Assert.Equal(21, await storage.CountAsync("outcomes"));
        Assert.Equal(1, await storage.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"));
        Assert.Null(storage.Health.Problem);
    }

    [Fact]
    public async Task Of_several_hosts_the_one_that_was_promoted_goes_on_with_everything_that_was_confirmed()
    {
        await using var old = new PostgresCluster();
        await old.CreateAsync();
        await using PostgresCluster next = await old.CreateStandbyAsync();
        await ExecuteAsync(old, "ALTER SYSTEM SET synchronous_standby_names = '*'");
        // What is confirmed can be read on the standby, which is asked for it before it is promoted.
        await ExecuteAsync(old, "ALTER SYSTEM SET synchronous_commit = remote_apply");
        await ExecuteAsync(old, "SELECT pg_reload_conf()");
        var database = new NpgsqlConnectionStringBuilder(await old.CreateDatabaseAsync());
        await using var before = new StorageHarness(At(database, old.Port));
        await before.WaitUntilAsync("EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')");
        // The standby comes first, and is left alone until it is the primary.
        database.Host = $"127.0.0.1:{next.Port},127.0.0.1:{old.Port}";
        await using var storage = new StorageHarness(database.ConnectionString, options => options.MaxBatchSize = 20, At(database, next.Port));
        Guid run = await storage.OpenRunAsync();
        await using ISourceLease lease = await storage.Runs.LeaseSourceAsync("ids:1-10", Cancellation);
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(1, 2_000).Select(writer.WriteAsync)];
        await writes[200];

        await old.KillAsync();
        int[] confirmed = [.. Enumerable.Range(1, writes.Length).Where(id => writes[id - 1].IsCompletedSuccessfully)];
        long survived = await storage.QueryAsync<long>($"SELECT count(*) FROM ingestion.outcomes WHERE item_id = ANY ('{{{string.Join(',', confirmed)}}}')");
        await storage.Log.WaitForAsync(2010);
        Assert.NotNull(storage.Health.Problem);
        await ExecuteAsync(next, "SELECT pg_promote()");

        Assert.All(await Task.WhenAll(writes), result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.InRange(confirmed.Length, 200, 1_999);
        Assert.Equal(confirmed.Length, survived);
        Assert.Equal(2_000, await storage.CountAsync("outcomes WHERE outcome = 'Ingested'"));
        await storage.Log.WaitForAsync(2034);
        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.Null(storage.Health.Problem);
    }

    private static string At(NpgsqlConnectionStringBuilder database, int port) =>
        new NpgsqlConnectionStringBuilder(database.ConnectionString) { Host = "127.0.0.1", Port = port }.ConnectionString;

    private static async Task ExecuteAsync(PostgresCluster cluster, string sql)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>Returns when the standby shows all that its primary has written until now.</summary>
    private static async Task WaitForReplayAsync(PostgresCluster primary, PostgresCluster standby)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        string written = await QueryAsync<string>(primary, "SELECT pg_current_wal_lsn()::text");
        while (!await QueryAsync<bool>(standby, $"SELECT pg_last_wal_replay_lsn() >= '{written}' FROM pg_sleep(0.01)").WaitAsync(patience.Token))
            continue;
    }

    private static async Task<T> QueryAsync<T>(PostgresCluster cluster, string sql)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static async Task WaitForProblemAsync(StorageHarness storage, string problem)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (storage.Health.Problem?.Contains(problem, StringComparison.Ordinal) != true)
            await storage.QueryAsync<int>("SELECT 1 FROM pg_sleep(0.01)").WaitAsync(patience.Token);
    }
}
