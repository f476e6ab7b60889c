#!/usr/bin/env bash
# Follows the advice of the summary, on work whose shape is known: does the run name what binds it, and is the degree of parallelism it suggests as
# good as the best of a sweep? Ends with code 1 when a bound is misnamed, or when the advice gets less than 90 % of the best throughput.
#
#   benchmarks/advice.sh [--times N] [upstream|cpu|mixed|database|rate-limit]
#
# --times N: each shape N times, the shapes in turn; all of them have to be right.
set -euo pipefail

times=1
if [[ ${1:-} == --times ]]; then times=${2:-} && shift $(($# < 2 ? $# : 2)); fi
what=${1:-all}
[[ $# -le 1 && $times =~ ^[1-9][0-9]*$ && $what =~ ^(all|upstream|cpu|mixed|database|rate-limit)$ ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

misses=0
summary=$work/summary.json

# ingest DOP ITEMS: sets rate, in items per second; settings of the shape are in the array of that name
ingest() {
  fresh_database advice
  # As if the disk were slow: every commit takes this much longer, however many rows it has.
  "$PG_BIN/psql" -h "$postgres_sockets" -d postgres -qc "ALTER DATABASE advice SET commit_delay = $commit_delay" -c 'ALTER DATABASE advice SET commit_siblings = 0'
  measure env Upstream__BaseAddress="$upstream" Health__Port=0 "${settings[@]}" "$worker" run --strategy Async --dop "$1" --ids "1-$2" --summary "$summary"
  drop_database advice
  rate=$(number itemsPerSecond "$summary")
}

# items DOP: as many as keep a run going for some seconds, as the shape says
items() {
  awk -v dop="$1" -v per_slot="$per_slot" -v least="$least" -v most="$most" 'BEGIN { n = dop * per_slot; print (n < least ? least : n > most ? most : n) }'
}

# share_of RATE BEST: in percent
share_of() {
  awk -v rate="$1" -v best="$2" 'BEGIN { printf "%.0f", 100 * rate / best }'
}

# shape NAME BOUND LATENCY DOP SWEEP: runs at DOP, follows the advice, and compares with the degrees of the sweep
shape() {
  local name=$1 bound=$2 dop=$4 named suggested followed share verdict=ok best=0 best_dop=0 all='' degree
  [[ $what == all || $what == "$name" ]] || return 0
  curl -fsS -o /dev/null -X POST -d "{\"latency\": \"$3\"}" "${upstream%api/}control"
  ingest "$dop" "$(items "$dop")"
  named=$(sed -n 's/^ *"boundBy": "\(.*\)",$/\1/p' "$summary")
  suggested=$(number suggestedDegreeOfParallelism "$summary" || true)
  all="$dop: $rate"
  sed -n '/"advice": \[/,/\]/{s/^ *"\(.*\)",\{0,1\}$/\1/p}' "$summary" | sed "/^ *advice/d; s/^/  $name: /" >&2
  if [[ -z $suggested ]]; then
    followed=$rate suggested=none
  else
    ingest "$suggested" "$(items "$suggested")"
    followed=$rate
  fi
  for degree in $5; do
    ingest "$degree" "$(items "$degree")"
    all+=", $degree: $rate"
    if awk -v a="$rate" -v b="$best" 'BEGIN { exit !(a > b) }'; then best=$rate best_dop=$degree; fi
  done
  share=$(share_of "$followed" "$best")
  if ((share < 90)) && [[ $suggested != none ]]; then
    # The machine may have been busy with something else: both once more, one right after the other.
    ingest "$suggested" "$(items "$suggested")"
    followed=$rate
    ingest "$best_dop" "$(items "$best_dop")"
    best=$rate
    all+=", again $suggested: $followed, $best_dop: $best"
    share=$(share_of "$followed" "$best")
  fi
  [[ $named == "$bound" ]] || verdict="misses: expected $bound"
  ((share >= 90)) || verdict="misses: less than 90 %"
  [[ $verdict == ok ]] || misses=$((misses + 1))
  printf '| %s of %s | %s | %s | %s | %s | %s | %s at %s | %s %% | %s |\n' "$round" "$times" "$name" "$dop" "$named" "$suggested" "$followed" "$best" "$best_dop" "$share" "$verdict"
  printf '  %s, items/s by degree: %s\n' "$name" "$all" >&2
}

build
start_database
start_listening upstream dotnet "$simulator" --port 0 --characters 100000
machine
printf '\n| round | shape | DOP | bound by | advice | items/s with it | best of the sweep | share | |\n|---|---|---|---|---|---|---|---|---|\n'

for ((round = 1; round <= times; round++)); do
  # Answers take 50 ms.
  settings=() commit_delay=0 per_slot=60 least=600 most=8000
  shape upstream upstream 50ms 8 '32 128 256 512'

  # A fingerprint takes some 8 ms, answers come at once.
  settings=(Transform__FingerprintIterations=30000) per_slot=100 least=600 most=600
  shape cpu cpu 0ms 4 '1 2 16 64'

  # Both: a fingerprint takes a little longer than an answer.
  settings=(Transform__FingerprintIterations=60000) per_slot=100 least=150 most=300
  shape mixed concurrency 8ms 1 '2 4 16 64'

  # Commits take 50 ms, answers come at once.
  settings=() commit_delay=50000 per_slot=60 least=600 most=8000
  shape database database 0ms 8 '32 128 256 512'

  # At most 100 requests a second, each answered after 20 ms.
  settings=(Upstream__RequestsPerSecond=100) commit_delay=0 per_slot=300 least=300 most=300
  shape rate-limit rate-limit 20ms 16 '1 2 4 64'
done

((misses == 0)) || postgres_fail "$misses of the shapes missed; on a machine that is busy otherwise, try again"
