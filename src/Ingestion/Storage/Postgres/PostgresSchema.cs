using Ingestion.Configuration;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Waits for the server at start and makes sure that the schema can be used.</summary>
internal sealed class PostgresSchema(
    NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema, IOptions<StorageOptions> options, StorageHealth health, TimeProvider time, ILogger<PostgresSchema> logger)
    : ISchema
{
    private const int OldestServer = 13;
    private static readonly TimeSpan AttemptInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    public Task EnsureReadyAsync(CancellationToken cancellationToken) => WaitForServerAsync(CheckAsync, cancellationToken);

    public Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => WaitForServerAsync(MigrateOnceAsync, cancellationToken);

    private async Task<bool> CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (options.Value.MigrateOnStart)
            await MigrateOnceAsync(connection, cancellationToken);
        else if (await new Migrator(connection, target, schema, logger).FindMissingAsync(cancellationToken) is [Migration missing, ..])
            throw new IngestionConfigurationException($"{target}: the schema lacks version {missing.Version} ({missing.Name}); run the migrate command, or set Storage:MigrateOnStart to true");

        await Privileges.CheckAsync(connection, target, schema, cancellationToken);
        if (!options.Value.TransactionPooling)
            await ConnectionBudget.CheckAsync(connection, target, options.Value.Workers, logger, cancellationToken);
        return true;
    }

    private async Task<IReadOnlyList<string>> MigrateOnceAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await new Migrator(connection, target, schema, logger).MigrateAsync(cancellationToken);

    /// <summary>Repeats the work while the server is away, but not for longer than <c>Storage:StartupTimeout</c>. Every script is a transaction, so what was done stays done.</summary>
    public async Task<T> WaitForServerAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan nextLog = TimeSpan.Zero;
        while (true)
        {
            try
            {
                T result = await OutageGuard.AttemptAsync(token => ConnectAsync(work, token), cancellationToken);
                health.ReportReachable();
                return result;
            }
            catch (Exception exception) when (IsWorthWaiting(exception))
            {
                TimeSpan waited = time.GetElapsedTime(started);
                health.ReportUnreachable(PostgresErrors.Describe(exception));
                if (waited >= options.Value.StartupTimeout)
                    throw PostgresProblem.NotReachable(exception, target, options.Value.StartupTimeout);

                if (waited >= nextLog)
                {
                    StorageLog.WaitingForServer(logger, target.Server, PostgresErrors.Describe(exception));
                    nextLog = waited + LogInterval;
                }
            }
            catch (Exception exception) when (exception is NpgsqlException or NotSupportedException)
            {
                throw PostgresProblem.Explain(exception, target, schema);
            }

            await Task.Delay(AttemptInterval, time, cancellationToken);
        }
    }

    private async Task<T> ConnectAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await CheckServerAsync(connection, cancellationToken);
        return await work(connection, cancellationToken);
    }

    /// <summary>A replica does not become the primary by waiting; at start that is a wrong address.</summary>
    private static bool IsWorthWaiting(Exception exception) =>
        PostgresErrors.IsTransient(exception) && exception is not PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    private async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
            throw new IngestionConfigurationException($"{target}: the server is PostgreSQL {connection.PostgreSqlVersion}, version {OldestServer} or newer is needed; upgrade it or use another one");

        await using var command = new NpgsqlCommand("SELECT current_setting('transaction_read_only')::boolean", connection);
        if ((bool)(await command.ExecuteScalarAsync(cancellationToken))!)
            throw new IngestionConfigurationException($"{target}: the server is read-only (a replica, or default_transaction_read_only is on); connect to the primary server");
    }
}
