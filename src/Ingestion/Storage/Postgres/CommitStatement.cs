namespace Ingestion.Storage.Postgres;

/// <summary>
/// The statement that commits a batch. A single statement is its own transaction, so a batch costs one round trip.
/// It may be repeated: rows that are there with the same content hash are left alone, outcomes that are there are kept and returned.
/// </summary>
internal static class CommitStatement
{
    /// <summary>
    /// The WHERE before ON CONFLICT keeps unchanged rows from being locked, which would write to them; the one after it decides when another
    /// transaction wrote the row meanwhile, and keeps what was asked for later, whichever process did. No request is taken to be of the future: a clock that was wrong is
    /// not in the way for long. A row that differs in nothing but its entity tag gets that, or it would be asked for with the old one ever after; it does not
    /// count as written, which is told by its changed_at. Every outcome that was added comes back, in the order of the IDs. One that was there already does not:
    /// <see cref="RecallText"/> reads it.
    /// </summary>
    public const string Text = $"{Write}\n{Answer}";

    /// <summary>As <see cref="Text"/>, and what failed before and was now stored with another outcome is resolved.</summary>
    public const string RedriveText = $"{Write}{Resolve}\n{Answer}";

    /// <summary>
    /// Reads back what is stored ($2, of the jobs $3 where they have one), after a batch that was committed before: its answer was lost, its transaction was still going on
    /// when it was repeated, which then waited for it, or a message was delivered again. A statement of its own, so that it sees what was committed meanwhile, and because
    /// looking for outcomes that are hardly ever there cost an eighth of the server's time for a commit.
    /// </summary>
    public const string RecallText =
        """
        SELECT stored.item_id, stored.outcome, stored.error
        FROM unnest($2, $3) AS entry (id, job_id)
        JOIN ingestion.outcomes AS stored ON stored.run_id = coalesce(entry.job_id, $1) AND stored.item_id = entry.id
        ORDER BY stored.item_id
        """;

    private const string Write = Rows + Outcomes;

    private const string Rows =
        """
        WITH touched AS (
          INSERT INTO ingestion.records AS stored (id, raw, content_hash, sanitized, etag, fetched_at, fingerprint_iterations, ingested_at, changed_at, run_id)
          SELECT id, raw, content_hash, sanitized, etag, least(fetched_at, now()), $12, now(), now(), $1
          FROM unnest($2, $3, $4, $5, $6, $7) AS record (id, raw, content_hash, sanitized, etag, fetched_at)
          WHERE (
            SELECT found.content_hash = record.content_hash AND (record.etag IS NULL OR found.etag IS NOT DISTINCT FROM record.etag)
            FROM ingestion.records AS found WHERE found.id = record.id) IS NOT TRUE
          ON CONFLICT (id) DO UPDATE SET
            raw = excluded.raw, content_hash = excluded.content_hash, sanitized = excluded.sanitized, etag = excluded.etag,
            fetched_at = excluded.fetched_at, fingerprint_iterations = excluded.fingerprint_iterations,
            changed_at = CASE WHEN stored.content_hash = excluded.content_hash THEN stored.changed_at ELSE excluded.changed_at END,
            run_id = CASE WHEN stored.content_hash = excluded.content_hash THEN stored.run_id ELSE excluded.run_id END
          WHERE (excluded.fetched_at >= stored.fetched_at) IS NOT FALSE
            AND (stored.content_hash IS DISTINCT FROM excluded.content_hash OR stored.etag IS DISTINCT FROM coalesce(excluded.etag, stored.etag))
          RETURNING id, changed_at
        ), written AS (
          SELECT id FROM touched WHERE changed_at = now()
        )
        """;

    private const string Outcomes =
        """
        , added AS (
          INSERT INTO ingestion.outcomes (run_id, item_id, outcome, attempts, error, finished_at)
          SELECT
            $1, id, coalesce(outcome, CASE WHEN id IN (SELECT id FROM written) THEN 'Ingested' ELSE 'Unchanged' END), attempts, error, now()
          FROM unnest($8, $9, $10, $11) AS entry (id, outcome, attempts, error)
          ON CONFLICT (run_id, item_id) DO NOTHING
          RETURNING item_id, outcome, error
        )
        """;

    private const string Resolve =
        """
        , resolved AS (
          UPDATE ingestion.outcomes SET resolved_at = now(), resolved_by = $1
          WHERE outcome = 'Failed' AND resolved_at IS NULL
            AND item_id = ANY ($8) AND item_id IN (SELECT item_id FROM added WHERE outcome <> 'Failed')
        )
        """;

    private const string Answer =
        """
        SELECT item_id, outcome, error FROM added
        ORDER BY item_id
        """;

    /// <summary>
    /// As <see cref="Text"/>, for a source that many processes share: outcomes may belong to a job ($13). A dead letter of a job that was queued again gets its new
    /// outcome in place of the old one, and what failed elsewhere is resolved at once, for such a run may never be closed. Without a job, each message is a request of its own and the last
    /// outcome stands; when the same batch is sent again ($14), because its answer was lost, what it ingested the first time stays so.
    /// </summary>
    public const string SharedText = Rows +
        """
        , added AS (
          INSERT INTO ingestion.outcomes AS stored (run_id, item_id, outcome, attempts, error, finished_at)
          SELECT
            coalesce(job_id, $1), id, coalesce(outcome, CASE WHEN id IN (SELECT id FROM written) THEN 'Ingested' ELSE 'Unchanged' END), attempts, error, now()
          FROM unnest($8, $9, $10, $11, $13) AS entry (id, outcome, attempts, error, job_id)
          ON CONFLICT (run_id, item_id) DO UPDATE SET
            outcome = excluded.outcome, attempts = excluded.attempts, error = excluded.error, finished_at = excluded.finished_at, resolved_at = NULL, resolved_by = NULL
          WHERE stored.outcome = 'Failed'
            OR (stored.run_id = $1 AND NOT ($14 AND stored.outcome = 'Ingested' AND excluded.outcome = 'Unchanged'))
          RETURNING run_id, item_id, outcome, error
        ), resolved AS (
          UPDATE ingestion.outcomes AS failure SET resolved_at = now(), resolved_by = added.run_id
          FROM added
          WHERE failure.outcome = 'Failed' AND failure.resolved_at IS NULL
            AND failure.item_id = added.item_id AND failure.run_id <> added.run_id AND added.outcome <> 'Failed'
        )
        SELECT item_id, outcome, error FROM added
        ORDER BY item_id
        """;

    /// <summary>Adds the row of a job ($2, $3) to the runs, after the run ($1) of the worker that first stores something of it.</summary>
    public const string AddJob =
        """
        INSERT INTO ingestion.runs (id, source, resource, strategy, degree_of_parallelism, requested, status, started_at)
        SELECT $2, 'job:' || source, resource, strategy, degree_of_parallelism, $3, 'running', now() FROM ingestion.runs WHERE id = $1
        ON CONFLICT (id) DO NOTHING
        """;

    /// <summary>
    /// The plan of a prepared statement is kept, and one made while the tables were small would go on reading them from end to end when they are large.
    /// </summary>
    public const string SessionSettings = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";

    /// <summary>As <see cref="SessionSettings"/>, for <see cref="SharedText"/>: each entry is looked up by primary key, however small the tables are when the plan is made.</summary>
    public const string SharedSessionSettings = $"{SessionSettings}; SET enable_hashjoin = off; SET enable_mergejoin = off";
}
