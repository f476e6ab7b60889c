INSERT INTO ingestion.characters (id, raw, content_hash, sanitized, ingested_at, changed_at, run_id)
VALUES ($1, $2, $3, false, now(), now(), $4)
ON CONFLICT (id) DO UPDATE SET
  raw = excluded.raw, content_hash = excluded.content_hash, changed_at = excluded.changed_at, run_id = excluded.run_id
