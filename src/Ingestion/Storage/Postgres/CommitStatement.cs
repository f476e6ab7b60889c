namespace Ingestion.Storage.Postgres;

/// <summary>
/// The statement that commits a batch. A single statement is its own transaction, so a batch costs one round trip.
/// It may be repeated: rows that are there with the same content hash are left alone, outcomes that are there are kept and returned.
/// </summary>
internal static class CommitStatement
{
    /// <summary>
    /// The WHERE before ON CONFLICT keeps unchanged rows from being locked, which would write to them; the one after it decides when another
    /// transaction wrote the row meanwhile. Every outcome that was added comes back, in the order of the IDs. One that was there already does not:
    /// <see cref="RecallText"/> reads it.
    /// </summary>
    public const string Text = $"{Write}\n{Answer}";

    /// <summary>As <see cref="Text"/>, and what failed before and was now stored with another outcome is resolved.</summary>
    public const string RedriveText = $"{Write}{Resolve}\n{Answer}";

    /// <summary>
    /// Reads back what is stored, after a batch that was committed before: its answer was lost, or its transaction was still going on when it was
    /// repeated, which then waited for it. A statement of its own, so that it sees what was committed meanwhile, and because looking for outcomes that are
    /// hardly ever there cost an eighth of the server's time for a commit.
    /// </summary>
    public const string RecallText = "SELECT character_id, outcome, error FROM ingestion.outcomes WHERE run_id = $1 AND character_id = ANY ($2) ORDER BY character_id";

    private const string Write =
        """
        WITH written AS (
          INSERT INTO ingestion.characters AS stored (
            id, name, status, species, type, gender, origin_name, origin_url, location_name, location_url, image,
            episode_ids, url, created, raw, content_hash, sanitized, etag, fingerprint_iterations, ingested_at, changed_at, run_id)
          SELECT
            id, name, status, species, type, gender, origin_name, origin_url, location_name, location_url, image,
            ($2::integer[])[first_episode:last_episode], url, created, raw, content_hash, sanitized, etag, $26,
            now(), now(), $1
          FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) AS record (
            id, name, status, species, type, gender, origin_name, origin_url, location_name, location_url, image,
            first_episode, last_episode, url, created, raw, content_hash, sanitized, etag)
          WHERE content_hash IS DISTINCT FROM (SELECT found.content_hash FROM ingestion.characters AS found WHERE found.id = record.id)
          ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, status = excluded.status, species = excluded.species, type = excluded.type, gender = excluded.gender,
            origin_name = excluded.origin_name, origin_url = excluded.origin_url,
            location_name = excluded.location_name, location_url = excluded.location_url, image = excluded.image,
            episode_ids = excluded.episode_ids, url = excluded.url, created = excluded.created, raw = excluded.raw,
            content_hash = excluded.content_hash, sanitized = excluded.sanitized,
            etag = excluded.etag, fingerprint_iterations = excluded.fingerprint_iterations, changed_at = excluded.changed_at, run_id = excluded.run_id
          WHERE stored.content_hash IS DISTINCT FROM excluded.content_hash
          RETURNING id
        ), added AS (
          INSERT INTO ingestion.outcomes (run_id, character_id, outcome, attempts, error, finished_at)
          SELECT
            $1, id, coalesce(outcome, CASE WHEN id IN (SELECT id FROM written) THEN 'Ingested' ELSE 'Unchanged' END), attempts, error, now()
          FROM unnest($22, $23, $24, $25) AS entry (id, outcome, attempts, error)
          ON CONFLICT (run_id, character_id) DO NOTHING
          RETURNING character_id, outcome, error
        )
        """;

    private const string Resolve =
        """
        , resolved AS (
          UPDATE ingestion.outcomes SET resolved_at = now(), resolved_by = $1
          WHERE outcome = 'Failed' AND resolved_at IS NULL
            AND character_id = ANY ($22) AND character_id IN (SELECT character_id FROM added WHERE outcome <> 'Failed')
        )
        """;

    private const string Answer =
        """
        SELECT character_id, outcome, error FROM added
        ORDER BY character_id
        """;

    /// <summary>
    /// The plan of a prepared statement is kept, and one made while the tables were small would go on reading them from end to end when they are large.
    /// </summary>
    public const string SessionSettings = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";
}
