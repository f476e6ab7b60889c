-- The outcomes, whatever table they stand in. Made after the scripts, for the type of the keys is that of the resource. Each kind of outcome has a branch of its own, so
-- that a question about failures leaves the commits alone. Whoever could read or write the outcomes while they were a table can do so still, with the tables in place of the view.
CREATE VIEW ingestion.outcomes AS
SELECT run_id, item_id, outcome, attempts, error, finished_at, resolved_at, resolved_by FROM ingestion.item_outcomes
UNION ALL
SELECT run_id, item_id::KEY_TYPE, 'Ingested', 1, NULL, finished_at, NULL, NULL FROM ingestion.commit_outcomes CROSS JOIN unnest(ingested) AS item_id
UNION ALL
SELECT run_id, item_id::KEY_TYPE, 'Unchanged', 1, NULL, finished_at, NULL, NULL FROM ingestion.commit_outcomes CROSS JOIN unnest(unchanged) AS item_id
UNION ALL
SELECT run_id, item_id::KEY_TYPE, 'NotFound', 1, NULL, finished_at, NULL, NULL FROM ingestion.commit_outcomes CROSS JOIN unnest(not_found) AS item_id;
COMMENT ON VIEW ingestion.outcomes IS 'how every item of a run ended';
DO $script$
DECLARE
  grant_again text;
BEGIN
  FOR grant_again IN
    SELECT format('GRANT %s ON ingestion.outcomes, ingestion.commit_outcomes TO %s', privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
    FROM pg_class CROSS JOIN aclexplode(relacl) WHERE pg_class.oid = 'ingestion.item_outcomes'::regclass AND grantee <> relowner
  LOOP
    EXECUTE grant_again;
  END LOOP;
END
$script$;
