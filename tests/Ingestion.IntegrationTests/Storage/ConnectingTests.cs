using Ingestion.Configuration;
using Npgsql;
using TestSupport.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Servers as they are found at start.</summary>
public sealed class ConnectingTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_socket_of_the_machine_is_connected_to()
    {
        string folder = Directory.CreateTempSubdirectory("pg-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        await using (var cluster = new PostgresCluster { Settings = [$"unix_socket_directories={folder}"] })
        {
            await cluster.CreateAsync();
            var database = new NpgsqlConnectionStringBuilder(await cluster.CreateDatabaseAsync());
            foreach (string connectionString in (string[])
                [
                    $"Host={folder};Port={database.Port};Username=postgres;Database={database.Database};Tcp Keepalive=true",
                    $"postgres://postgres@{Uri.EscapeDataString(folder)}:{database.Port}/{database.Database}",
                    $"postgres://postgres@/{database.Database}?host={folder}&port={database.Port}",
                ])
            {
                await using var storage = new StorageHarness(connectionString, observerConnectionString: database.ConnectionString);
                Guid run = await storage.OpenRunAsync();
                await using var lease = await storage.Runs.LeaseSourceAsync("ids:1-10", Cancellation);
                await storage.WriteAsync(run, Entries.Found(1));
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_standby_that_is_promoted_meanwhile_is_waited_for_at_start()
    {
        await using var primary = new PostgresCluster();
        await primary.CreateAsync();
        await using PostgresCluster standby = await primary.CreateStandbyAsync();
        await using var storage = new StorageHarness(standby.ConnectionString, options => options.StartupTimeout = TimeSpan.FromMinutes(5));

        Task ready = storage.Schema.EnsureReadyAsync(Cancellation);
        await storage.Log.WaitForAsync(2000);
        Assert.False(ready.IsCompleted);
        Assert.Contains("read-only", storage.Health.Problem, StringComparison.Ordinal);
        await storage.QueryAsync<bool>("SELECT pg_promote()");

        await ready;
        Assert.Null(storage.Health.Problem);
    }

    [Fact]
    public async Task A_standby_that_is_not_promoted_in_time_is_not_available()
    {
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness(database, options => options.StartupTimeout = TimeSpan.Zero);
        await storage.ExecuteAsync($"ALTER DATABASE {new NpgsqlConnectionStringBuilder(database).Database} SET default_transaction_read_only = on");

        var exception = await Assert.ThrowsAsync<IngestionUnavailableException>(() => storage.Schema.MigrateAsync(mayRewrite: false, Cancellation));

        Assert.Contains("promote it, or connect to the primary server, or raise Storage:StartupTimeout", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("LATIN1")]
    [InlineData("SQL_ASCII")]
    public async Task A_database_that_cannot_hold_every_letter_is_refused(string encoding)
    {
        string database = "encoded_" + Guid.NewGuid().ToString("N");
        await using (NpgsqlDataSource administrator = NpgsqlDataSource.Create(server.ConnectionString))
        {
            await using NpgsqlCommand create = administrator.CreateCommand($"CREATE DATABASE {database} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'");
            await create.ExecuteNonQueryAsync(Cancellation);
        }

        await using var storage = new StorageHarness(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = database }.ConnectionString);

        var exception = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.Schema.MigrateAsync(mayRewrite: false, Cancellation));

        Assert.Contains($"the database has the encoding {encoding}", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ingestion", "CREATE SCHEMA ingestion AUTHORIZATION {0}")]
    [InlineData("ingestion", "CREATE SCHEMA ingestion; GRANT USAGE, CREATE ON SCHEMA ingestion TO {0}")]
    [InlineData("public", "GRANT USAGE, CREATE ON SCHEMA public TO {0}")]
    [InlineData("own", "CREATE SCHEMA own AUTHORIZATION {0}")]
    public async Task A_schema_that_is_there_is_used_by_a_user_who_may_not_create_one(string schema, string grant)
    {
        string owner = await server.CreateDatabaseAsync();
        string user = "user_" + Guid.NewGuid().ToString("N");
        await using var storage = new StorageHarness(
            new NpgsqlConnectionStringBuilder(owner) { Username = user }.ConnectionString, options => options.Schema = schema, observerConnectionString: owner);
        await storage.ExecuteAsync($"CREATE ROLE {user} LOGIN; {string.Format(grant, user)}");

        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1));

        Assert.Equal(1, await storage.QueryAsync<long>($"SELECT count(*) FROM {schema}.outcomes"));
    }

    [Theory]
    [InlineData("Encoding=no-such-encoding", "no-such-encoding")]
    [InlineData("Tcp Keepalive Time=0", "TcpKeepAliveTime")]
    [InlineData("Options=-c no_such_setting=1", "42704")]
    [InlineData("Timezone=Nowhere", "22023")]
    public async Task Settings_that_only_fail_while_connecting_are_an_error_at_once(string setting, string expected)
    {
        await using var storage = new StorageHarness($"{await server.CreateDatabaseAsync()};{setting}", options => options.StartupTimeout = TimeSpan.FromHours(1));

        var exception = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.Schema.EnsureReadyAsync(Cancellation));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_at_a_pooler_is_told_at_once()
    {
        Assert.SkipWhen(PgBouncer.Missing is not null, PgBouncer.Missing ?? "");
        await using PgBouncer pooler = await PgBouncer.StartAsync(server, poolSize: 1, password: "right");
        var settings = new NpgsqlConnectionStringBuilder(pooler.Through(await server.CreateDatabaseAsync())) { Password = "wrong" };
        await using var storage = new StorageHarness(settings.ConnectionString, options => (options.TransactionPooling, options.StartupTimeout) = (true, TimeSpan.FromHours(1)));

        var exception = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.Schema.EnsureReadyAsync(Cancellation));

        Assert.Contains("authentication failed", exception.Message, StringComparison.Ordinal);
        settings.Password = "right";
        await using var right = new StorageHarness(settings.ConnectionString, options => options.TransactionPooling = true);
        await right.Schema.EnsureReadyAsync(Cancellation);
    }

    [Fact]
    public async Task A_server_that_is_away_behind_its_pooler_is_waited_for()
    {
        Assert.SkipWhen(PgBouncer.Missing is not null, PgBouncer.Missing ?? "");
        await using var cluster = new PostgresCluster();
        await cluster.CreateAsync();
        await using PgBouncer pooler = await PgBouncer.StartAsync(cluster, poolSize: 1);
        string database = pooler.Through(await cluster.CreateDatabaseAsync());
        await cluster.StopAsync();
        await using var storage = new StorageHarness(database, options => (options.TransactionPooling, options.StartupTimeout) = (true, TimeSpan.FromMinutes(5)));

        Task ready = storage.Schema.EnsureReadyAsync(Cancellation);
        await storage.Log.WaitForAsync(2000);
        await cluster.StartAsync();

        await ready;
    }
}
