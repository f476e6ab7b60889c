CREATE TABLE ingestion.records (
  id                     KEY_TYPE    PRIMARY KEY,
  raw                    jsonb       NOT NULL,
  content_hash           bytea       NOT NULL,
  sanitized              boolean     NOT NULL,
  etag                   text,
  fetched_at             timestamptz,
  fingerprint_iterations integer,
  ingested_at            timestamptz NOT NULL,
  changed_at             timestamptz NOT NULL,
  run_id                 uuid        NOT NULL
  COLUMNS
);
COMMENT ON COLUMN ingestion.records.raw                    IS 'the record as it came';
COMMENT ON COLUMN ingestion.records.content_hash           IS 'differs whenever the content does';
COMMENT ON COLUMN ingestion.records.sanitized              IS 'U+0000 was replaced by U+FFFD';
COMMENT ON COLUMN ingestion.records.etag                   IS 'the entity tag the record came with; null when it came without one that can be used';
COMMENT ON COLUMN ingestion.records.fingerprint_iterations IS 'Transform:FingerprintIterations that content_hash was made with; null in rows older than this column';
COMMENT ON COLUMN ingestion.records.ingested_at            IS 'when the record was stored for the first time';
COMMENT ON COLUMN ingestion.records.changed_at             IS 'when its content last changed, which is when the row was last written';
COMMENT ON COLUMN ingestion.records.run_id                 IS 'the run that wrote the row last; kept when that run is deleted'
