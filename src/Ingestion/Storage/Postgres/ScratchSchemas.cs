using Ingestion.Configuration;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Scratch schemas are called <c>ingestion_compare_{process}_{number}</c>. Each process holds a lock on its own ID for as long as it lives: where the
/// lock can be had, the schemas are left over.
/// </summary>
internal sealed class ScratchSchemas(
    PostgresSchema server,
    LockConnections locks,
    NpgsqlDataSource dataSource,
    PostgresTarget target,
    StorageHealth health,
    TimeProvider time,
    ILogger<ScratchSchemas> logger) : IScratchSchemas
{
    private const string Prefix = "ingestion_compare";
    private const string MayCreate = "SELECT has_database_privilege(current_database(), 'CREATE')";

    /// <summary>Only what this program calls like that, and the user may drop.</summary>
    private const string FindOwners =
        $"SELECT DISTINCT split_part(nspname, '_', 3) FROM pg_namespace WHERE nspname ~ '^{Prefix}_[0-9a-f]+_[0-9]+$' AND pg_has_role(nspowner, 'USAGE')";

    private const string Find = $"SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname ~ ('^{Prefix}_' || $1 || '_[0-9]+$')";

    /// <summary>Until the end of the transaction.</summary>
    private const string TryLock = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))";

    /// <summary>Whatever <c>Storage:Schema</c> says: all of them look after each other.</summary>
    private static readonly SchemaName Common = new(Prefix);

    public async Task<IScratchSpace> ClaimAsync(CancellationToken cancellationToken)
    {
        await server.WaitForServerAsync(RequireRightsAsync, cancellationToken);
        string id = Guid.NewGuid().ToString("N")[..12];
        var lease = new SourceLease(id, Common, locks, NewGuard(), time, logger);
        try
        {
            await lease.AcquireAsync(cancellationToken);
            await server.WaitForServerAsync(DropLeftOversAsync, cancellationToken);
            return new ScratchSpace(this, id, $"{Prefix}_{id}_", lease, time, logger);
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    /// <summary>Drops the schemas of a process, however often the server goes away meanwhile.</summary>
    public Task<int> DropAsync(string id, CancellationToken cancellationToken) => NewGuard().RunAsync(
        async token =>
        {
            await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(token);
            return await DropAsync(connection, id, token);
        },
        cancellationToken);

    private async Task<bool> RequireRightsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(MayCreate, connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!
            ? true
            : throw new IngestionConfigurationException(
                $"{target}: user {target.User} may not create schemas, and every measurement needs one of its own; GRANT CREATE ON DATABASE {target.Database} TO {target.User}, or connect as the owner of the schema");
    }

    private async Task<bool> DropLeftOversAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (string owner in await ReadAsync(connection, FindOwners, null, cancellationToken))
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var command = new NpgsqlCommand(TryLock, connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Common.Lock(SourceLease.What(owner)) });
            if (!(bool)(await command.ExecuteScalarAsync(cancellationToken))!)
                continue;

            int dropped = await DropAsync(connection, owner, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            if (dropped > 0)
                StorageLog.LeftOversDropped(logger, dropped);
        }

        return true;
    }

    private static async Task<int> DropAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken)
    {
        List<string> schemas = await ReadAsync(connection, Find, id, cancellationToken);
        foreach (string schema in schemas)
        {
            await using var command = new NpgsqlCommand($"DROP SCHEMA IF EXISTS {schema} CASCADE", connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return schemas.Count;
    }

    private static async Task<List<string>> ReadAsync(NpgsqlConnection connection, string query, string? parameter, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await using var command = new NpgsqlCommand(query, connection);
        if (parameter is not null)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = parameter });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }

    private OutageGuard NewGuard() => new(target, dataSource, health, time, logger);
}
