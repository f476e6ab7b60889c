-- What an adaptive strategy has learned of an upstream: the next run over it starts from there.
ALTER TABLE ingestion.runs
  ADD COLUMN upstream      text,
  ADD COLUMN learned_limit integer CHECK (learned_limit >= 1);

COMMENT ON COLUMN ingestion.runs.upstream      IS 'root of the API that learned_limit was learned of';
COMMENT ON COLUMN ingestion.runs.learned_limit IS 'requests at once the upstream bore when the run ended; null unless the strategy adapts';

CREATE INDEX runs_learned ON ingestion.runs (upstream, started_at) WHERE learned_limit IS NOT NULL;
