namespace Ingestion.Storage.Postgres;

/// <summary>
/// The statement that commits a batch. A single statement is its own transaction, so a batch costs one round trip.
/// It may be repeated: rows that are there with the same content hash are not touched, outcomes that are there are kept and returned.
/// </summary>
internal static class CommitStatement
{
    public static string Of(CommitKind kind) => kind switch
    {
        CommitKind.Ascending => AscendingText,
        CommitKind.Redrive => RedriveText,
        CommitKind.Shared => SharedText,
        _ => Text,
    };

    /// <summary>
    /// The WHERE before ON CONFLICT keeps unchanged rows from being locked, which would write to them; the one after it decides when another
    /// transaction wrote the row meanwhile, and keeps what was asked for later, whichever process did. No request is taken to be of the future, and a row
    /// that is of the future by now was stored before the server's clock was set back: a clock that was wrong is not in the way for long. A row that differs in nothing but its entity tag gets that, or it would be asked for with the old one ever after; it does not
    /// count as written, which is told by its changed_at. Every outcome that was added comes back, in the order of the IDs. One that was there already does not: it is looked for
    /// afterwards, because looking for outcomes that are hardly ever there cost an eighth of the server's time for a commit.
    /// </summary>
    public const string Text = $"{Write}\n{Answer}";

    /// <summary>As <see cref="Text"/>, and what failed before and was now stored with another outcome is resolved.</summary>
    public const string RedriveText = $"{Write}{Resolve}\n{Answer}";

    /// <summary>
    /// As <see cref="Text"/>, for integer keys none of which the run has twice: those of them that need no separate row go into one row of the commit. With a record they are in $16, and the database says
    /// which were ingested; $17 are unchanged by the word of the upstream, $18 not found, $19 is the smallest of all; null: there are none. The first row of the answer has no ID, but
    /// those of $16 that were unchanged. A run never sends a key twice, unless it does not know what became of a commit; then it asks first (<see cref="CommitConnection"/>).
    /// </summary>
    public const string AscendingText = Owner + Rows +
        """
        , split AS (
          SELECT ingested, CASE WHEN ingested IS NULL THEN $16 WHEN cardinality(ingested) < cardinality($16) THEN ARRAY(SELECT id FROM unnest($16) AS id WHERE id NOT IN (SELECT id FROM written)) END AS unchanged
          FROM (SELECT array_agg(id) AS ingested FROM written WHERE id <> ALL ($8)) AS counted
        ), grouped AS (
          INSERT INTO ingestion.commit_outcomes (run_id, first_item, finished_at, ingested, unchanged, not_found)
          SELECT $1, $19, now(), ingested, nullif(unchanged || $17, '{}'), nullif($18, '{}') FROM owner CROSS JOIN split WHERE $19 IS NOT NULL
          ON CONFLICT (run_id, first_item) DO NOTHING
          RETURNING 1
        )
        """ + Outcomes +
        """

        SELECT NULL::bigint AS item_id, NULL::integer, NULL::text, unchanged FROM grouped CROSS JOIN split
        UNION ALL SELECT item_id, ascii(outcome), error, NULL FROM added
        ORDER BY item_id NULLS FIRST
        """;

    private const string Write = Owner + Rows + Outcomes;

    /// <summary>
    /// A process stores nothing of a run that another one has resumed ($14, $15 are not what is there), nor over a connection it dropped before. FOR SHARE makes whoever resumes it wait for
    /// the transactions under way, and finds the row as it is, not as it was when the statement began.
    /// </summary>
    private const string Owner = "WITH owner AS (SELECT FROM ingestion.runs WHERE id = $1 AND owner = $14 AND epoch = $15 FOR SHARE), ";

