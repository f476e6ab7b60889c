using Ingestion.Items;
using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The statements on <c>ingestion.runs</c>. Each is a transaction of its own and may be repeated.</summary>
internal sealed class RunRows(SchemaName schema, Resource resource)
{
    /// <summary>The counts of the outcomes stored, as one row. Append a condition.</summary>
    public const string CountOutcomes =
        """
        SELECT
          count(*) FILTER (WHERE outcome = 'Ingested') AS ingested, count(*) FILTER (WHERE outcome = 'Unchanged') AS unchanged,
          count(*) FILTER (WHERE outcome = 'NotFound') AS not_found, count(*) FILTER (WHERE outcome = 'Failed') AS failed
        FROM ingestion.outcomes
        """;

    private const string TakeUp =
        """
        UPDATE ingestion.runs
        SET status = 'running', strategy = $2, degree_of_parallelism = $3, requested = $4, finished_at = NULL
        WHERE id = (
          SELECT id FROM ingestion.runs AS unfinished
          WHERE source = $1 AND upstream = $5 AND resource = $6 AND status IN ('running', 'stopped')
            AND (started_at >= now() - $7 OR finished_at >= now() - $7
              OR EXISTS (SELECT FROM ingestion.outcomes WHERE run_id = unfinished.id AND outcomes.finished_at >= now() - $7))
          ORDER BY started_at DESC, id DESC LIMIT 1)
        RETURNING id
        """;

    /// <summary>Whatever the process that had the lease meanwhile made of it, unless somebody began afresh.</summary>
    private const string TakeUpOwn = "UPDATE ingestion.runs SET status = 'running', finished_at = NULL WHERE id = $1 AND status <> 'abandoned'";

    private const string Begin =
        $"""
        WITH abandoned AS (
          UPDATE ingestion.runs SET status = 'abandoned', finished_at = coalesce(finished_at, now())
          WHERE source = $2 AND status IN ('running', 'stopped') AND id <> $1
          RETURNING id, upstream, resource), begun AS (
        {BeginShared})
        SELECT id, upstream, resource FROM abandoned
        """;

    private const string BeginShared =
        """
        INSERT INTO ingestion.runs (id, source, strategy, degree_of_parallelism, requested, upstream, resource, status, started_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', now())
        ON CONFLICT (id) DO NOTHING
        """;

    /// <summary>A page of what a run has done, as one row: so the server and this process hold a page at most, and the rows need not be sent one by one.</summary>
    private const string ReadPage =
        """
        SELECT
          array_agg(item_id), max(item_id),
          count(*) FILTER (WHERE outcome = 'Ingested'), count(*) FILTER (WHERE outcome = 'Unchanged'),
          count(*) FILTER (WHERE outcome = 'NotFound'), count(*) FILTER (WHERE outcome = 'Failed')
        FROM (
          SELECT item_id, outcome FROM ingestion.outcomes
          WHERE run_id = $1 AND item_id > $2 ORDER BY item_id LIMIT 100000) AS page
        """;

    /// <summary>While the statistics do not know the run's rows yet, the server would sort all of them for every page.</summary>
    private const string ReadInOrder = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off";

    /// <summary>
    /// Resolves here what failed before the run and not in it, instead of with every commit, which would have to look for it; yet not on the word of a run that
    /// found nothing at all: its upstream may be another. What was
    /// requested was an estimate until now, but for a list of IDs.
    /// </summary>
    private const string Close =
        $"""
        WITH resolved AS (
          UPDATE ingestion.outcomes AS failure SET resolved_at = now(), resolved_by = $1
          FROM ingestion.outcomes AS success
          WHERE failure.outcome = 'Failed' AND failure.resolved_at IS NULL
            AND success.run_id = $1 AND success.item_id = failure.item_id
            AND success.outcome <> 'Failed' AND success.finished_at >= failure.finished_at
            AND EXISTS (SELECT FROM ingestion.outcomes AS found WHERE found.run_id = $1 AND found.outcome IN ('Ingested', 'Unchanged')))
        UPDATE ingestion.runs AS run
        SET status = $2, finished_at = CASE WHEN $2 <> 'running' THEN now() END,
          requested = CASE WHEN $2 = 'finished' AND run.source NOT LIKE 'ids:%' THEN counts.ingested + counts.unchanged + counts.not_found + counts.failed ELSE run.requested END,
          ingested = counts.ingested, unchanged = counts.unchanged, not_found = counts.not_found, failed = counts.failed
        FROM ({CountOutcomes} WHERE run_id = $1) AS counts
        WHERE run.id = $1
        RETURNING run.ingested, run.unchanged, run.not_found, run.failed
        """;

    private const string CloseShared =
        """
        UPDATE ingestion.runs SET status = $2, finished_at = now(), ingested = $3, unchanged = $4, not_found = $5, failed = $6 WHERE id = $1
        """;

