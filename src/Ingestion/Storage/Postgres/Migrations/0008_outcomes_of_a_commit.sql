-- What one commit did stands in one row, for items that need no row of their own. The table of those that do gets another name, for outcomes is a view of both from now on. It
-- is made after the scripts, as the type of the keys says. A view of somebody else's would go on showing the table alone.
DO $script$
BEGIN
  IF EXISTS (
    SELECT FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid
    WHERE classid = 'pg_rewrite'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = 'ingestion.outcomes'::regclass AND ev_class <> refobjid) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = 'a view uses the table outcomes';
  END IF;
END
$script$;

ALTER TABLE ingestion.outcomes RENAME TO item_outcomes;

CREATE TABLE ingestion.commit_outcomes (
  run_id      uuid        NOT NULL,
  first_item  bigint      NOT NULL,
  finished_at timestamptz NOT NULL,
  ingested    bigint[],
  unchanged   bigint[],
  not_found   bigint[],
  PRIMARY KEY (run_id, first_item)
);

COMMENT ON TABLE  ingestion.item_outcomes              IS 'how an item of a run ended, unless that stands in commit_outcomes';
COMMENT ON TABLE  ingestion.commit_outcomes            IS 'what one commit did for items that ended at their first attempt, none of which its run has twice';
COMMENT ON COLUMN ingestion.commit_outcomes.first_item IS 'the least of the items; the others are at most 4095 above it';
COMMENT ON COLUMN ingestion.commit_outcomes.ingested   IS 'like the other two: null when there is none';

ALTER TABLE ingestion.runs
  ADD COLUMN owner uuid,
  ADD COLUMN epoch bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN ingestion.runs.owner IS 'the process that may store outcomes of the run: the last that began it or took it up';
COMMENT ON COLUMN ingestion.runs.epoch IS 'grows when the run is taken up and when the owner lost a connection: a commit of an earlier epoch stores nothing any more';
