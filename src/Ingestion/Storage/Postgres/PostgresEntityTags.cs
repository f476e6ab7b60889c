using Ingestion.Items;
using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Reads the entity tags in the table of records, by primary key.</summary>
internal sealed class PostgresEntityTags(
    NpgsqlDataSource dataSource,
    PostgresTarget target,
    SchemaName schema,
    Resource resource,
    IOptions<TransformOptions> transform,
    StorageHealth health,
    TimeProvider time,
    ILogger<PostgresEntityTags> logger) : IKnownEntityTags
{
    private const string AnyStored = "SELECT EXISTS (SELECT FROM ingestion.records)";
    private const string Find = "SELECT id, etag FROM ingestion.records WHERE id = ANY ($1) AND fingerprint_iterations = $2 AND etag IS NOT NULL";

    public Task<bool> AnyStoredAsync(CancellationToken cancellationToken) => NewGuard().RunAsync(async token =>
    {
        await using NpgsqlCommand command = dataSource.CreateCommand(schema.In(AnyStored, resource));
        return (bool)(await command.ExecuteScalarAsync(token))!;
    }, cancellationToken);

    public Task<IReadOnlyDictionary<ItemKey, string>> FindAsync(IReadOnlyList<ItemKey> ids, CancellationToken cancellationToken) =>
        NewGuard().RunAsync<IReadOnlyDictionary<ItemKey, string>>(async token =>
        {
            await using NpgsqlCommand command = dataSource.CreateCommand(schema.In(Find, resource));
            command.Parameters.Add(ItemKeys.Parameter(ids, resource.HasTextKeys));
            command.With(transform.Value.FingerprintIterations);
            return (await command.ReadAllAsync(reader => (Key: ItemKeys.Read(reader, 0, resource.HasTextKeys), Tag: reader.GetString(1)), token)).ToDictionary(row => row.Key, row => row.Tag);
        }, cancellationToken);

    private OutageGuard NewGuard() => new(target, dataSource, health, time, logger);
}
