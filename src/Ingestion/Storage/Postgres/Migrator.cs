using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Brings the schema to the version this program needs, over one connection.</summary>
internal sealed class Migrator(NpgsqlConnection connection, PostgresTarget target, SchemaName schema, Resource resource, ILogger logger)
{
    private const string Lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

    /// <summary>Not to_regclass(): it would say what was so when the transaction began, before the lock was waited for.</summary>
    private const string VersionsExist = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'schema_versions')";

    private const string Record =
        "INSERT INTO ingestion.schema_versions (version, name, applied_at, checksum) SELECT version, name, now(), checksum FROM unnest($1::int[], $2::text[], $3::text[]) AS applied (version, name, checksum)";

    /// <summary>Applies the scripts that are missing and makes the resource's table, in one transaction that has the lock; returns what was done here.</summary>
    /// <exception cref="IngestionConfigurationException">More rows than allowed would have to be rewritten.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(bool mayRewrite, CancellationToken cancellationToken)
    {
        var table = new ResourceTable(connection, target, schema, resource);
        if ((await FindMissingAsync(cancellationToken)).Count == 0 && (await table.FindChangesAsync(cancellationToken)).Count == 0)
            return [];

        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        List<string> applied = [.. await ApplyMissingAsync(cancellationToken), .. await table.ChangeAsync(mayRewrite, cancellationToken)];
        await transaction.CommitAsync(cancellationToken);
        foreach (string name in applied)
            StorageLog.MigrationApplied(logger, name);
        return applied;
    }

    /// <summary>Takes the lock and applies the scripts that are missing, in the transaction that is going on; returns what was done here.</summary>
    public async Task<IReadOnlyList<string>> ApplyMissingAsync(CancellationToken cancellationToken)
    {
        await new NpgsqlCommand(Lock, connection) { CommandTimeout = 0 }.With(schema.Lock("migrations")).RunAsync(cancellationToken);
        // Asked again: another program may have been faster.
        IReadOnlyList<Migration> missing = await FindMissingAsync(cancellationToken);
        bool isEmpty = missing is [{ Version: 1 }, ..];
        if (isEmpty)
            await BeginSchemaAsync(cancellationToken);
        foreach (Migration migration in isEmpty ? missing.Where(migration => !migration.IsInBaseline) : missing)
            await ExecuteAsync(schema.In(migration.Script), cancellationToken);
        await RecordAsync(missing, cancellationToken);
        return [.. missing.Select(migration => migration.Name)];
    }

    /// <summary>What is said where they are not applied.</summary>
    public IngestionConfigurationException Lacks(IReadOnlyList<Migration> missing) =>
        new($"{target}: the schema lacks version {missing[0].Version} ({missing[0].Name}); run the migrate command, or set Storage:MigrateOnStart to true");

    /// <summary>The scripts that are still to be applied.</summary>
    /// <exception cref="IngestionConfigurationException">The database is newer than the program, or was made by other scripts.</exception>
    public async Task<IReadOnlyList<Migration>> FindMissingAsync(CancellationToken cancellationToken)
    {
        Dictionary<int, string> applied = await ReadAppliedAsync(cancellationToken);
        int known = Migration.All[^1].Version;
        int newest = applied.Keys.DefaultIfEmpty().Max();
        if (newest > known)
            throw new IngestionConfigurationException($"{target}: the schema has version {newest}, this program knows versions up to {known}; use a newer program, or another database");

        foreach (Migration migration in Migration.All)
        {
            if (applied.TryGetValue(migration.Version, out string? checksum) && checksum != migration.Checksum)
                throw new IngestionConfigurationException($"{target}: the schema was made by another script {migration.Name} than this program has; use the program that made it, or another database");
        }

        return [.. Migration.All.Where(migration => !applied.ContainsKey(migration.Version))];
    }

    private async Task<Dictionary<int, string>> ReadAppliedAsync(CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(VersionsExist, cancellationToken))
            return [];

        return (await new NpgsqlCommand(schema.In("SELECT version, checksum FROM ingestion.schema_versions"), connection)
            .ReadAllAsync(reader => (Version: reader.GetInt32(0), Checksum: reader.GetString(1)), cancellationToken)).ToDictionary(applied => applied.Version, applied => applied.Checksum);
    }

    private async Task BeginSchemaAsync(CancellationToken cancellationToken)
    {
        // Asked first: CREATE SCHEMA IF NOT EXISTS wants the right to create one even if it is there, and an administrator may have created it for a user without that right.
        if (!await ExistsAsync("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", cancellationToken))
            await ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {schema.Quoted}", cancellationToken);
        await ExecuteAsync(schema.In(Migration.Baseline, resource), cancellationToken);
    }

    private Task<int> RecordAsync(IReadOnlyList<Migration> migrations, CancellationToken cancellationToken) => new NpgsqlCommand(schema.In(Record), connection)
        .With<int[]>([.. migrations.Select(migration => migration.Version)])
        .With<string[]>([.. migrations.Select(migration => migration.Name)])
        .With<string[]>([.. migrations.Select(migration => migration.Checksum)])
        .RunAsync(cancellationToken);

    private Task<bool> ExistsAsync(string query, CancellationToken cancellationToken) =>
        new NpgsqlCommand(query, connection).With(schema.Name).ReadOneAsync<bool>(cancellationToken);

    // Neither a script nor the wait for another program's script has a time limit.
    private Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        new NpgsqlCommand(sql, connection) { CommandTimeout = 0 }.RunAsync(cancellationToken);
}
