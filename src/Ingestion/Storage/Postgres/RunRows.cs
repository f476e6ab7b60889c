using Ingestion.Items;
using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The statements on <c>ingestion.runs</c>, and what is asked of a run's items. Each is a transaction of its own and may be repeated.</summary>
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

    private const string AnyStored = "SELECT EXISTS (SELECT FROM ingestion.records)";

    /// <summary>Each item by primary key: OFFSET keeps the look-ups from becoming a join, which would read a table from end to end whose statistics are older than its rows.</summary>
    private const string DoneOfEach =
        "LEFT JOIN LATERAL (SELECT outcome, error FROM ingestion.outcomes WHERE outcomes.run_id = item.run_id AND item_id = item.id OFFSET 0) AS done ON true";

    /// <summary>All items of a range ($4 to $5) at once, at a third of the cost: a run that is resumed mostly meets what is done.</summary>
    private const string DoneInRange =
        "LEFT JOIN (SELECT item_id, outcome, error FROM ingestion.outcomes WHERE outcomes.run_id = ($2)[1] AND item_id BETWEEN $4 AND $5 OFFSET 0) AS done ON done.item_id = item.id";

    /// <summary>
    /// Each item ($1) is looked up by primary key: OFFSET keeps the look-ups from becoming joins, which would read a table from end to end whose statistics are older than its rows.
    /// A run ($2) or a number of iterations ($3) that is null costs nothing.
    /// </summary>
    private const string FindKnown =
        """
        SELECT item.number, done.outcome, done.error, record.etag
        FROM unnest($1, $2) WITH ORDINALITY AS item (id, run_id, number)
        DONE
        LEFT JOIN LATERAL (
          SELECT etag FROM ingestion.records AS stored WHERE stored.id = item.id AND fingerprint_iterations = $3 AND done.outcome IS NULL OFFSET 0) AS record ON true
        WHERE done.outcome IS NOT NULL OR record.etag IS NOT NULL
        """;

    /// <summary>For the rest of the transaction: a range is joined at once, not row by row; and where the connection string has statements prepared, a plan made while the tables were small would be kept. A way that is switched off looks so dear that the server would compile the rest.</summary>
    private const string UseIndexes = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)";

    /// <summary>
    /// Resolves here what failed before the run and not in it, instead of with every commit, which would have to look for it; yet not on the word of a run that
    /// found nothing at all: its upstream may be another. How many IDs were requested was
    /// an estimate until now, but for a list of IDs.
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

    /// <summary>Counts what a run has done.</summary>
    public async Task<OutcomeCounts> CountAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        await using NpgsqlCommand command = new NpgsqlCommand(schema.In($"{CountOutcomes} WHERE run_id = $1"), connection) { CommandTimeout = 0 }.With(id);
        return (await command.ReadAllAsync(reader => ReadCounts(reader, 0), cancellationToken))[0];
    }

    public async Task<bool> AnyStoredAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(schema.In(AnyStored, resource), connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Finds what is known of items; entity tags only of records with these iterations.</summary>
    public async Task<KnownItem[]> FindKnownAsync(NpgsqlConnection connection, IReadOnlyCollection<(ItemKey Key, Guid? Run)> items, int? iterations, CancellationToken cancellationToken)
    {
        bool isRange = IsRange(items, out long first, out long last);
        var find = new NpgsqlBatchCommand(schema.In(FindKnown.Replace("DONE", isRange ? DoneInRange : DoneOfEach, StringComparison.Ordinal), resource));
        find.Parameters.Add(ItemKeys.Parameter(items.Select(item => item.Key), resource.HasTextKeys));
        find.Parameters.Add(new NpgsqlParameter<Guid?[]> { TypedValue = [.. items.Select(item => item.Run)] });
        find.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = iterations });
        if (isRange)
        {
            find.Parameters.Add(new NpgsqlParameter<long> { TypedValue = first });
            find.Parameters.Add(new NpgsqlParameter<long> { TypedValue = last });
        }

        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(UseIndexes), find } };
        var known = new KnownItem[items.Count];
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            CommittedOutcome? done = reader.IsDBNull(1) ? null : new(Enum.Parse<Outcome>(reader.GetString(1)), reader.IsDBNull(2) ? null : reader.GetString(2));
            known[reader.GetInt64(0) - 1] = new KnownItem(done, reader.IsDBNull(3) ? null : reader.GetString(3));
        }

        return known;
    }

    /// <summary>Whether all are asked of one run, and are integers with few gaps between them.</summary>
    private bool IsRange(IReadOnlyCollection<(ItemKey Key, Guid? Run)> items, out long first, out long last)
    {
        (first, last) = (0, 0);
        if (resource.HasTextKeys || items.Any(item => item.Run is null || item.Run != items.First().Run))
            return false;

        (first, last) = (items.Min(item => item.Key.Number), items.Max(item => item.Key.Number));
        return (ulong)(last - first) < 2UL * (ulong)items.Count;
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
