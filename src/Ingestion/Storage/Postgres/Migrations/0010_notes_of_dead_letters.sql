-- A failure may also be resolved by somebody who says why: then no run has done it.
ALTER TABLE ingestion.item_outcomes ADD COLUMN note text;

COMMENT ON COLUMN ingestion.item_outcomes.note IS 'of a failure that was discarded: why; then resolved_by is null';
