using Ingestion.Items;
using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Reads the entity tags in the table <c>characters</c>, by primary key.</summary>
internal sealed class PostgresEntityTags(
    NpgsqlDataSource dataSource,
    PostgresTarget target,
    SchemaName schema,
    IOptions<TransformOptions> transform,
    StorageHealth health,
    TimeProvider time,
    ILogger<PostgresEntityTags> logger) : IKnownEntityTags
{
    private const string AnyStored = "SELECT EXISTS (SELECT FROM ingestion.characters)";
    private const string Find = "SELECT id, etag FROM ingestion.characters WHERE id = ANY ($1) AND fingerprint_iterations = $2 AND etag IS NOT NULL";

    public Task<bool> AnyStoredAsync(CancellationToken cancellationToken) => NewGuard().RunAsync(async token =>
    {
        await using NpgsqlCommand command = dataSource.CreateCommand(schema.In(AnyStored));
        return (bool)(await command.ExecuteScalarAsync(token))!;
    }, cancellationToken);

    public Task<IReadOnlyDictionary<ItemKey, string>> FindAsync(IReadOnlyList<ItemKey> ids, CancellationToken cancellationToken) =>
        NewGuard().RunAsync<IReadOnlyDictionary<ItemKey, string>>(async token =>
        {
            var tags = new Dictionary<ItemKey, string>();
            await using NpgsqlCommand command = dataSource.CreateCommand(schema.In(Find));
            command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. ids.Select(id => (int)id.Number)] });
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = transform.Value.FingerprintIterations });
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(token);
            while (await reader.ReadAsync(token))
                tags.Add(reader.GetInt32(0), reader.GetString(1));
            return tags;
        }, cancellationToken);

    private OutageGuard NewGuard() => new(target, dataSource, health, time, logger);
}
