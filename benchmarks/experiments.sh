#!/usr/bin/env bash
# The two experiments of the README: the same work done by each strategy, once bound by waiting and once by computing.
#
#   benchmarks/experiments.sh [io|cpu]
set -euo pipefail

what=${1:-all}
[[ $what =~ ^(all|io|cpu)$ ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

compare() {
  Upstream__BaseAddress=$upstream "$worker" compare "$@"
}

build
start_database
start_listening upstream dotnet "$simulator" --port 0
fresh_database experiments
machine

if [[ $what != cpu ]]; then
  printf '\nBound by waiting: 10 characters, 2 s delay after each fetch. Expected: Sequential 20 s, ThreadPool of 5 4 s, the others 2 s\n'
  compare --ids 1-10 --delay 2s --repeat 1 --strategies Sequential,ThreadPerItem:0,ThreadPool:5,EventLoop:0,Async:0
fi

if [[ $what != io ]]; then
  iterations=$(iterations_for 0.1)
  printf '\nBound by computing: 40 characters, about 100 ms each (%s PBKDF2 iterations), %s cores\n' "$iterations" "$(nproc)"
  compare --ids 1-40 --repeat 5 --strategies Sequential,EventLoop:16,ThreadPool:16,Async:16,Pipeline:16 "--Transform:FingerprintIterations=$iterations"
fi
