# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # the options come from run.sh, the programs and what measure sets from common.sh
# The ways to ingest that benchmarks/run.sh compares. Each sets count (characters) and rate (characters/s), and what measure sets. Source it after common.sh.

# What the worker exports its traces, metrics and logs to; empty = it exports nothing.
telemetry=''
# The outcome all characters of a run of the worker have.
outcome=ingested
# Characters in a batch of the worker's last run, on average.
batch=1

sql() {
  "$PG_BIN/psql" -h "$postgres_sockets" -d bench -AtXqc "$1"
}

# beside COMMAND…: measures it, and sets database_cpu and upstream_cpu (ms), what the two used meanwhile
beside() {
  local database_before upstream_before
  database_before=$(cpu_ms "$postgres_pid") upstream_before=$(cpu_ms "$upstream_pid")
  measure "$@"
  database_cpu=$(($(cpu_ms "$postgres_pid") - database_before))
  upstream_cpu=$(($(cpu_ms "$upstream_pid") - upstream_before))
}

# ingest COUNT STRATEGY [OPTION…]: one run of the worker
ingest() {
  count=$1
  rm -f "$work/summary.json"
  beside env OTEL_EXPORTER_OTLP_ENDPOINT="$telemetry" Upstream__BaseAddress="$upstream" Health__Port=0 \
    "$worker" run --ids "1-$1" --strategy "$2" --dop "${dop:-64}" --summary "$work/summary.json" "${@:3}"
  rate=$(number itemsPerSecond "$work/summary.json")
  [[ $(number "$outcome" "$work/summary.json") == "$1" ]] || postgres_fail "$(number "$outcome" "$work/summary.json") of $1 are $outcome"
}

# watched VIEWERS: ingests while so many follow the stream of the live page; metrics and logs as in what it is compared with
watched() {
  local port viewers=() i
  port=$(postgres_free_port)
  for ((i = 0; i < $1; i++)); do
    setpriv --pdeathsig TERM curl -sN -o /dev/null --retry 60 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/events" &
    viewers+=($!)
  done
  OTEL_TRACES_EXPORTER=none ingest "$items" Async --Live:Port="$port"
  kill "${viewers[@]}" 2>/dev/null || true
}

# again STRATEGY [OPTION…]: ingests, and then once more what is stored by then
again() {
  ingest "$items" "$1"
  sql CHECKPOINT
  outcome=unchanged
  ingest "$items" "$@"
  outcome=ingested
}

# timed COUNT COMMAND…: a program that prints elapsedSeconds
timed() {
  count=$1
  beside env -u OTEL_EXPORTER_OTLP_ENDPOINT PGDATABASE=bench "${@:2}"
  rate=$(awk -v count="$count" -v seconds="$(number elapsedSeconds "$work/output")" 'BEGIN { print count / seconds }')
}

# stored COUNT COMMAND…: the same, and it stores every character
stored() {
  local rows
  timed "$@"
  rows=$(sql 'SELECT count(*) FROM ingestion.characters')
  [[ $rows == "$1" ]] || postgres_fail "$2 $3 stored $rows of $1"
}

# one_of WAY: ingests once, in the way that the tables call so
one_of() {
  case $1 in
    'plain .NET') stored "$items" "$benchmarks" plain "$upstream" "$items" ;;
    'plain .NET, batched') stored "$items" "$benchmarks" batched "$upstream" "$items" ;;
    'Python asyncio') stored $((items / 4)) "$python" "$root/benchmarks/alternatives/python/ingest.py" "$upstream" $((items / 4)) ;;
    Node) stored $((items / 2)) node "$root/artifacts/benchmarks/alternatives/node/ingest.js" "$upstream" $((items / 2)) ;;
    'HTTP client alone') timed "$items" "$benchmarks" http "$upstream" "$items" ;;
    'PostgreSQL alone') stored "$items" "$benchmarks" copy "$upstream" "$items" "$batch" ;;
    # It waits for a commit with every character.
    Sequential) ingest $((items / 20)) "$1" ;;
    '1 ID per request' | '20 IDs per request' | '100 IDs per request')
      ingest "$items" Pipeline "--Upstream:IdsPerRequest=${1%% *}"
      batch=$(sql 'SELECT ceil(count(*)::numeric / count(DISTINCT finished_at)) FROM ingestion.outcomes')
      ;;
    'HTTP 1.1') DOTNET_SYSTEM_NET_HTTP_SOCKETSHTTPHANDLER_HTTP2SUPPORT=false ingest "$items" Async ;;
    'HTTP 2') ingest "$items" Async ;;
    'ReadyToRun '* | 'native '*) with_program "${1% *}" ingest "$items" "${1#* }" ;;
    'first run') ingest "$items" Pipeline ;;
    'unchanged, whole') again Pipeline --Upstream:ConditionalRequests=false ;;
    'unchanged, with ETags') again Pipeline ;;
    'no telemetry') OTEL_SDK_DISABLED=true ingest "$items" Async ;;
    'metrics and logs') OTEL_TRACES_EXPORTER=none ingest "$items" Async ;;
    'and traces, default') ingest "$items" Async ;;
    'and every trace') OTEL_TRACES_SAMPLER=always_on ingest "$items" Async ;;
    nobody) watched 0 ;;
    'one viewer') watched 1 ;;
    'ten viewers') watched 10 ;;
    'default, and a report') ingest "$items" Async --report "$work/report.html" ;;
    *) ingest "$items" "$1" ;;
  esac
}

# measured WAY FIELD: the median of what was measured in that way; the fields are rate, peak (MiB), and the CPU time for each character (µs): its own,
# the database's and the upstream's
measured() {
  local -A fields=([rate]=1 [peak]=2 [cpu]=3 [database]=4 [upstream]=5)
  cut -d ' ' -f "${fields[$2]}" "$work/$1.measured" | median
}

# in_turns WAY…: measures the ways in turns, as often as --repeat says, and prints the medians against the first
in_turns() {
  local round way
  printf '| | round | characters/s | peak memory MiB | CPU µs per character: its own | PostgreSQL | upstream |\n|---|---|---|---|---|---|---|\n'
  for way in "$@"; do rm -f "$work/$way.measured"; done
  for ((round = 1; round <= repeat; round++)); do
    for way in "$@"; do
      fresh_database bench
      one_of "$way"
      drop_database bench
      awk -v rate="$rate" -v peak="$peak" -v cpu="$cpu" -v database="$database_cpu" -v upstream="$upstream_cpu" -v count="$count" 'BEGIN {
        each = 1000 / count
        printf "%.0f %s %.1f %.1f %.1f\n", rate, peak, cpu * each, database * each, upstream * each }' >>"$work/$way.measured"
      printf '| %s | %s | %s |\n' "$way" "$round" "$(tail -n 1 "$work/$way.measured" | sed 's/ / | /g')"
    done
  done
  printf '\n| median | characters/s | against %s | peak memory MiB | CPU µs per character: its own | PostgreSQL | upstream |\n|---|---|---|---|---|---|---|\n' "$1"
  for way in "$@"; do
    printf '| %s | %.0f | %s | %.0f | %.0f | %.0f | %.0f |\n' "$way" "$(measured "$way" rate)" "$(ratio "$way" "$1")" \
      "$(measured "$way" peak)" "$(measured "$way" cpu)" "$(measured "$way" database)" "$(measured "$way" upstream)"
  done
}

# ratio WAY OTHER: how many times faster the one is
ratio() {
  awk -v a="$(measured "$1" rate)" -v b="$(measured "$2" rate)" 'BEGIN { printf "%.2f", a / b }'
}
