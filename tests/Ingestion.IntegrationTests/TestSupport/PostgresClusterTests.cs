using Npgsql;
using TestSupport.Postgres;
using TestSupport.Processes;

namespace Ingestion.IntegrationTests.TestSupport;

public sealed class PostgresClusterTests
{
    [Theory, InlineData(Signal.Quit), InlineData(Signal.Kill)]
    public async Task Every_database_is_its_own_and_commits_survive_a_crash(Signal signal)
    {
        await using var cluster = new PostgresCluster();
        await cluster.InitializeAsync();
        if (cluster.IsExternal)
            return;

        string first = await cluster.CreateDatabaseAsync();
        string second = await cluster.CreateDatabaseAsync();
        await ExecuteAsync(first, "CREATE TABLE t (x int)");
        await ExecuteAsync(second, "CREATE TABLE t (x int)");
        await ExecuteAsync(first, "INSERT INTO t VALUES (42)");

        await cluster.KillAsync(signal);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ExecuteAsync(first, "SELECT 1"));
        await cluster.StartAsync();

        Assert.Equal(42, await ExecuteAsync(first, "SELECT x FROM t"));
        Assert.Null(await ExecuteAsync(second, "SELECT x FROM t"));

        await cluster.RestartAsync();
        Assert.Equal(42, await ExecuteAsync(first, "SELECT x FROM t"));
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
