#!/usr/bin/env bash
# The two experiments of the README: the same work done by each strategy, once bound by waiting and once by computing.
#
#   benchmarks/experiments.sh [io|cpu]
set -euo pipefail

what=${1:-all}
[[ $what =~ ^(all|io|cpu)$ ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# ingest OPTIONS…: sets elapsed, in seconds
ingest() {
  fresh_database experiment
  measure env Upstream__BaseAddress="$upstream" Health__Port=0 dotnet "$worker" run --summary "$work/summary.json" "$@"
  drop_database experiment
  elapsed=$(number elapsedSeconds "$work/summary.json")
}

# waiting STRATEGY DOP EXPECTED_SECONDS
waiting() {
  ingest --ids 1-10 --delay 2s --strategy "$1" --dop "$2"
  printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "$elapsed"
}

# iterations_for_100ms: how many make one item cost about 100 ms; measured with the worker itself, on one thread
iterations_for_100ms() {
  local few=100000 many=1100000 short
  Transform__FingerprintIterations=$few ingest --ids 1-5 --strategy Sequential
  short=$elapsed
  Transform__FingerprintIterations=$many ingest --ids 1-5 --strategy Sequential
  awk -v short="$short" -v long="$elapsed" -v items=5 -v more=$((many - few)) 'BEGIN { printf "%d", 0.1 / ((long - short) / items / more) }'
}

# computing STRATEGY DOP: one round
computing() {
  Transform__FingerprintIterations=$iterations ingest --ids 1-40 --strategy "$1" --dop "$2"
  printf '%s\n' "$elapsed" >>"$work/$1.rounds"
}

# computed STRATEGY DOP: the median of the rounds
computed() {
  local elapsed
  elapsed=$(median <"$work/$1.rounds")
  [[ $1 != EventLoop ]] || loop=$elapsed
  awk -v name="$1" -v dop="$2" -v elapsed="$elapsed" -v loop="$loop" 'BEGIN { printf "| %s | %s | %.2f | %.2f |\n", name, dop, elapsed, loop / elapsed }'
}

build
start_database
start_listening upstream dotnet "$simulator" --port 0
machine

if [[ $what != cpu ]]; then
  printf '\n### Bound by waiting: 10 characters, 2 s delay after each fetch\n\n'
  printf '| strategy | DOP | expected s | elapsed s |\n|---|---|---|---|\n'
  waiting Sequential 1 20
  waiting ThreadPerItem 0 2
  waiting ThreadPool 5 4
  waiting EventLoop 0 2
  waiting Async 0 2
fi

if [[ $what != io ]]; then
  cores=$(nproc)
  iterations=$(iterations_for_100ms)
  printf '\n### Bound by computing: 40 characters, about 100 ms each (%s PBKDF2 iterations), %s cores\n\n' "$iterations" "$cores"
  printf '| strategy | DOP | elapsed s, median of 5 | times as fast as EventLoop |\n|---|---|---|---|\n'
  for _ in 1 2 3 4 5; do
    computing EventLoop 16
    computing Sequential 1
    computing ThreadPool 16
    computing Async 16
    computing Pipeline 16
  done
  computed EventLoop 16
  computed Sequential 1
  computed ThreadPool 16
  computed Async 16
  computed Pipeline 16
fi
