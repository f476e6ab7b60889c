INSERT INTO ingestion.characters (
  id, name, status, species, type, gender, origin_name, origin_url, location_name, location_url, image,
  episode_ids, url, created, raw, content_hash, sanitized, ingested_at, changed_at, run_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, false, now(), now(), $17)
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, status = excluded.status, species = excluded.species, type = excluded.type, gender = excluded.gender,
  origin_name = excluded.origin_name, origin_url = excluded.origin_url, location_name = excluded.location_name,
  location_url = excluded.location_url, image = excluded.image, episode_ids = excluded.episode_ids, url = excluded.url,
  created = excluded.created, raw = excluded.raw, content_hash = excluded.content_hash, changed_at = excluded.changed_at,
  run_id = excluded.run_id
