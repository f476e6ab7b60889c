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

    public Task<History> PruneAsync(TimeSpan olderThan, TimeSpan? patience, CancellationToken cancellationToken) => WithConnectionAsync(
        async connection =>
        {
            long began = time.GetTimestamp();
            long runs = 0, outcomes = 0;
            (DateTime Time, Guid Run)? next = (DateTime.MinValue, Guid.Empty);
            do
            {
                (DateTime Time, Guid Run) after = next.Value;
                cancellationToken.ThrowIfCancellationRequested();
                await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
                await using NpgsqlCommand command = new NpgsqlCommand(schema.In(Prune), connection) { CommandTimeout = 0 }
                    .With(olderThan).With(DateTime.SpecifyKind(after.Time, DateTimeKind.Utc)).With(after.Run).With(MostRows);
                await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken))
                {
                    await reader.ReadAsync(cancellationToken);
                    (runs, outcomes) = (runs + reader.GetInt64(0), outcomes + reader.GetInt64(1));
                    next = reader.IsDBNull(3) ? null : (reader.GetDateTime(2), reader.GetGuid(3));
                }

                await transaction.CommitAsync(cancellationToken);
            }
            while (next is not null && !(time.GetElapsedTime(began) > patience));

            return new History(runs, outcomes, RunsKept: 0);
        },
        cancellationToken);

    public Task<History> FindAsync(TimeSpan olderThan, CancellationToken cancellationToken) => WithConnectionAsync(
        async connection =>
        {
            await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
            await using NpgsqlCommand command = new NpgsqlCommand(schema.In(Find), connection) { CommandTimeout = 0 }.With(olderThan);
            return (await command.ReadAllAsync(reader => new History(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)), cancellationToken))[0];
        },
        cancellationToken);

    private async Task<History> WithConnectionAsync(Func<NpgsqlConnection, Task<History>> ask, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
            return await ask(connection);
        }
        catch (Exception exception) when (PostgresErrors.Judge(exception) is not null)
        {
            throw PostgresProblem.Explain(exception, target, schema);
        }
    }
}
