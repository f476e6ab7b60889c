#!/usr/bin/env bash
# Measures the worker, the real process against a real database and a simulator without latency.
#
#   benchmarks/run.sh                                            all of the following
#   benchmarks/run.sh throughput [--items 100000] [--repeat 3]   beside the plain way to do it
#   benchmarks/run.sh watching [--items 100000] [--repeat 3]     what tracing and a report cost
#   benchmarks/run.sh several [--items 100000] [--repeat 3]      1, 20 and 100 IDs with one request
#   benchmarks/run.sh unchanged [--items 100000] [--repeat 3]    records that are stored already, fetched whole and asked for with their ETag
#   benchmarks/run.sh memory [--small 20000] [--large 200000]
#   benchmarks/run.sh resume [--done 1000000] [--repeat 3]   how soon a worker goes on with a run that has this many outcomes
set -euo pipefail

what=all items=100000 repeat=3 small=20000 large=200000 done=1000000
while (($# > 0)); do
  case $1 in
    throughput | watching | several | unchanged | memory | resume) what=$1 ;;
    --items | --repeat | --small | --large | --done)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { printf 'run.sh: %s wants a number above 0\n' "$1" >&2; exit 64; }
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    *)
      sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
      exit 64
      ;;
  esac
  shift
done

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# ingest COUNT STRATEGY [OPTION…]: one run of the worker, in which all items have the outcome $outcome; sets rate and what measure sets
outcome=ingested
ingest() {
  rm -f "$work/summary.json"
  measure env OTEL_EXPORTER_OTLP_ENDPOINT="$collector" Upstream__BaseAddress="$upstream" Health__Port=0 \
    dotnet "$worker" run --ids "1-$1" --strategy "$2" --dop 64 --summary "$work/summary.json" "${@:3}"
  rate=$(number itemsPerSecond "$work/summary.json")
  [[ $(number "$outcome" "$work/summary.json") == "$1" ]] || postgres_fail "$(number "$outcome" "$work/summary.json") of $1 are $outcome"
}

# plain COUNT: the same with the plain way
plain() {
  measure env -u OTEL_EXPORTER_OTLP_ENDPOINT dotnet "$benchmarks" plain "$upstream" "$1"
  rate=$(awk -v count="$1" -v seconds="$(number elapsedSeconds "$work/output")" 'BEGIN { print count / seconds }')
  local rows
  rows=$("$PG_BIN/psql" -h "$postgres_sockets" -d bench -AtXqc 'SELECT count(*) FROM ingestion.characters')
  [[ $rows == "$1" ]] || postgres_fail "the plain way stored $rows of $1"
}

# again STRATEGY [OPTION…]: ingests, and then once more what is stored by then
again() {
  ingest "$items" "$1"
  "$PG_BIN/psql" -h "$postgres_sockets" -d bench -qXc CHECKPOINT
  outcome=unchanged
  ingest "$items" "$@"
  outcome=ingested
}

# one_of WAY: ingests once, in the way that the tables below call so
one_of() {
  case $1 in
    plain) plain "$items" ;;
    Async | Pipeline) ingest "$items" "$1" ;;
    '1 ID per request' | '20 IDs per request' | '100 IDs per request') ingest "$items" Pipeline "--Upstream:IdsPerRequest=${1%% *}" ;;
    'first run') ingest "$items" Pipeline ;;
    'unchanged, whole') again Pipeline --Upstream:ConditionalRequests=false ;;
    'unchanged, with ETags') again Pipeline ;;
    'no telemetry') OTEL_SDK_DISABLED=true ingest "$items" Async ;;
    'metrics and logs') OTEL_TRACES_EXPORTER=none ingest "$items" Async ;;
    'and traces, default') ingest "$items" Async ;;
    'and every trace') OTEL_TRACES_SAMPLER=always_on ingest "$items" Async ;;
    'default, and a report') ingest "$items" Async --report "$work/report.html" ;;
  esac
}

# in_turns WAY…: measures the ways in turns, as often as --repeat says, and prints the medians against that of the first
in_turns() {
  local round way
  printf '| | round | characters/s | CPU µs per character | peak memory MiB |\n|---|---|---|---|---|\n'
  for ((round = 1; round <= repeat; round++)); do
    for way in "$@"; do
      fresh_database bench
      one_of "$way"
      drop_database bench
      awk -v way="$way" -v round="$round" -v rate="$rate" -v cpu="$cpu" -v items="$items" -v peak="$peak" 'BEGIN {
        printf "| %s | %s | %.0f | %.0f | %s |\n", way, round, rate, cpu * 1000 / items, peak }'
      printf '%s\n' "$rate" >>"$work/$way.rates"
    done
  done
  printf '\n| median | characters/s | against %s |\n|---|---|---|\n' "$1"
  for way in "$@"; do
    awk -v way="$way" -v rate="$(median <"$work/$way.rates")" -v first="$(median <"$work/$1.rates")" 'BEGIN {
      printf "| %s | %.0f | %.2f |\n", way, rate, rate / first }'
  done
}

