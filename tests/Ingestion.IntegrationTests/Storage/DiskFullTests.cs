using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;
using TestSupport.Faults;
using TestSupport.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>A disk without room. It is a file system in memory, which only a privileged process may mount.</summary>
public sealed class DiskFullTests
{
    [Fact]
    public async Task Tables_without_room_wait_until_there_is_room()
    {
        await using SmallDisk disk = await MountAsync(32);
        await using var cluster = new PostgresCluster();
        await cluster.CreateAsync();
        string database = await CreateDatabaseOnAsync(cluster, disk);
        await using var storage = new StorageHarness(database);
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));

        disk.Fill();
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(2, 500).Select(writer.WriteAsync)];
        await storage.Log.WaitForAsync(2010);
        Assert.Contains("53100", storage.Health.Problem, StringComparison.Ordinal);
        disk.MakeRoom();

        Assert.All(await Task.WhenAll(writes), result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal(501, await storage.CountAsync("characters"));
        Assert.Null(storage.Health.Problem);
    }

    [Fact]
    public async Task A_log_without_room_takes_the_server_down_and_loses_nothing()
    {
        await using SmallDisk disk = await MountAsync(32);
        await using var cluster = new PostgresCluster
        {
            InitArguments = ["--wal-segsize=1", "--waldir=" + Path.Combine(disk.Folder, "wal")],
            Settings = ["wal_keep_size=1GB", "restart_after_crash=off"],
        };
        await cluster.CreateAsync();
        await using var storage = new StorageHarness(await cluster.CreateDatabaseAsync(), options => options.MaxBatchSize = 50);
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));

        disk.Fill();
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(2, 3_000).Select(writer.WriteAsync)];
        // The server panics: it cannot write what it has to.
        await cluster.WaitForExitAsync();
        await storage.Log.WaitForAsync(2010);
        Assert.NotNull(storage.Health.Problem);
        disk.MakeRoom();
        await cluster.StartAsync();

        Assert.All(await Task.WhenAll(writes), result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal(3_001, await storage.CountAsync("outcomes"));
        Assert.Null(storage.Health.Problem);
    }

    private static async Task<SmallDisk> MountAsync(int mebibytes)
    {
        SmallDisk? disk = await SmallDisk.TryMountAsync(mebibytes);
        Assert.SkipWhen(disk is null, "only a process that may mount a file system (root with CAP_SYS_ADMIN) can have one that is full");
        return disk!;
    }

    private static async Task<string> CreateDatabaseOnAsync(PostgresCluster cluster, SmallDisk disk)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        foreach (string sql in new[] { $"CREATE TABLESPACE small LOCATION '{disk.Folder}'", "CREATE DATABASE small TABLESPACE small" })
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        return new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = "small" }.ConnectionString;
    }
}
