-- Removes history. The role of the worker may delete nothing: it may call this, which leaves runs alone that may go on, and failures that nobody has resolved.
CREATE INDEX runs_ended ON ingestion.runs (finished_at, id) WHERE status IN ('finished', 'abandoned');

CREATE FUNCTION ingestion.prune(
  older_than interval, after_time timestamptz, after_run uuid, most integer,
  OUT removed_runs bigint, OUT removed_outcomes bigint, OUT next_time timestamptz, OUT next_run uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $function$
DECLARE
  old     uuid[];
  removed bigint;
BEGIN
  -- It has the rights of the owner; whoever may only read the runs must not remove them by it.
  IF NOT has_table_privilege(session_user, 'ingestion.runs', 'UPDATE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'only who may update the runs may remove them';
  END IF;

  removed_runs := 0;
  SELECT array_agg(id), (array_agg(finished_at ORDER BY finished_at DESC, id DESC))[1], (array_agg(id ORDER BY finished_at DESC, id DESC))[1]
  INTO old, next_time, next_run
  FROM (
    SELECT id, finished_at FROM ingestion.runs
    WHERE status IN ('finished', 'abandoned') AND finished_at < now() - older_than AND (finished_at, id) > (after_time, after_run)
    ORDER BY finished_at, id LIMIT 100) AS ended;

  WITH gone AS (
    DELETE FROM ingestion.commit_outcomes WHERE ctid = ANY (ARRAY(SELECT ctid FROM ingestion.commit_outcomes WHERE run_id = ANY (old) LIMIT most))
    RETURNING coalesce(cardinality(ingested), 0) + coalesce(cardinality(unchanged), 0) + coalesce(cardinality(not_found), 0) AS items)
  SELECT count(*), coalesce(sum(items), 0) INTO removed, removed_outcomes FROM gone;

  IF removed < most THEN
    DELETE FROM ingestion.item_outcomes
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM ingestion.item_outcomes WHERE run_id = ANY (old) AND NOT (outcome = 'Failed' AND resolved_at IS NULL) LIMIT most));
    GET DIAGNOSTICS removed = ROW_COUNT;
    removed_outcomes := removed_outcomes + removed;
  END IF;

  -- There may be more of the same runs.
  IF removed = most THEN
    next_time := after_time;
    next_run := after_run;
    RETURN;
  END IF;

  DELETE FROM ingestion.runs AS run WHERE id = ANY (old) AND NOT EXISTS (SELECT FROM ingestion.item_outcomes WHERE run_id = run.id);
  GET DIAGNOSTICS removed_runs = ROW_COUNT;
END
$function$;

COMMENT ON FUNCTION ingestion.prune(interval, timestamptz, uuid, integer) IS
  'removes the history of up to 100 runs that ended before that, after the given one, at most that many rows of a table; returns where to go on, null at the end';
