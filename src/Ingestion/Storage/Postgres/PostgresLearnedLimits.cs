using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Keeps the learned limits in the table <c>runs</c>.</summary>
internal sealed class PostgresLearnedLimits(
    NpgsqlDataSource dataSource, SchemaName schema, OutageGuards outages, ILogger<PostgresLearnedLimits> logger) : ILearnedLimits
{
    private const string Find = "SELECT learned_limit FROM ingestion.runs WHERE upstream = $1 AND learned_limit IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1";
    private const string Store = "UPDATE ingestion.runs SET upstream = $2, learned_limit = $3 WHERE id = $1";

    public Task<int?> FindAsync(string upstream, CancellationToken cancellationToken) => outages.New(logger).RunAsync(async token =>
    {
        await using NpgsqlCommand command = dataSource.CreateCommand(schema.In(Find)).With(upstream);
        return (int?)await command.ExecuteScalarAsync(token);
    }, cancellationToken);

    public Task StoreAsync(Guid runId, string upstream, int limit, CancellationToken cancellationToken) => outages.New(logger).RunAsync(async token =>
    {
        await using NpgsqlCommand command = dataSource.CreateCommand(schema.In(Store)).With(runId).With(upstream).With(limit);
        return await command.ExecuteNonQueryAsync(token);
    }, cancellationToken);
}
