-- What the upstream answered when an item failed, so that nobody has to ask again to find out.
ALTER TABLE ingestion.item_outcomes ADD COLUMN answer jsonb;

COMMENT ON COLUMN ingestion.item_outcomes.answer IS 'of a failure: status, headers and the first 2 KB of the body of the answer it failed for; null when there was none';
