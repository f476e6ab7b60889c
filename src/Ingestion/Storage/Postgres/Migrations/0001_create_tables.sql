-- The schema ingestion and the table ingestion.schema_versions are there already: the migrator creates them.

-- The characters as last seen. A row is written only when its content hash differs from the stored one.
CREATE TABLE ingestion.characters (
  id            integer     PRIMARY KEY,
  name          text        NOT NULL,
  status        text        NOT NULL,
  species       text        NOT NULL,
  type          text        NOT NULL,
  gender        text        NOT NULL,
  origin_name   text        NOT NULL,
  origin_url    text        NOT NULL,
  location_name text        NOT NULL,
  location_url  text        NOT NULL,
  image         text        NOT NULL,
  episode_ids   integer[]   NOT NULL,
  url           text        NOT NULL,
  created       timestamptz NOT NULL,
  raw           jsonb       NOT NULL,
  content_hash  bytea       NOT NULL,
  sanitized     boolean     NOT NULL,
  ingested_at   timestamptz NOT NULL,
  changed_at    timestamptz NOT NULL,
  run_id        uuid        NOT NULL
);

COMMENT ON COLUMN ingestion.characters.created      IS 'when the upstream created the character';
COMMENT ON COLUMN ingestion.characters.raw          IS 'the record as it came';
COMMENT ON COLUMN ingestion.characters.content_hash IS 'differs whenever the content does';
COMMENT ON COLUMN ingestion.characters.sanitized    IS 'U+0000 was replaced by U+FFFD';
COMMENT ON COLUMN ingestion.characters.ingested_at  IS 'when the character was stored for the first time';
COMMENT ON COLUMN ingestion.characters.changed_at   IS 'when its content last changed, which is when the row was last written';
COMMENT ON COLUMN ingestion.characters.run_id       IS 'the run that wrote the row last; kept when that run is deleted';

CREATE TABLE ingestion.runs (
  id                    uuid        PRIMARY KEY,
  source                text        NOT NULL,
  strategy              text        NOT NULL,
  degree_of_parallelism integer     NOT NULL,
  status                text        NOT NULL CHECK (status IN ('running', 'stopped', 'finished', 'abandoned')),
  requested             bigint,
  ingested              bigint      NOT NULL DEFAULT 0,
  unchanged             bigint      NOT NULL DEFAULT 0,
  not_found             bigint      NOT NULL DEFAULT 0,
  failed                bigint      NOT NULL DEFAULT 0,
  started_at            timestamptz NOT NULL,
  finished_at           timestamptz
);

COMMENT ON COLUMN ingestion.runs.degree_of_parallelism IS '0 = no cap';
COMMENT ON COLUMN ingestion.runs.requested             IS 'IDs the source delivers; null when it has no end';
COMMENT ON COLUMN ingestion.runs.ingested              IS 'like the other counts: set when the run is closed';

CREATE INDEX runs_unfinished ON ingestion.runs (source, started_at) WHERE status IN ('running', 'stopped');

-- How every item of a run ended. What has an outcome is done; what has none is done again when the run is resumed.
-- run_id is in ingestion.runs. It is no foreign key: checking one for every row took a quarter of the server's time for a commit, and only
-- the worker writes here. Whoever deletes a run deletes its outcomes with it.
CREATE TABLE ingestion.outcomes (
  run_id       uuid        NOT NULL,
  character_id integer     NOT NULL,
  outcome      text        NOT NULL CHECK (outcome IN ('Ingested', 'Unchanged', 'NotFound', 'Failed')),
  attempts     integer     NOT NULL CHECK (attempts >= 1),
  error        text,
  finished_at  timestamptz NOT NULL,
  PRIMARY KEY (run_id, character_id),
  CONSTRAINT outcomes_failed_has_error CHECK (outcome <> 'Failed' OR error IS NOT NULL)
);

-- The dead letters.
CREATE INDEX outcomes_failed ON ingestion.outcomes (run_id, character_id) WHERE outcome = 'Failed';
