using System.Security.Cryptography;
using Ingestion.Configuration;
using Ingestion.Records;
using Ingestion.Telemetry;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Waits for the server at start and makes sure that the schema can be used.</summary>
internal sealed class PostgresSchema(
    NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema, Resource resource, IOptions<StorageOptions> options, StorageHealth health, TimeProvider time, ILogger<PostgresSchema> logger)
    : ISchema
{
    private const int OldestServer = 13;
    private const string Properties =
        """
        SELECT current_setting('server_encoding'), current_setting('transaction_read_only')::boolean,
          EXISTS (SELECT FROM pg_settings WHERE name = 'default_transaction_read_only' AND source = 'client' AND setting = 'on')
        """;

    private const string FindMissingPrivileges =
        """
        SELECT needed.privilege || ' on ingestion.' || needed.name
        FROM (VALUES
          ('TABLE', 'SELECT'), ('TABLE', 'INSERT'), ('TABLE', 'UPDATE'),
          ('runs', 'SELECT'), ('runs', 'INSERT'), ('runs', 'UPDATE'),
          ('item_outcomes', 'SELECT'), ('item_outcomes', 'INSERT'), ('item_outcomes', 'UPDATE'),
          ('commit_outcomes', 'SELECT'), ('commit_outcomes', 'INSERT')) AS needed (name, privilege)
        WHERE NOT has_table_privilege('ingestion.' || needed.name, needed.privilege)
        """;

    private static readonly TimeSpan AttemptInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    public Task EnsureReadyAsync(CancellationToken cancellationToken) => WaitForServerAsync(CheckAsync, cancellationToken);

    public Task<IReadOnlyList<string>> MigrateAsync(bool mayRewrite, CancellationToken cancellationToken) =>
        WaitForServerAsync((connection, token) => NewMigrator(connection).MigrateAsync(mayRewrite, token), cancellationToken);

    private async Task<bool> CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (options.Value.MigrateOnStart)
            await NewMigrator(connection).MigrateAsync(mayRewrite: false, cancellationToken);
        else if (await NewMigrator(connection).FindMissingAsync(cancellationToken) is { Count: > 0 } missing)
            throw NewMigrator(connection).Lacks(missing);
        else if (await new ResourceTable(connection, target, schema, resource).FindChangesAsync(cancellationToken) is { Count: > 0 } changes)
            throw new IngestionConfigurationException($"{target}: the schema lacks what {ResourceOptions.Section} asks for ({string.Join(", ", changes)}); run the migrate command, or set Storage:MigrateOnStart to true");

        await CheckPrivilegesAsync(connection, cancellationToken);
        if (!options.Value.TransactionPooling)
            await ConnectionBudget.CheckAsync(connection, target, options.Value.Workers, logger, cancellationToken);
        return true;
    }

    private Migrator NewMigrator(NpgsqlConnection connection) => new(connection, target, schema, resource, logger);

    /// <summary>Repeats the work while the server is away, but not for longer than <c>Storage:StartupTimeout</c>. What a migration does is one transaction.</summary>
    public async Task<T> WaitForServerAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan nextLog = TimeSpan.Zero;
        for (; ; await Task.Delay(AttemptInterval, time, cancellationToken))
        {
            try
            {
                T result = await OutageGuard.AttemptAsync(token => ConnectAsync(work, token), cancellationToken);
                health.ReportReachable();
                return result;
            }
            catch (Exception exception) when (PostgresErrors.IsTransient(exception))
            {
                // As in the middle of a run: a connection that is open stays with a server that only reads.
                if (PostgresErrors.IsReadOnly(exception))
                    dataSource.Clear();
                TimeSpan waited = time.GetElapsedTime(started);
                string problem = PostgresErrors.Describe(exception);
                health.ReportUnreachable(problem);
                if (waited >= options.Value.StartupTimeout)
                    throw PostgresProblem.NotReachable(exception, target, options.Value.StartupTimeout);

                if (waited >= nextLog)
                {
                    StorageLog.WaitingForServer(logger, target.Server, problem);
                    nextLog = waited + LogInterval;
                }
            }
            catch (Exception exception) when (PostgresErrors.Judge(exception) is not null)
            {
                throw PostgresProblem.Explain(exception, target, schema);
            }
        }
    }

    private async Task<T> ConnectAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection;
        try
        {
            connection = await dataSource.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InvalidOperationException or UnauthorizedAccessException or CryptographicException)
        {
            // Some settings Npgsql looks at when it connects, and not before.
            throw PostgresProblem.Explain(exception, target, schema);
        }

        await using (connection)
        {
            await CheckServerAsync(connection, cancellationToken);
            return await work(connection, cancellationToken);
        }
    }

    /// <summary>What a run does with the tables must be allowed before it starts, not fail at the first batch.</summary>
    private async Task CheckPrivilegesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(schema.In(FindMissingPrivileges.Replace("TABLE", resource.Name, StringComparison.Ordinal)), connection);
        if (await command.ReadAllAsync(reader => reader.GetString(0), cancellationToken) is [_, ..] missing)
        {
            throw new IngestionConfigurationException(
                $"{target}: user {target.User} lacks {string.Join(", ", missing)}; let the tables' owner GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema.Quoted}, or connect as the owner");
        }
    }

    private async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
            throw new IngestionConfigurationException($"{target}: the server is PostgreSQL {connection.PostgreSqlVersion}, version {OldestServer} or newer is needed; upgrade it or use another one");

        await using var command = new NpgsqlCommand(Properties, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (reader.GetString(0) is not "UTF8" and string encoding)
            throw new IngestionConfigurationException($"{target}: the database has the encoding {encoding}, which cannot hold every letter; use one with UTF8 (createdb --encoding UTF8 --template template0 NAME)");
        if (!reader.GetBoolean(1))
            return;

        throw reader.GetBoolean(2)
            ? new IngestionConfigurationException($"{target}: every transaction is read-only, because Options in the connection string sets default_transaction_read_only; leave that out")
            : PostgresErrors.ReadOnly();
    }
}