throughput() {
  printf '\n### Throughput: %s characters, one per request, degree of parallelism 64; the worker with traces, metrics and logs\n\n' "$items"
  in_turns plain Async Pipeline
}

watching() {
  printf '\n### What being watched costs: %s characters, Async, degree of parallelism 64\n\n' "$items"
  in_turns 'metrics and logs' 'no telemetry' 'and traces, default' 'and every trace' 'default, and a report'
}

several() {
  printf '\n### Several IDs with one request: %s characters, Pipeline, degree of parallelism 64\n\n' "$items"
  in_turns '1 ID per request' '20 IDs per request' '100 IDs per request'
}

unchanged() {
  printf '\n### What is stored already: %s characters, Pipeline, degree of parallelism 64\n\n' "$items"
  in_turns 'first run' 'unchanged, whole' 'unchanged, with ETags'
}

memory() {
  local count first last
  printf '\n### Memory of the worker, traced, degree of parallelism 64\n\n'
  printf '| characters | resident at the end MiB | peak MiB | characters/s |\n|---|---|---|---|\n'
  for count in "$small" "$large" "$large, and a report"; do
    fresh_database bench
    if [[ $count == *report ]]; then ingest "$large" Async --report "$work/report.html"; else ingest "$count" Async; fi
    drop_database bench
    awk -v count="$count" -v resident="$resident" -v peak="$peak" -v rate="$rate" 'BEGIN { printf "| %s | %s | %s | %.0f |\n", count, resident, peak, rate }'
    [[ $count != "$small" ]] || first=$resident
    [[ $count != "$large" ]] || last=$resident
  done
  awk -v small="$first" -v large="$last" 'BEGIN { printf "\nRatio at the end, without a report: %.2f\n", large / small }'
}

# ask_simulator METHOD PATH: prints its answer
ask_simulator() {
  local address=${upstream#http://}
  address=${address%%/*}
  exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
  printf '%s %s HTTP/1.0\r\nContent-Length: 0\r\n\r\n' "$@" >&3
  cat <&3
  exec 3>&-
}

# resume: from the start of the process to the first request; the IDs that are done are a range, or every second one
resume() {
  local step round last run=0190a000-0000-7000-8000-000000000000 began pid
  printf '\n### Going on with a run that has %s outcomes\n\n' "$done"
  printf '| done | round | first request after s | peak memory until then MiB |\n|---|---|---|---|\n'
  for step in 1 2; do
    last=$((done * step + 100))
    for ((round = 1; round <= repeat; round++)); do
      fresh_database bench
      "$PG_BIN/psql" -h "$postgres_sockets" -d bench -qX -v ON_ERROR_STOP=1 <<SQL
INSERT INTO ingestion.runs (id, source, strategy, degree_of_parallelism, requested, status, started_at)
VALUES ('$run', 'ids:1-$last', 'Async', 64, $last, 'running', now());
INSERT INTO ingestion.outcomes (run_id, character_id, outcome, attempts, finished_at)
SELECT '$run', id * $step, 'Ingested', 1, now() FROM generate_series(1, $done) AS id;
SQL
      ask_simulator POST /stats/reset >/dev/null
      began=$EPOCHREALTIME
      setpriv --pdeathsig TERM env Upstream__BaseAddress="$upstream" Health__Port=0 \
        dotnet "$worker" run --ids "1-$last" --dop 64 >"$work/output" 2>"$work/errors" </dev/null &
      pid=$!
      running+=("$pid")
      until ask_simulator GET /stats | grep -q '"totalRequests": [1-9]'; do
        kill -0 "$pid" 2>/dev/null || { cat "$work/errors" >&2; postgres_fail 'the worker ended before its first request'; }
      done
      awk -v step="$step" -v round="$round" -v began="$began" -v now="$EPOCHREALTIME" '/^VmHWM:/ {
        printf "| %s | %s | %.2f | %d |\n", step == 1 ? "a range" : "every second", round, now - began, $2 / 1024 }' "/proc/$pid/status"
      kill -TERM "$pid"
      wait "$pid" || true
      drop_database bench
    done
  done
}

build
start_database
start_listening upstream dotnet "$simulator" --port 0 --characters $((items > large ? items : large))
start_listening collector dotnet "$benchmarks" collector
machine
[[ $what != all && $what != throughput ]] || throughput
[[ $what != all && $what != watching ]] || watching
[[ $what != all && $what != several ]] || several
[[ $what != all && $what != unchanged ]] || unchanged
[[ $what != all && $what != memory ]] || memory
[[ $what != all && $what != resume ]] || resume
