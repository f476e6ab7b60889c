# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # see ways.sh
# Whether history stays small and commits stay fast when the worker runs for a year. Source it after ways.sh and goals.sh.
#
# Every run of the year is made in the database: the rows that the worker writes for it, their updates, and the worker's own function that removes what is too old. Two things differ from a real year. A run
# keeps two of the 52 rows that its commits of 16 items leave, so that all of it fits on a small disk. And autovacuum is off, for it would have a second for a day: after each day, its rule is applied.

weeks=52
keep=90
rows=52
kept_rows=2
# Of the runs of a week, so many remove history one by one, as the worker does, and are timed.
timed_runs=30
# What is set on the three tables, beside what PostgreSQL has.
vacuum_ways=('as PostgreSQL has it' 'scale factor 0.05')
history_tables="schemaname = 'ingestion' AND relname IN ('runs', 'item_outcomes', 'commit_outcomes')"

# begin_year WAY: sets the tables up, and makes a procedure that lives through runs like the last one the worker made
begin_year() {
  local table settings='RESET (autovacuum_vacuum_scale_factor)'
  [[ $1 != scale* ]] || settings="SET (autovacuum_vacuum_scale_factor = ${1##* })"
  for table in runs item_outcomes commit_outcomes; do sql "ALTER TABLE ingestion.$table $settings"; done
  sql "
    CREATE SCHEMA year;
    CREATE TABLE year.run AS SELECT * FROM ingestion.runs ORDER BY started_at DESC LIMIT 1;
    CREATE TABLE year.commits AS SELECT 16 * n + 1 AS first_item, ARRAY(SELECT generate_series(16 * n + 1, 16 * n + 16)::bigint) AS unchanged FROM generate_series(0, $kept_rows - 1) AS n;
    CREATE TABLE year.removals (took interval);

    CREATE FUNCTION year.ended(run integer) RETURNS timestamptz LANGUAGE sql STABLE AS
      \$function\$SELECT timestamptz '$(sql "SELECT now() - interval '$weeks weeks'")' + run * interval '$every s'\$function\$;
    CREATE FUNCTION year.id(run integer) RETURNS uuid LANGUAGE sql STABLE AS
      \$function\$SELECT (lpad(to_hex((1000 * extract(epoch FROM year.ended(run)))::bigint), 12, '0') || '70008' || lpad(to_hex(run), 15, '0'))::uuid\$function\$;

    -- From one run to before another one. So many at a time are begun, stored and closed, and then history is removed.
    CREATE PROCEDURE year.live(next_run integer, end_run integer, step integer) LANGUAGE plpgsql AS \$procedure\$
    DECLARE
      last_run   integer;
      began      timestamptz;
      after_time timestamptz;
      after_run  uuid;
    BEGIN
      WHILE next_run < end_run LOOP
        last_run := least(next_run + step, end_run) - 1;
        WITH made AS (
          SELECT number, year.id(number) AS id, year.ended(number) AS ended FROM generate_series(next_run, last_run) AS number
        ), begun AS (
          INSERT INTO ingestion.runs (id, source, upstream, resource, strategy, degree_of_parallelism, requested, status, started_at, owner)
          SELECT made.id, source, upstream, resource, strategy, degree_of_parallelism, requested, 'running', ended - interval '1 s', owner FROM made CROSS JOIN year.run
        ), committed AS (
          INSERT INTO ingestion.commit_outcomes (run_id, first_item, finished_at, unchanged) SELECT id, first_item, ended, unchanged FROM made CROSS JOIN year.commits
        )
        -- In every tenth run an item fails, and the next run resolves that.
        INSERT INTO ingestion.item_outcomes (run_id, item_id, outcome, attempts, error, finished_at)
        SELECT id, 1 + number % 826, 'Failed', 5, 'HTTP 503', ended FROM made WHERE number % 10 = 0;
        COMMIT;
        UPDATE ingestion.item_outcomes SET resolved_at = finished_at, resolved_by = run_id WHERE outcome = 'Failed' AND resolved_at IS NULL;
        UPDATE ingestion.runs SET status = 'finished', finished_at = started_at + interval '1 s', unchanged = requested
        WHERE id = ANY (ARRAY(SELECT year.id(number) FROM generate_series(next_run, last_run) AS number));
        COMMIT;

        began := clock_timestamp();
        after_time := '-infinity';
        after_run := '00000000-0000-0000-0000-000000000000';
        WHILE after_run IS NOT NULL LOOP
          SELECT gone.next_time, gone.next_run INTO after_time, after_run
          FROM ingestion.prune(now() - (year.ended(last_run) - interval '$keep days'), after_time, after_run, 2000) AS gone;
          COMMIT;
        END LOOP;
        IF step = 1 THEN
          INSERT INTO year.removals VALUES (clock_timestamp() - began);
        END IF;
        next_run := last_run + 1;
      END LOOP;
    END
    \$procedure\$"
}

