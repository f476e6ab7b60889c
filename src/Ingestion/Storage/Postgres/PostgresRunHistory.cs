using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Reads the table <c>runs</c>. It does not wait for a database that is away: somebody is looking at the screen.</summary>
internal sealed class PostgresRunHistory(NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema) : IRunHistory
{
    private static readonly string List =
        $"""
        SELECT
          run.id, run.source, run.strategy, run.degree_of_parallelism, run.status, run.requested, run.started_at, run.finished_at,
          coalesce(counts.ingested, run.ingested), coalesce(counts.unchanged, run.unchanged),
          coalesce(counts.not_found, run.not_found), coalesce(counts.failed, run.failed), run.upstream
        FROM (SELECT * FROM ingestion.runs WHERE $2::uuid IS NULL OR id = $2 ORDER BY started_at DESC, id DESC LIMIT $1) AS run
        LEFT JOIN LATERAL ({RunRows.CountOutcomes("run.id")}) AS counts ON run.status IN ('running', 'abandoned')
        ORDER BY run.started_at DESC, run.id DESC
        """;

    public Task<IReadOnlyList<RunRecord>> ListAsync(int limit, Guid? run, CancellationToken cancellationToken) => PostgresProblem.ExplainAsync<IReadOnlyList<RunRecord>>(async () =>
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        return await new NpgsqlCommand(schema.In(List), connection) { CommandTimeout = 0 }.With(limit).With(run).ReadAllAsync(Read, cancellationToken);
    }, target, schema);

    private static RunRecord Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetString(1),
        reader.IsDBNull(12) ? null : reader.GetString(12),
        reader.GetString(2),
        reader.GetInt32(3),
        Enum.Parse<RunStatus>(reader.GetString(4), ignoreCase: true),
        reader.IsDBNull(5) ? null : reader.GetInt64(5),
        RunRows.ReadCounts(reader, 8),
        reader.GetFieldValue<DateTimeOffset>(6),
        reader.IsDBNull(7) ? null : reader.GetFieldValue<DateTimeOffset>(7));
}