    private const string Rows =
        """
        touched AS (
          INSERT INTO ingestion.records AS stored (id, raw, content_hash, sanitized, etag, fetched_at, fingerprint_iterations, ingested_at, changed_at, run_id)
          SELECT id, raw, content_hash, sanitized, etag, least(fetched_at, now()), $13, now(), now(), $1
          FROM unnest($2, $3, $4, $5, $6, $7) AS record (id, raw, content_hash, sanitized, etag, fetched_at)
          WHERE EXISTS (SELECT FROM owner) AND (
            SELECT found.content_hash = record.content_hash AND (record.etag IS NULL OR found.etag IS NOT DISTINCT FROM record.etag)
            FROM ingestion.records AS found WHERE found.id = record.id) IS NOT TRUE
          ON CONFLICT (id) DO UPDATE SET
            raw = excluded.raw, content_hash = excluded.content_hash, sanitized = excluded.sanitized, etag = excluded.etag,
            fetched_at = excluded.fetched_at, fingerprint_iterations = excluded.fingerprint_iterations,
            changed_at = CASE WHEN stored.content_hash = excluded.content_hash THEN stored.changed_at ELSE excluded.changed_at END,
            run_id = CASE WHEN stored.content_hash = excluded.content_hash THEN stored.run_id ELSE excluded.run_id END
          WHERE (excluded.fetched_at >= stored.fetched_at OR stored.fetched_at > clock_timestamp()) IS NOT FALSE
            AND (stored.content_hash IS DISTINCT FROM excluded.content_hash OR stored.etag IS DISTINCT FROM coalesce(excluded.etag, stored.etag))
          RETURNING id, changed_at
        ), written AS (
          SELECT id FROM touched WHERE changed_at = now()
        )
        """;

    private const string Outcomes =
        """
        , added AS (
          INSERT INTO ingestion.item_outcomes (run_id, item_id, outcome, attempts, error, answer, finished_at)
          SELECT
            $1, id, coalesce(outcome, CASE WHEN id IN (SELECT id FROM written) THEN 'Ingested' ELSE 'Unchanged' END), attempts, error, answer::jsonb, now()
          FROM unnest($8, $9, $10, $11, $12) AS entry (id, outcome, attempts, error, answer) WHERE EXISTS (SELECT FROM owner)
          ON CONFLICT (run_id, item_id) DO NOTHING
          RETURNING item_id, outcome, error
        )
        """;

    private const string Resolve =
        """
        , resolved AS (
          UPDATE ingestion.item_outcomes SET resolved_at = now(), resolved_by = $1
          WHERE outcome = 'Failed' AND resolved_at IS NULL
            AND item_id = ANY ($8) AND item_id IN (SELECT item_id FROM added WHERE outcome <> 'Failed')
        )
        """;

    private const string Answer =
        """
        SELECT item_id, ascii(outcome), error FROM added
        ORDER BY item_id
        """;

    /// <summary>
    /// As <see cref="Text"/>, for a source that many processes share: outcomes may belong to a job ($14). A dead letter of a job that was queued again gets its new
    /// outcome in place of the old one, and what failed elsewhere is resolved at once, for such a run may never be closed. Without a job, each message is a separate request and the last
    /// outcome stands; when the same batch is sent again ($15), because its answer was lost, what it ingested the first time stays so.
    /// </summary>
    public const string SharedText = "WITH owner AS (SELECT), " + Rows +
        """
        , added AS (
          INSERT INTO ingestion.item_outcomes AS stored (run_id, item_id, outcome, attempts, error, answer, finished_at)
          SELECT
            coalesce(job_id, $1), id, coalesce(outcome, CASE WHEN id IN (SELECT id FROM written) THEN 'Ingested' ELSE 'Unchanged' END), attempts, error, answer::jsonb, now()
          FROM unnest($8, $9, $10, $11, $12, $14) AS entry (id, outcome, attempts, error, answer, job_id)
          ON CONFLICT (run_id, item_id) DO UPDATE SET
            outcome = excluded.outcome, attempts = excluded.attempts, error = excluded.error, answer = excluded.answer, finished_at = excluded.finished_at, resolved_at = NULL, resolved_by = NULL
          WHERE stored.outcome = 'Failed'
            OR (stored.run_id = $1 AND NOT ($15 AND stored.outcome = 'Ingested' AND excluded.outcome = 'Unchanged'))
          RETURNING run_id, item_id, outcome, error
        ), resolved AS (
          UPDATE ingestion.item_outcomes AS failure SET resolved_at = now(), resolved_by = added.run_id
          FROM added
          WHERE failure.outcome = 'Failed' AND failure.resolved_at IS NULL
            AND failure.item_id = added.item_id AND failure.run_id <> added.run_id AND added.outcome <> 'Failed'
        )
        SELECT item_id, ascii(outcome), error FROM added
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