# live FIRST END STEP: as the worker's sessions, which look rows up by index however small the tables are
live() {
  PGOPTIONS='-c enable_seqscan=off -c jit=off' sql "CALL year.live($1, $2, $3)"
}

# vacuum_due: vacuums what autovacuum would; adds up how often that was (vacuums) and the seconds it took (vacuuming)
vacuum_due() {
  local table due began
  due=$(sql "
    SELECT relid::regclass
    FROM pg_stat_user_tables
    CROSS JOIN LATERAL (SELECT reltuples, reloptions FROM pg_class WHERE oid = relid) AS class
    CROSS JOIN LATERAL (SELECT coalesce(
      (SELECT option_value FROM pg_options_to_table(reloptions) WHERE option_name = 'autovacuum_vacuum_scale_factor'), current_setting('autovacuum_vacuum_scale_factor'))::real AS dead) AS share
    WHERE $history_tables AND (
      n_dead_tup > current_setting('autovacuum_vacuum_threshold')::real + dead * greatest(reltuples, 0)
      OR n_ins_since_vacuum > current_setting('autovacuum_vacuum_insert_threshold')::real + current_setting('autovacuum_vacuum_insert_scale_factor')::real * greatest(reltuples, 0))")
  for table in $due; do
    began=$EPOCHREALTIME
    sql "VACUUM (ANALYZE) $table"
    vacuums=$((vacuums + 1))
    vacuuming=$(awk -v sum="$vacuuming" -v began="$began" -v now="$EPOCHREALTIME" 'BEGIN { print sum + now - began }')
  done
}

# live_for_a_year WAY: prints a line for each week: number | MiB | dead rows | ms to remove the history of one run, median and most
live_for_a_year() {
  local day runs=$((86400 / every)) first
  for ((day = 1; day <= weeks * 7; day++)); do
    first=$(((day - 1) * runs))
    if ((day % 7 > 0)); then
      live "$first" $((first + runs)) 360
    else
      live "$first" $((first + runs - timed_runs)) 360
      live $((first + runs - timed_runs)) $((first + runs)) 1
      sql "
        SELECT $((day / 7)), round(sum(pg_total_relation_size(relid)) / 1048576, 1), sum(n_dead_tup), removal.median, removal.most
        FROM pg_stat_user_tables CROSS JOIN (
          SELECT round(1000 * extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY took))::numeric, 2) AS median, round(1000 * extract(epoch FROM max(took))::numeric, 2) AS most
          FROM year.removals) AS removal
        WHERE $history_tables GROUP BY removal.median, removal.most"
      sql 'TRUNCATE year.removals'
    fi
    vacuum_due
  done
}

# mean WAY COLUMN FIRST LAST: of the weeks from the one to the other
mean() {
  awk -F '|' -v column="$2" -v first="$3" -v last="$4" '$1 >= first && $1 <= last { sum += $column; n++ } END { printf "%.2f", sum / n }' "$work/$1.weeks"
}

# committing DATABASE: what an item of a run that changes nothing waits for its commit, in ms
committing() {
  local outcome=unchanged ConnectionStrings__Postgres
  ConnectionStrings__Postgres=$(postgres_connection "$1")
  export ConnectionStrings__Postgres
  ingest 826 Async
  awk -v seconds="$(number persist "$work/summary.json")" 'BEGIN { printf "%.4f", seconds * 1000 / 826 }'
}

# commits_in_turns: on the first day and after the year, each first in every second round; prints both and their ratio
commits_in_turns() {
  local round first later
  sql CHECKPOINT
  committing first >/dev/null
  committing bench >/dev/null
  for ((round = 1; round <= repeat * 10; round++)); do
    ((round % 2 == 0)) || first=$(committing first)
    later=$(committing bench)
    ((round % 2)) || first=$(committing first)
    awk -v first="$first" -v later="$later" 'BEGIN { print first, later, later / first }'
  done
}

