-- What the scripts up to version 6 make of an empty database, at a third of the time. A test compares the two.
-- The table of the records is made after the scripts, as the configuration says.
-- It may be there, and empty, where an earlier version was interrupted at its first start.
CREATE TABLE IF NOT EXISTS ingestion.schema_versions (
  version    integer     PRIMARY KEY,
  name       text        NOT NULL,
  applied_at timestamptz NOT NULL,
  checksum   text        NOT NULL
);

CREATE TABLE ingestion.resources (
  name    text  PRIMARY KEY,
  columns jsonb NOT NULL
);

COMMENT ON TABLE  ingestion.resources         IS 'the resource this schema is for: the table of its records';
COMMENT ON COLUMN ingestion.resources.columns IS 'the generated columns by name, each as it is configured; an older column has none';

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
  finished_at           timestamptz,
  upstream              text,
  learned_limit         integer CHECK (learned_limit >= 1),
  resource              text
);

COMMENT ON COLUMN ingestion.runs.degree_of_parallelism IS '0 = no cap';
COMMENT ON COLUMN ingestion.runs.requested             IS 'IDs the source delivers; null when it has no end';
COMMENT ON COLUMN ingestion.runs.ingested              IS 'like the other counts: set when the run is closed';
COMMENT ON COLUMN ingestion.runs.upstream              IS 'root of the API; null for a job, and for a run begun before every run had it';
COMMENT ON COLUMN ingestion.runs.learned_limit         IS 'requests at once the upstream bore when the run ended; null unless the strategy adapts';
COMMENT ON COLUMN ingestion.runs.resource              IS 'the path of a record below upstream';

CREATE INDEX runs_unfinished ON ingestion.runs (source, started_at) WHERE status IN ('running', 'stopped');
CREATE INDEX runs_learned ON ingestion.runs (upstream, started_at) WHERE learned_limit IS NOT NULL;

-- How every item of a run ended. run_id is no foreign key: checking one for every row took a quarter of the server's time for a commit.
CREATE TABLE ingestion.outcomes (
  run_id      uuid        NOT NULL,
  item_id     KEY_TYPE    NOT NULL,
  outcome     text        NOT NULL CHECK (outcome IN ('Ingested', 'Unchanged', 'NotFound', 'Failed')),
  attempts    integer     NOT NULL CHECK (attempts >= 1),
  error       text,
  finished_at timestamptz NOT NULL,
  resolved_at timestamptz,
  resolved_by uuid,
  PRIMARY KEY (run_id, item_id),
  CONSTRAINT outcomes_failed_has_error CHECK (outcome <> 'Failed' OR error IS NOT NULL)
);

COMMENT ON COLUMN ingestion.outcomes.resolved_at IS 'of a failure: when a later run ingested the item or learnt that there is none';
COMMENT ON COLUMN ingestion.outcomes.resolved_by IS 'the run that did';

-- The dead letters.
CREATE INDEX outcomes_unresolved ON ingestion.outcomes (item_id, finished_at DESC) WHERE outcome = 'Failed' AND resolved_at IS NULL;
