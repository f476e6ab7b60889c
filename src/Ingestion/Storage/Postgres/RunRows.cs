using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The statements on <c>ingestion.runs</c>. Each is a separate transaction and may be repeated.</summary>
internal sealed class RunRows(SchemaName schema, Resource resource)
{
    private const string TakeUp =
        """
        UPDATE ingestion.runs
        SET status = 'running', strategy = $2, degree_of_parallelism = $3, requested = $4, finished_at = NULL, owner = $8, epoch = epoch + 1
        WHERE id = (
          SELECT id FROM ingestion.runs AS unfinished
          WHERE source = $1 AND upstream = $5 AND resource = $6 AND status IN ('running', 'stopped')
            AND (started_at >= now() - $7 OR finished_at >= now() - $7
              OR EXISTS (SELECT FROM ingestion.item_outcomes AS item WHERE run_id = unfinished.id AND item.finished_at >= now() - $7)
              OR EXISTS (SELECT FROM ingestion.commit_outcomes AS done WHERE run_id = unfinished.id AND done.finished_at >= now() - $7))
          ORDER BY started_at DESC, id DESC LIMIT 1)
        RETURNING id
        """;

    /// <summary>Whatever the process that had the lease meanwhile made of it, unless somebody began another run.</summary>
    private const string TakeUpOwn = "UPDATE ingestion.runs SET status = 'running', finished_at = NULL, owner = $2, epoch = epoch + 1 WHERE id = $1 AND status <> 'abandoned'";

    private const string Begin =
        $"""
        WITH abandoned AS (
          UPDATE ingestion.runs SET status = 'abandoned', finished_at = coalesce(finished_at, now()), owner = NULL
          WHERE source = $2 AND status IN ('running', 'stopped') AND id <> $1
          RETURNING id, upstream, resource), begun AS (
        {BeginShared})
        SELECT id, upstream, resource FROM abandoned
        """;

    private const string BeginShared =
        """
        INSERT INTO ingestion.runs (id, source, strategy, degree_of_parallelism, requested, upstream, resource, status, started_at, owner)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', now(), $8)
        ON CONFLICT (id) DO NOTHING
        """;

    /// <summary>
    /// Resolves here what failed before the run and not in it, instead of with every commit, which would have to look for it; yet not on the word of a run that
    /// found nothing at all: its upstream may be another. How many IDs were requested was
    /// an estimate until now, but for a list of IDs.
    /// </summary>
    private static readonly string Close =
        $"""
        WITH resolved AS (
          UPDATE ingestion.item_outcomes AS failure SET resolved_at = now(), resolved_by = $1
          FROM ingestion.item_outcomes AS success
          WHERE failure.outcome = 'Failed' AND failure.resolved_at IS NULL
            AND success.run_id = $1 AND success.item_id = failure.item_id
            AND success.outcome <> 'Failed' AND success.finished_at >= failure.finished_at
            AND {AnyFound}) RESOLVED
        UPDATE ingestion.runs AS run
        SET status = $2, finished_at = CASE WHEN $2 <> 'running' THEN now() END,
          requested = CASE WHEN $2 = 'finished' AND run.source NOT LIKE 'ids:%' THEN counts.ingested + counts.unchanged + counts.not_found + counts.failed ELSE run.requested END,
          ingested = counts.ingested, unchanged = counts.unchanged, not_found = counts.not_found, failed = counts.failed
        FROM ({CountOutcomes("$1")}) AS counts
        WHERE run.id = $1
        RETURNING run.ingested, run.unchanged, run.not_found, run.failed
        """;

    private const string AnyFound =
        """
        (EXISTS (SELECT FROM ingestion.item_outcomes WHERE run_id = $1 AND outcome IN ('Ingested', 'Unchanged'))
          OR EXISTS (SELECT FROM ingestion.commit_outcomes WHERE run_id = $1 AND coalesce(ingested, unchanged) IS NOT NULL))
        """;

    /// <summary>The same for what is in the rows of commits, for integer keys: only those rows are opened in whose range something failed.</summary>
    private const string ResolvedByCommits =
        $"""
        , done AS MATERIALIZED (
          SELECT item_id, finished_at
          FROM ingestion.commit_outcomes CROSS JOIN LATERAL unnest(ingested || unchanged || not_found) AS item_id
          WHERE run_id = $1 AND {AnyFound} AND EXISTS (
            SELECT FROM ingestion.item_outcomes AS failure
            WHERE outcome = 'Failed' AND resolved_at IS NULL AND failure.item_id BETWEEN first_item AND least(first_item, 9223372036854771712) + 4095 OFFSET 0)
        ), resolved_by_commits AS (
          UPDATE ingestion.item_outcomes AS failure SET resolved_at = now(), resolved_by = $1
          FROM done
          WHERE failure.outcome = 'Failed' AND failure.resolved_at IS NULL AND done.item_id = failure.item_id AND done.finished_at >= failure.finished_at)
        """;

    private const string CloseShared =
        """
        UPDATE ingestion.runs SET status = $2, finished_at = now(), ingested = $3, unchanged = $4, not_found = $5, failed = $6 WHERE id = $1
        """;

