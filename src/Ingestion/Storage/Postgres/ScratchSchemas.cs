using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Scratch schemas are called <c>ingestion_compare_{process}_{number}</c>. Each process holds a lock on its own ID for as long as it lives: where the
/// lock can be had, the schemas are left over.
/// </summary>
internal sealed class ScratchSchemas(
    PostgresSchema server, LockConnections locks, NpgsqlDataSource dataSource, PostgresTarget target, OutageGuards outages, TimeProvider time, ILogger<ScratchSchemas> logger)
    : IScratchSchemas
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

    /// <summary>Dropping takes milliseconds; a server that is away for longer leaves it to the next process.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<IScratchSpace> ClaimAsync(CancellationToken cancellationToken)
    {
        await server.WaitForServerAsync(RequireRightsAsync, cancellationToken);
        string id = Guid.NewGuid().ToString("N")[..12];
        var lease = new SourceLease(id, Common, locks, outages.New(logger), time, logger);
        try
        {
            await lease.AcquireAsync(cancellationToken);
            await server.WaitForServerAsync(DropLeftOversAsync, cancellationToken);
            return new Space(this, id, lease);
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    private async Task<bool> RequireRightsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        return await new NpgsqlCommand(MayCreate, connection).ReadOneAsync<bool>(cancellationToken)
            ? true
            : throw new IngestionConfigurationException(
                $"{target}: user {target.User} may not create schemas, and every measurement needs a separate one; GRANT CREATE ON DATABASE {target.Database} TO {target.User}, or connect as the owner of the schema");
    }

    private async Task<bool> DropLeftOversAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (string owner in await new NpgsqlCommand(FindOwners, connection).ReadAllAsync(reader => reader.GetString(0), cancellationToken))
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (!await new NpgsqlCommand(TryLock, connection).With(Common.Lock(SourceLease.What(owner))).ReadOneAsync<bool>(cancellationToken))
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
        List<string> schemas = await new NpgsqlCommand(Find, connection).With(id).ReadAllAsync(reader => reader.GetString(0), cancellationToken);
        foreach (string schema in schemas)
            await new NpgsqlCommand($"DROP SCHEMA IF EXISTS {schema} CASCADE", connection).RunAsync(cancellationToken);
        return schemas.Count;
    }

    /// <summary>Drops the schemas of a process, however often the server goes away meanwhile.</summary>
    private async Task DropAllAsync(string id)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await outages.New(logger).RunAsync(async token =>
            {
                await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(token);
                return await DropAsync(connection, id, token);
            }, patience.Token);
        }
        catch (OperationCanceledException)
        {
            StorageLog.ScratchNotDropped(logger, $"{Prefix}_{id}_");
        }
    }

    /// <summary>The scratch schemas of this process, and the lock that says that it lives.</summary>
    private sealed class Space(ScratchSchemas all, string id, SourceLease lease) : IScratchSpace
    {
        private int _count;

        public string NextName() => $"{Prefix}_{id}_{++_count}";

        public Task DropAllAsync() => all.DropAllAsync(id);

        public async ValueTask DisposeAsync()
        {
            try
            {
                await DropAllAsync();
            }
            finally
            {
                await lease.DisposeAsync();
            }
        }
    }
}