# commits WAY COLUMN: the median of what commits_in_turns printed
commits() {
  cut -d ' ' -f "$2" "$work/$1.commits" | median
}

# middle_half WAY COLUMN: from the first to the third quarter of it
middle_half() {
  cut -d ' ' -f "$2" "$work/$1.commits" | sort -n | awk '{ all[NR] = $1 } END { printf "%s to %s", all[int((NR + 3) / 4)], all[int((3 * NR + 1) / 4)] }'
}

year() {
  local way telemetry='' dop=16 bytes vacuums vacuuming full=$((keep / 7 + 2)) third
  third=$(((weeks - full + 1) / 3))
  printf '\n### A year of runs over 826 IDs, one every %s s, %s days of history kept\n\n' "$every" "$keep"
  fresh_database first
  ingest 826 Async
  for way in "${vacuum_ways[@]}"; do
    fresh_database bench
    ingest 826 Async
    committing bench >/dev/null
    begin_year "$way"
    # Nothing has to outlast a crash meanwhile.
    sql 'ALTER SYSTEM SET fsync = off' && sql 'ALTER SYSTEM SET full_page_writes = off' && sql 'ALTER SYSTEM SET autovacuum = off' && sql 'SELECT pg_reload_conf()' >/dev/null
    vacuums=0 vacuuming=0
    live_for_a_year >"$work/$way.weeks"
    sql 'ALTER SYSTEM RESET ALL' && sql 'SELECT pg_reload_conf()' >/dev/null
    bytes=$(sql "
      SELECT round((pg_total_relation_size('ingestion.runs') + pg_total_relation_size('ingestion.item_outcomes')) / (SELECT count(*)::numeric FROM ingestion.runs)
        + $rows * pg_total_relation_size('ingestion.commit_outcomes') / (SELECT count(*)::numeric FROM ingestion.commit_outcomes))")
    commits_in_turns >"$work/$way.commits"
    printf '%s | %s | %.0f | %s | %s\n' "$(sql "SELECT string_agg((pg_total_relation_size(relid) / 1048576)::text, ', ' ORDER BY relname) FROM pg_stat_user_tables WHERE $history_tables")" \
      "$vacuums" "$vacuuming" "$bytes" "$(sql "SELECT round(100.0 * n_tup_hot_upd / n_tup_upd) || ' %' FROM pg_stat_user_tables WHERE $history_tables AND relname = 'runs'")" >"$work/$way.facts"
    drop_database bench
  done
  drop_database first

  printf 'A run keeps %s of the %s rows its commits leave, so the tables are that much smaller than in a real year. Autovacuum is imitated: its rule is applied after every day.\n\n' "$kept_rows" "$rows"
  printf '| week'
  printf ' | %s: MiB | dead rows | removal of one run ms, median | most' "${vacuum_ways[@]}"
  printf ' |\n|---|---|---|---|---|---|---|---|---|\n'
  paste -d '|' "$work/${vacuum_ways[0]}.weeks" <(cut -d '|' -f 2- "$work/${vacuum_ways[1]}.weeks") | sed 's/|/ | /g; s/.*/| & |/'
  printf '\n| | commit_outcomes, item_outcomes, runs: MiB at the end | vacuumed, times | s | bytes of a whole run | HOT of the updates of runs |\n|---|---|---|---|---|---|\n'
  for way in "${vacuum_ways[@]}"; do printf '| %s | %s |\n' "$way" "$(<"$work/$way.facts")"; done
  printf '\n| what an item waits for its commit, medians of %s rounds | first day ms | after the year ms | ratio of a round, median | middle half |\n|---|---|---|---|---|\n' $((repeat * 10))
  for way in "${vacuum_ways[@]}"; do printf '| %s | %s | %s | %s | %s |\n' "$way" "$(commits "$way" 1)" "$(commits "$way" 2)" "$(commits "$way" 3)" "$(middle_half "$way" 3)"; done
  goals_head
  for way in "${vacuum_ways[@]}"; do
    goal "$way: size in the last third of the weeks that remove history, against the first" "$(awk -v last="$(mean "$way" 2 $((weeks - third + 1)) "$weeks")" -v first="$(mean "$way" 2 "$full" $((full + third - 1)))" 'BEGIN { printf "%.3f", last / first }')" ' ×' most 1.05
    goal "$way: a commit after the year against the first day" "$(commits "$way" 3)" ' ×' most 1.05
  done
}
