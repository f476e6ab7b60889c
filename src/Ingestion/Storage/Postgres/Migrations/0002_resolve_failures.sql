-- A failure is resolved when a later run brings its character to another outcome. The row stays 'Failed': it is history.
ALTER TABLE ingestion.outcomes
  ADD COLUMN resolved_at timestamptz,
  ADD COLUMN resolved_by uuid;

COMMENT ON COLUMN ingestion.outcomes.resolved_at IS 'of a failure: when a later run ingested the character or learnt that there is none';
COMMENT ON COLUMN ingestion.outcomes.resolved_by IS 'the run that did';

-- What later runs have made good already.
UPDATE ingestion.outcomes AS failure
SET resolved_at = success.finished_at, resolved_by = success.run_id
FROM (
  SELECT DISTINCT ON (failed.run_id, failed.character_id)
    failed.run_id AS failed_in, failed.character_id, later.finished_at, later.run_id
  FROM ingestion.outcomes AS failed
  JOIN ingestion.outcomes AS later
    ON later.character_id = failed.character_id AND later.outcome <> 'Failed' AND later.finished_at > failed.finished_at
  WHERE failed.outcome = 'Failed'
  ORDER BY failed.run_id, failed.character_id, later.finished_at) AS success
WHERE failure.run_id = success.failed_in AND failure.character_id = success.character_id;

-- The dead letters: the failures that are not resolved, the latest of each character first. In place of the old index, so that a commit has no more to do than before.
DROP INDEX ingestion.outcomes_failed;
CREATE INDEX outcomes_unresolved ON ingestion.outcomes (character_id, finished_at DESC) WHERE outcome = 'Failed' AND resolved_at IS NULL;
