#!/usr/bin/env bash
# Measures the worker, the real process against a real database, on one machine with everything it talks to. README.md beside this says how to read it, docs/performance.md has the figures.
#
#   benchmarks/run.sh                                            all of the following
#   benchmarks/run.sh side-by-side [--items 100000] [--repeat 3] each strategy beside plain .NET, Python, Node, and what HTTP and PostgreSQL do alone
#   benchmarks/run.sh unchanged [--items 100000] [--repeat 3]    records that are stored already, fetched whole and asked for with their ETag
#   benchmarks/run.sh uncapped [--repeat 3]                      ten thousand requests that take a second, at once
#   benchmarks/run.sh native [--repeat 3]                        the program as it ships beside the last that was compiled when it ran: start, CPU, memory
#   benchmarks/run.sh start [--repeat 3]                         how soon a process makes its first request
#   benchmarks/run.sh million                                    what a character costs, and the memory, up to a million of them
#   benchmarks/run.sh several [--items 100000] [--repeat 3]      1, 20 and 100 IDs with one request
#   benchmarks/run.sh http2 [--items 100000] [--repeat 3]        an upstream over TLS that offers HTTP/2
#   benchmarks/run.sh throughput [--items 100000] [--repeat 3]   beside the plain way to do it, watched
#   benchmarks/run.sh telemetry [--items 100000] [--repeat 3]    what metrics, traces and a report cost
#   benchmarks/run.sh watching [--items 100000] [--repeat 3]     what keeping the latest attempts costs, and viewers of the live page
#   benchmarks/run.sh memory [--small 20000] [--large 200000]    of the worker when it is traced
#   benchmarks/run.sh resume [--done 1000000] [--repeat 3]       how soon a worker goes on with a run that has this many outcomes
#   benchmarks/run.sh year [--every 10] [--repeat 3]             whether history stays small and commits stay fast with a run every so many seconds, for a year
set -euo pipefail

all=(side-by-side unchanged uncapped native start million several http2 throughput telemetry watching memory resume year)
what=('') items=100000 repeat=3 small=20000 large=200000 done=1000000 every=10
while (($# > 0)); do
  case $1 in
    --items | --repeat | --small | --large | --done | --every)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { printf 'run.sh: %s wants a number above 0\n' "$1" >&2; exit 64; }
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    *)
      [[ " ${all[*]} " == *" $1 "* ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }
      what=("$1")
      ;;
  esac
  shift
done
[[ -n ${what[0]} ]] || what=("${all[@]}")

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# shellcheck source=benchmarks/upstreams.sh
source "$root/benchmarks/upstreams.sh"
# shellcheck source=benchmarks/ways.sh
source "$root/benchmarks/ways.sh"
# shellcheck source=benchmarks/goals.sh
source "$root/benchmarks/goals.sh"
# shellcheck source=benchmarks/native.sh
source "$root/benchmarks/native.sh"
# shellcheck source=benchmarks/year.sh
source "$root/benchmarks/year.sh"

throughput() {
  printf '\n### Throughput: %s characters, one per request, degree of parallelism 64; the worker with traces, metrics and logs\n\n' "$items"
  in_turns 'plain .NET' Async Pipeline
}

telemetry() {
  printf '\n### What telemetry costs: %s characters, Async, degree of parallelism 64\n\n' "$items"
  in_turns 'metrics and logs' 'no telemetry' 'and traces, default' 'and every trace' 'default, and a report'
}

several() {
  printf '\n### Several IDs with one request: %s characters, Pipeline, degree of parallelism 64\n\n' "$items"
  in_turns '1 ID per request' '20 IDs per request' '100 IDs per request'
}

http2() {
  local simulated=$upstream simulated_pid=$upstream_pid
  printf '\n### An upstream over TLS: %s characters, one per request, Async, degree of parallelism 64\n\n' "$items"
  start_made_up_tls || { printf 'Left out: there is no nginx here (Debian, Ubuntu: apt-get install nginx-light)\n'; return; }
  upstream=$web upstream_pid=${running[-1]}
  in_turns 'HTTP 1.1' 'HTTP 2'
  stop_last
  unset SSL_CERT_FILE
  upstream=$simulated upstream_pid=$simulated_pid
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
INSERT INTO ingestion.runs (id, source, upstream, resource, strategy, degree_of_parallelism, requested, status, started_at)
VALUES ('$run', 'ids:1-$last', '${upstream%/}/', 'character/{id}', 'Async', 64, $last, 'running', now());
INSERT INTO ingestion.commit_outcomes (run_id, first_item, finished_at, ingested)
SELECT '$run', min(id * $step), now(), array_agg(id * $step ORDER BY id) FROM generate_series(1, $done) AS id GROUP BY id / 1000;
SQL
      ask_simulator POST /stats/reset >/dev/null
      began=$EPOCHREALTIME
      setpriv --pdeathsig TERM env Upstream__BaseAddress="$upstream" Health__Port=0 \
        "$worker" run --ids "1-$last" --dop 64 >"$work/output" 2>"$work/errors" </dev/null &
      pid=$!
      running+=("$pid")
      until ask_simulator GET /stats | grep -q '"totalRequests": [1-9]'; do
        kill -0 "$pid" 2>/dev/null || { cat "$work/errors" >&2; postgres_fail 'the worker ended before its first request'; }
      done
      awk -v step="$step" -v round="$round" -v began="$began" -v now="$EPOCHREALTIME" '/^VmHWM:/ {
        printf "| %s | %s | %.2f | %d |\n", step == 1 ? "a range" : "every second", round, now - began, $2 / 1024 }' "/proc/$pid/status"
      kill -TERM "$pid"
      wait "$pid" || true
      [[ $(sql 'SELECT count(*) FROM ingestion.runs') == 1 ]] || postgres_fail 'the worker began another run instead of going on'
      drop_database bench
    done
  done
}

build
start_database
start_listening upstream dotnet "$simulator" --port 0 --characters $((items > large ? items : large))
upstream_pid=${running[-1]}
start_listening collector "$benchmarks" collector
telemetry=$collector
machine
for part in "${what[@]}"; do
  "${part//-/_}"
done
