-- The upstream is part of a run's identity: an unfinished run is gone on with only by a run over the same source and the same upstream. From now on every run
-- has it. Of what was begun before, only runs that learned a limit do; the others stay as they are, and those that are unfinished are abandoned by the next run.
COMMENT ON COLUMN ingestion.runs.upstream IS 'root of the API; null for a job, and for a run begun before every run had it';