    /// <summary>The jobs of the same queue that have an outcome for all they requested.</summary>
    private const string FinishJobs =
        $"""
        UPDATE ingestion.runs AS job
        SET status = 'finished', finished_at = now(),
          ingested = counts.ingested, unchanged = counts.unchanged, not_found = counts.not_found, failed = counts.failed
        FROM ingestion.runs AS waiting
        CROSS JOIN LATERAL ({CountOutcomes} WHERE run_id = waiting.id) AS counts
        WHERE waiting.source = (SELECT 'job:' || source FROM ingestion.runs WHERE id = $1) AND waiting.status = 'running' AND waiting.requested IS NOT NULL
          AND counts.ingested + counts.unchanged + counts.not_found + counts.failed >= waiting.requested
          AND job.id = waiting.id
        """;

    /// <summary>Sets the newest unfinished run over the source, the resource and the upstream to running; null when there is none that is young enough.</summary>
    public async Task<Guid?> TakeUpAsync(NpgsqlConnection connection, RunStart start, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(schema.In(TakeUp), connection) { CommandTimeout = 0 };
        AddStart(command, start);
        command.With(start.ResumeWithin);
        return (Guid?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Sets a run to running that this process was carrying out before; false when it was abandoned.</summary>
    public async Task<bool> TakeUpOwnAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(schema.In(TakeUpOwn), connection);
        command.With(id);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Adds a run, and sets those over the same source that never finished to abandoned, unless others share the source. Returns these, with their upstreams.</summary>
    public async Task<IReadOnlyList<(Guid Id, string? Upstream, string? Resource)>> BeginAsync(NpgsqlConnection connection, Guid id, RunStart start, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(schema.In(start.IsShared ? BeginShared : Begin), connection);
        command.With(id);
        AddStart(command, start);
        List<(Guid Id, string? Upstream, string? Resource)> abandoned = [];
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            abandoned.Add((reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)));
        return abandoned;
    }

    public async Task<OpenedRun> ReadCompletedAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        var completed = new IdSet();
        var counts = default(OutcomeCounts);
        ItemKey after = ItemKeys.Least(resource.HasTextKeys);
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        await using (var settings = new NpgsqlCommand(ReadInOrder, connection))
            await settings.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand(schema.In(ReadPage), connection) { CommandTimeout = 0 };
        command.With(id);
        command.Parameters.Add(ItemKeys.Parameter(after, resource.HasTextKeys));
        while (true)
        {
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (reader.IsDBNull(0))
                return new OpenedRun(id, IsResumed: true, completed, counts);

            foreach (ItemKey done in ItemKeys.ReadArray(reader, 0, resource.HasTextKeys))
                completed.Add(done);
            command.Parameters[1] = ItemKeys.Parameter(ItemKeys.Read(reader, 1, resource.HasTextKeys), resource.HasTextKeys);
            counts = counts.Plus(ReadCounts(reader, 2));
        }
    }

    public async Task<OutcomeCounts> CloseAsync(NpgsqlConnection connection, Guid id, RunStatus status, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        await using var command = new NpgsqlCommand(schema.In(Close), connection) { CommandTimeout = 0 };
        command.With(id);
        command.With(status.ToString().ToLowerInvariant());
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        OutcomeCounts counts = await reader.ReadAsync(cancellationToken)
            ? ReadCounts(reader, 0)
            : throw new InvalidOperationException($"run {id} is not in {schema}.runs any more");
        await reader.CloseAsync();
        await transaction.CommitAsync(cancellationToken);
        return counts;
    }

    /// <summary>Closes a run over a source that others share, and the jobs that are done.</summary>
    public async Task CloseSharedAsync(NpgsqlConnection connection, Guid id, RunStatus status, OutcomeCounts counts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(schema.In(CloseShared), connection);
        command.With(id);
        command.With(status.ToString().ToLowerInvariant());
        foreach (long count in (ReadOnlySpan<long>)[counts.Ingested, counts.Unchanged, counts.NotFound, counts.Failed])
            command.With<long>(count);
        await command.ExecuteNonQueryAsync(cancellationToken);

        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        await using var finish = new NpgsqlCommand(schema.In(FinishJobs), connection) { CommandTimeout = 0 };
        finish.With(id);
        await finish.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public static OutcomeCounts ReadCounts(NpgsqlDataReader reader, int first) =>
        new(reader.GetInt64(first), reader.GetInt64(first + 1), reader.GetInt64(first + 2), reader.GetInt64(first + 3));

    private static void AddStart(NpgsqlCommand command, RunStart start)
    {
        command.With(start.Source);
        command.With(start.Strategy);
        command.With(start.DegreeOfParallelism);
        command.With<long?>(start.Requested);
        command.With(start.Upstream);
        command.With(start.Resource);
    }
}
