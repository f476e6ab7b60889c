-- What an unchanged record is asked for with: its entity tag comes back as If-None-Match. Rows that are there already have none until their content changes.
ALTER TABLE ingestion.characters
  ADD COLUMN etag text,
  ADD COLUMN fingerprint_iterations integer;

COMMENT ON COLUMN ingestion.characters.etag                   IS 'the entity tag the record came with; null when it came without one that can be used';
COMMENT ON COLUMN ingestion.characters.fingerprint_iterations IS 'Transform:FingerprintIterations that content_hash was made with; null in rows older than this column';