    /// <summary>
    /// Closes jobs, of the queue of a run ($1) or of all queues (null): those that have an outcome for all they requested are finished, and those that stored nothing for so long ($2; null: however
    /// long) are abandoned. They ended with their last outcome.
    /// </summary>
    private static readonly string CloseJobs =
        $"""
        UPDATE ingestion.runs AS job
        SET status = CASE WHEN done.total >= waiting.requested THEN 'finished' ELSE 'abandoned' END, finished_at = latest.stored_at,
          ingested = done.ingested, unchanged = done.unchanged, not_found = done.not_found, failed = done.failed
        FROM ingestion.runs AS waiting
        CROSS JOIN LATERAL (SELECT counts.*, counts.ingested + counts.unchanged + counts.not_found + counts.failed AS total FROM ({CountOutcomes("waiting.id")}) AS counts) AS done
        CROSS JOIN LATERAL (SELECT coalesce(max(finished_at), waiting.started_at) AS stored_at FROM ingestion.item_outcomes WHERE run_id = waiting.id) AS latest
        WHERE waiting.status = 'running' AND CASE WHEN $1 IS NULL THEN waiting.source LIKE 'job:%' ELSE waiting.source = (SELECT 'job:' || source FROM ingestion.runs WHERE id = $1) END
          AND job.id = waiting.id AND (done.total >= waiting.requested OR latest.stored_at < now() - $2)
        """;

    /// <summary>The query for the counts of the outcomes that a run has, as one row. The run is an expression.</summary>
    public static string CountOutcomes(string run) =>
        $"""
        SELECT
          items.ingested + commits.ingested AS ingested, items.unchanged + commits.unchanged AS unchanged, items.not_found + commits.not_found AS not_found, items.failed
        FROM (
          SELECT
            count(*) FILTER (WHERE outcome = 'Ingested') AS ingested, count(*) FILTER (WHERE outcome = 'Unchanged') AS unchanged,
            count(*) FILTER (WHERE outcome = 'NotFound') AS not_found, count(*) FILTER (WHERE outcome = 'Failed') AS failed
          FROM ingestion.item_outcomes WHERE run_id = {run}) AS items
        CROSS JOIN (
          SELECT
            coalesce(sum(cardinality(ingested)), 0) AS ingested, coalesce(sum(cardinality(unchanged)), 0) AS unchanged, coalesce(sum(cardinality(not_found)), 0) AS not_found
          FROM ingestion.commit_outcomes WHERE run_id = {run}) AS commits
        """;

    /// <summary>Marks the rows of the runs that this process carries out.</summary>
    public Guid Process { get; } = Guid.NewGuid();

    /// <summary>Sets the newest unfinished run over the source, the resource and the upstream to running; null when there is none that is young enough.</summary>
    public Task<Guid?> TakeUpAsync(NpgsqlConnection connection, RunStart start, CancellationToken cancellationToken) =>
        With(NewCommand(connection, TakeUp), start).With(start.ResumeWithin).With(Process).ReadOneAsync<Guid?>(cancellationToken);

    /// <summary>Sets a run to running that this process was carrying out before; false when it was abandoned.</summary>
    public async Task<bool> TakeUpOwnAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        await new NpgsqlCommand(schema.In(TakeUpOwn), connection).With(id).With(Process).RunAsync(cancellationToken) == 1;

    /// <summary>Adds a run, and sets those over the same source that never finished to abandoned, unless others share the source. Returns these, with their upstreams.</summary>
    public Task<List<(Guid Id, string? Upstream, string? Resource)>> BeginAsync(NpgsqlConnection connection, Guid id, RunStart start, CancellationToken cancellationToken) =>
        With(new NpgsqlCommand(schema.In(start.IsShared ? BeginShared : Begin), connection).With(id), start).With(Process).ReadAllAsync(
            reader => (reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)), cancellationToken);

    public async Task<OutcomeCounts> CountAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        return (await NewCommand(connection, CountOutcomes("$1")).With(id).ReadAllAsync(reader => ReadCounts(reader, 0), cancellationToken))[0];
    }

    public async Task<OutcomeCounts> CloseAsync(NpgsqlConnection connection, Guid id, RunStatus status, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        List<OutcomeCounts> closed = await NewCommand(connection, Close.Replace("RESOLVED", resource.HasTextKeys ? "" : ResolvedByCommits, StringComparison.Ordinal))
            .With(id).With(Name(status)).ReadAllAsync(reader => ReadCounts(reader, 0), cancellationToken);
        if (closed is not [var counts])
            throw new InvalidOperationException($"run {id} is not in {schema}.runs any more");
        await transaction.CommitAsync(cancellationToken);
        return counts;
    }

    /// <summary>Closes a run over a source that others share, and the jobs that are done.</summary>
    public async Task CloseSharedAsync(NpgsqlConnection connection, Guid id, RunStatus status, OutcomeCounts counts, CancellationToken cancellationToken)
    {
        await new NpgsqlCommand(schema.In(CloseShared), connection).With(id).With(Name(status))
            .With(counts.Ingested).With(counts.Unchanged).With(counts.NotFound).With(counts.Failed).RunAsync(cancellationToken);
        await CloseJobsAsync(connection, schema, id, idleFor: null, cancellationToken);
    }

    /// <summary>Closes the jobs that are done: of the queue of a run, or of all queues, those too that stored nothing for so long.</summary>
    public static async Task CloseJobsAsync(NpgsqlConnection connection, SchemaName schema, Guid? runId, TimeSpan? idleFor, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        await new NpgsqlCommand(schema.In(CloseJobs), connection) { CommandTimeout = 0 }.With(runId).With(idleFor).RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public static OutcomeCounts ReadCounts(NpgsqlDataReader reader, int first) =>
        new(reader.GetInt64(first), reader.GetInt64(first + 1), reader.GetInt64(first + 2), reader.GetInt64(first + 3));

    private NpgsqlCommand NewCommand(NpgsqlConnection connection, string sql) => new(schema.In(sql), connection) { CommandTimeout = 0 };

    private static string Name(RunStatus status) => status.ToString().ToLowerInvariant();

    private static NpgsqlCommand With(NpgsqlCommand command, RunStart start) => command
        .With(start.Source).With(start.Strategy).With(start.DegreeOfParallelism).With<long?>(start.Requested).With(start.Upstream).With(start.Resource);
}
