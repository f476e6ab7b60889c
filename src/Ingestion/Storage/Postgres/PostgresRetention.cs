using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Removes history through the function <c>prune</c>, which has the rights of the owner of the tables: the worker's own role may delete nothing.</summary>
internal sealed class PostgresRetention(NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema, TimeProvider time) : IRetention
{
    /// <summary>Rows of a table in one transaction: some milliseconds.</summary>
    private const int MostRows = 2_000;

    private const string Prune = "SELECT removed_runs, removed_outcomes, next_time, next_run FROM ingestion.prune($1, $2, $3, $4)";

    private const string Unresolved = "outcome = 'Failed' AND resolved_at IS NULL";

    private const string Find =
        $"""
        SELECT count(*) FILTER (WHERE NOT is_kept), coalesce(sum(outcomes), 0)::bigint, count(*) FILTER (WHERE is_kept)
        FROM (
          SELECT
            EXISTS (SELECT FROM ingestion.item_outcomes WHERE run_id = run.id AND {Unresolved}) AS is_kept,
            (SELECT count(*) FROM ingestion.item_outcomes WHERE run_id = run.id AND NOT ({Unresolved}))
              + (SELECT coalesce(sum(coalesce(cardinality(ingested), 0) + coalesce(cardinality(unchanged), 0) + coalesce(cardinality(not_found), 0)), 0)
                 FROM ingestion.commit_outcomes WHERE run_id = run.id) AS outcomes
          FROM ingestion.runs AS run
          WHERE status IN ('finished', 'abandoned') AND finished_at < now() - $1) AS old
        """;

    public Task<History> PruneAsync(TimeSpan olderThan, TimeSpan? patience, CancellationToken cancellationToken) => PostgresProblem.ExplainAsync(async () =>
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        long began = time.GetTimestamp();
        History gone = default;
        (DateTime Time, Guid Run)? next = (DateTime.MinValue, Guid.Empty);
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
            (DateTime after, Guid run) = next.Value;
            (History removed, next) = (await new NpgsqlCommand(schema.In(Prune), connection) { CommandTimeout = 0 }
                .With(olderThan).With(DateTime.SpecifyKind(after, DateTimeKind.Utc)).With(run).With(MostRows)
                .ReadAllAsync(
                    reader => (
                        new History(reader.GetInt64(0), reader.GetInt64(1), RunsKept: 0),
                        reader.IsDBNull(3) ? default((DateTime, Guid)?) : (reader.GetDateTime(2), reader.GetGuid(3))),
                    cancellationToken))[0];
            gone = new History(gone.Runs + removed.Runs, gone.Outcomes + removed.Outcomes, RunsKept: 0);
            await transaction.CommitAsync(cancellationToken);
        }
        while (next is not null && !(time.GetElapsedTime(began) > patience));

        // For the next time: what is left of a job that is closed as too old is ingested all the same.
        await RunRows.CloseJobsAsync(connection, schema, runId: null, olderThan, cancellationToken);
        return gone;
    }, target, schema);

    public Task<History> FindAsync(TimeSpan olderThan, CancellationToken cancellationToken) => PostgresProblem.ExplainAsync(async () =>
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        return (await new NpgsqlCommand(schema.In(Find), connection) { CommandTimeout = 0 }.With(olderThan)
            .ReadAllAsync(reader => new History(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)), cancellationToken))[0];
    }, target, schema);
}
