-- Any resource in place of the characters. What its table looks like is configuration: the worker makes it after the scripts, and remembers here for what it did.
CREATE TABLE ingestion.resources (
  name    text  PRIMARY KEY,
  columns jsonb NOT NULL
);

COMMENT ON TABLE  ingestion.resources         IS 'the resource this schema is for: the table of its records';
COMMENT ON COLUMN ingestion.resources.columns IS 'the generated columns by name, each as it is configured; an older column has none';

-- The typed columns of a schema that is in use are replaced by generated ones; a table that was never used is not kept.
DO $script$
BEGIN
  IF EXISTS (SELECT FROM ingestion.characters) OR EXISTS (SELECT FROM ingestion.runs) THEN
    INSERT INTO ingestion.resources
    SELECT 'characters', jsonb_object_agg(name, '')
    FROM unnest(ARRAY['name', 'status', 'species', 'type', 'gender', 'origin_name', 'origin_url', 'location_name', 'location_url', 'image', 'episode_ids', 'url', 'created']) AS name;
  ELSE
    DROP TABLE ingestion.characters;
  END IF;
END
$script$;

-- The resource is part of a run's identity, as its source and its upstream are.
ALTER TABLE ingestion.runs ADD COLUMN resource text;
UPDATE ingestion.runs SET resource = 'character/{id}';

COMMENT ON COLUMN ingestion.runs.resource IS 'the path of a record below upstream';

-- Its type follows when the table is made.
ALTER TABLE ingestion.outcomes RENAME COLUMN character_id TO item_id;
