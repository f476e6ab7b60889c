#!/usr/bin/env bash
# Measures the worker, the real process against a real database and a simulator without latency.
#
#   benchmarks/run.sh                                  throughput, beside the plain way to do it, then memory
#   benchmarks/run.sh throughput [--items 100000] [--repeat 3]
#   benchmarks/run.sh memory [--small 20000] [--large 200000]
set -euo pipefail

what=all items=100000 repeat=3 small=20000 large=200000
while (($# > 0)); do
  case $1 in
    throughput | memory) what=$1 ;;
    --items | --repeat | --small | --large)
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

# ingest COUNT [STRATEGY]: one run of the worker with tracing on; sets rate and what measure sets
ingest() {
  rm -f "$work/summary.json"
  measure env OTEL_EXPORTER_OTLP_ENDPOINT="$collector" Upstream__BaseAddress="$upstream" Health__Port=0 \
    dotnet "$worker" run --ids "1-$1" --strategy "${2:-Async}" --dop 64 --summary "$work/summary.json"
  rate=$(number itemsPerSecond "$work/summary.json")
  [[ $(number ingested "$work/summary.json") == "$1" ]] || postgres_fail "the worker ingested $(number ingested "$work/summary.json") of $1"
}

# plain COUNT: the same with the plain way
plain() {
  measure env -u OTEL_EXPORTER_OTLP_ENDPOINT dotnet "$benchmarks" plain "$upstream" "$1"
  rate=$(awk -v count="$1" -v seconds="$(number elapsedSeconds "$work/output")" 'BEGIN { print count / seconds }')
  local rows
  rows=$("$PG_BIN/psql" -h "$postgres_sockets" -d bench -AtXqc 'SELECT count(*) FROM ingestion.characters')
  [[ $rows == "$1" ]] || postgres_fail "the plain way stored $rows of $1"
}

throughput() {
  local round way
  printf '\n### Throughput: %s characters, one per request, degree of parallelism 64\n\n' "$items"
  printf '| | round | characters/s | CPU µs per character | peak memory MiB |\n|---|---|---|---|---|\n'
  for ((round = 1; round <= repeat; round++)); do
    for way in 'plain, no traces' 'Async, traced' 'Pipeline, traced'; do
      fresh_database bench
      if [[ $way == plain* ]]; then plain "$items"; else ingest "$items" "${way%%,*}"; fi
      drop_database bench
      awk -v way="$way" -v round="$round" -v rate="$rate" -v cpu="$cpu" -v items="$items" -v peak="$peak" 'BEGIN {
        printf "| %s | %s | %.0f | %.0f | %s |\n", way, round, rate, cpu * 1000 / items, peak }'
      printf '%s\n' "$rate" >>"$work/${way%%,*}.rates"
    done
  done
  awk -v plain="$(median <"$work/plain.rates")" -v async="$(median <"$work/Async.rates")" -v pipeline="$(median <"$work/Pipeline.rates")" 'BEGIN {
    printf "\nMedian: plain %.0f, Async %.0f (%.2f times as many), Pipeline %.0f (%.2f times as many) characters/s\n",
      plain, async, async / plain, pipeline, pipeline / plain }'
}

memory() {
  local count first=
  printf '\n### Memory of the worker, traced, degree of parallelism 64\n\n'
  printf '| characters | resident at the end MiB | peak MiB | characters/s |\n|---|---|---|---|\n'
  for count in "$small" "$large"; do
    fresh_database bench
    ingest "$count"
    drop_database bench
    awk -v count="$count" -v resident="$resident" -v peak="$peak" -v rate="$rate" 'BEGIN { printf "| %s | %s | %s | %.0f |\n", count, resident, peak, rate }'
    first=${first:-$resident}
  done
  awk -v small="$first" -v large="$resident" 'BEGIN { printf "\nRatio at the end: %.2f\n", large / small }'
}

build
start_database
start_listening upstream dotnet "$simulator" --port 0 --characters $((items > large ? items : large))
start_listening collector dotnet "$benchmarks" collector
machine
[[ $what == memory ]] || throughput
[[ $what == throughput ]] || memory
