#!/usr/bin/env bash
# Adaptive against fixed degrees of parallelism, on a real run against an upstream with a hidden capacity: beyond it latency grows, or 429s come.
# Then the capacity halves and doubles while a run is going. At last an upstream that answers at once, so that the cores are the limit: those of the machine,
# which the database and the upstream share, then half a core and one in a control group of their own (as root). Ends with code 1 when Adaptive does less than 95 % of the best fixed degree, when it is
# not within 10 % of the best 50 round trips after a change, or when more than 1 % of its requests are answered 429.
#
#   benchmarks/adaptive.sh [4|32|200] [latency|429]
#   benchmarks/adaptive.sh cores [all|0.5|1]
set -euo pipefail

only=${1:-all} only_kind=${2:-all}
[[ $only =~ ^(all|4|32|200)$ && $only_kind =~ ^(all|latency|429)$ || $only == cores && $only_kind =~ ^(all|0\.5|1)$ ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# shellcheck source=benchmarks/upstreams.sh
source "$root/benchmarks/upstreams.sh"

misses=0
summary=$work/summary.json

# control SETTING VALUE…: changes the simulator, for the requests that arrive from then on
control() {
  local settings=''
  while (($#)); do
    settings+="${settings:+, }\"$1\": \"$2\""
    shift 2
  done
  curl -fsS -o /dev/null -X POST -d "{$settings}" "${upstream%api/}control"
}

# capacity KIND N
capacity() {
  if [[ $1 == latency ]]; then control capacity "$2" reject-above none; else control capacity none reject-above "$2"; fi
}

# count STATUS: how many answers had it
count() {
  curl -fsS "${upstream%api/}stats?ids=1" | { grep -o "\"$1\": *[0-9]*" || echo ': 0'; } | head -n 1 | grep -o '[0-9]*$'
}

# ingest STRATEGY DOP ITEMS: sets rate (items per second), rejected (percent) and limit
ingest() {
  fresh_database adaptive
  curl -fsS -o /dev/null -X POST "${upstream%api/}stats/reset"
  measure env Upstream__BaseAddress="$upstream" Health__Port=0 "$worker" run --strategy "$1" --dop "$2" --ids "1-$3" --summary "$summary"
  drop_database adaptive
  rate=$(number itemsPerSecond "$summary")
  limit=$(number concurrencyLimit "$summary" || true)
  rejected=$(awk -v bad="$(count 429)" -v good="$(count 200)" 'BEGIN { printf "%.2f", 100 * bad / (bad + good) }')
}

percent() {
  awk -v part="$1" -v whole="$2" 'BEGIN { printf "%.1f", 100 * part / whole }'
}

is_less() {
  awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }'
}

# check SHARE LEAST REJECTED: sets verdict
check() {
  verdict=ok
  ! is_less "$1" "$2" || verdict="less than $2 %"
  ! is_less 1 "$3" || verdict="more than 1 % of 429s"
  [[ $verdict == ok ]] || misses=$((misses + 1))
}

# steady KIND CAPACITY LATENCY ITEMS
steady() {
  local kind=$1 capacity=$2 best=0 best_dop=0 all='' degree degrees share verdict
  capacity "$kind" "$capacity"
  control latency "$3" latency-jitter "$((${3%ms} / 5))ms"
  # Beyond a capacity that rejects there are little else than pauses of the upstream gate, and such a run takes for ever.
  degrees=($((capacity / 2)) $((capacity - capacity / 4)) "$capacity")
  [[ $kind != latency ]] || degrees+=($((capacity + capacity / 4)) $((capacity * 2)))
  for degree in "${degrees[@]}"; do
    ingest Pipeline "$degree" "$4"
    all+="${all:+, }$degree: $rate"
    if is_less "$best" "$rate"; then best=$rate best_dop=$degree; fi
  done
  ingest Adaptive 0 "$4"
  share=$(percent "$rate" "$best")
  check "$share" 95 "$rejected"
  printf '| %s | %s | %s | %s at %s | %s | %s %% | %s %% | %s | %s |\n' "$kind" "$capacity" "$3" "$best" "$best_dop" "$rate" "$share" "$rejected" "$limit" "$verdict"
  printf '  %s %s, items/s by degree: %s\n' "$kind" "$capacity" "$all" >&2
}

# change KIND BEFORE AFTER LATENCY: the last second of a run of which half goes by before the change
change() {
  local kind=$1 before=$2 after=$3 milliseconds=${4%ms} best share verdict pid from until began items
  control latency "$4" latency-jitter "$((milliseconds / 5))ms"
  capacity "$kind" "$after"
  ingest Pipeline "$after" $((after * 8000 / milliseconds))
  best=$rate
  capacity "$kind" "$before"
  items=$(((before + after) * 12000 / milliseconds))
  fresh_database adaptive
  curl -fsS -o /dev/null -X POST "${upstream%api/}stats/reset"
  setpriv --pdeathsig TERM env Upstream__BaseAddress="$upstream" Health__Port=0 "$worker" run --strategy Adaptive --dop 0 --ids "1-$items" \
    --summary "$summary" >"$work/output" 2>"$work/errors" </dev/null &
  pid=$!
  running+=("$pid")
  until (($(count 200) > items / 2)); do sleep 0.2; done
  capacity "$kind" "$after"
  sleep "$(awk -v ms="$milliseconds" 'BEGIN { print 50 * ms * 1.1 / 1000 }')"
  from=$(count 200) began=$EPOCHREALTIME
  sleep 2
  until=$(count 200)
  rate=$(awk -v n=$((until - from)) -v s="$began" -v e="$EPOCHREALTIME" 'BEGIN { printf "%.1f", n / (e - s) }')
  wait "$pid" || { cat "$work/errors" >&2; postgres_fail 'the run failed'; }
  drop_database adaptive
  rejected=$(awk -v bad="$(count 429)" -v good="$(count 200)" 'BEGIN { printf "%.2f", 100 * bad / (bad + good) }')
  share=$(percent "$rate" "$best")
  check "$share" 90 "$rejected"
  printf '| %s | %s → %s | %s | %s | %s | %s %% | %s %% | %s | %s |\n' \
    "$kind" "$before" "$after" "$4" "$best" "$rate" "$share" "$rejected" "$(number concurrencyLimit "$summary")" "$verdict"
}

# confine CORES: sets confined, a command that runs another in a control group with so many cores; version 1 or 2, whichever has the cpu controller
group=''
confine() {
  local parent=/sys/fs/cgroup quota
  confined=()
  [[ $1 != all ]] || return 0
  [[ ! -e $parent/cpu/cpu.cfs_quota_us ]] || parent=$parent/cpu
  group=$parent/ingestion-adaptive-$$
  mkdir -p "$group" 2>/dev/null || return 1
  quota=$(awk -v cores="$1" 'BEGIN { printf "%d", cores * 100000 }')
  if [[ -e $group/cpu.cfs_quota_us ]]; then
    echo "$quota" >"$group/cpu.cfs_quota_us" || return 1
  else
    echo "$quota 100000" >"$group/cpu.max" || return 1
  fi 2>/dev/null
  # shellcheck disable=SC2016 # for the other shell
  confined=(bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group")
}

release() {
  [[ -z $group ]] || rmdir "$group" 2>/dev/null || true
  group=''
}
trap 'clean_up; release' EXIT

# cores CORES ITEMS: three rounds, each way in turn; ten seconds or so for each, as above, for a limit has to be found first
cores() {
  local way ways=(16 32 64 128 256 auto) best=0 best_dop=0 all='' rate share verdict
  confine "$1" || { release; printf 'Left out: no control group of %s cores can be made here\n' "$1" >&2; return 0; }
  for _ in 1 2 3; do
    for way in "${ways[@]}"; do
      fresh_database adaptive
      measure "${confined[@]}" env Upstream__BaseAddress="$web" Health__Port=0 "$worker" run --strategy Pipeline --dop "$way" --ids "1-$2" --summary "$summary"
      drop_database adaptive
      number itemsPerSecond "$summary" >>"$work/rates.$1.$way"
      limit=$(number concurrencyLimit "$summary" || true)
    done
  done
  release
  for way in "${ways[@]}"; do
    rate=$(median <"$work/rates.$1.$way")
    all+="${all:+, }$way: $rate"
    [[ $way != auto ]] || continue
    if is_less "$best" "$rate"; then best=$rate best_dop=$way; fi
  done
  share=$(percent "$rate" "$best")
  check "$share" 95 0
  printf '| the cores are busy | %s | 0 | %s at %s | %s | %s %% | – | %s | %s |\n' "$1 cores" "$best" "$best_dop" "$rate" "$share" "$limit" "$verdict"
  printf '  %s cores, items/s by degree: %s\n' "$1" "$all" >&2
}

printf 'Building …\n' >&2
native_publish src/Worker "$(dirname "$worker")"
compile src/UpstreamSimulator
start_database
start_listening upstream dotnet "$simulator" --port 0 --characters 200000
machine
printf '\n| beyond the capacity | capacity | latency | best fixed, items/s | Adaptive, items/s | share | 429s | limit at the end | |\n|---|---|---|---|---|---|---|---|---|\n'
for kind in latency 429; do
  [[ $only_kind == all || $only_kind == "$kind" ]] || continue
  if [[ $only == all || $only == 4 ]]; then
    steady "$kind" 4 20ms 4000
    change "$kind" 8 4 20ms
    change "$kind" 4 8 20ms
  fi
  if [[ $only == all || $only == 32 ]]; then
    steady "$kind" 32 40ms 24000
    change "$kind" 32 16 40ms
    change "$kind" 32 64 40ms
  fi
  if [[ $only == all || $only == 200 ]]; then
    steady "$kind" 200 150ms 40000
    change "$kind" 200 100 150ms
    change "$kind" 100 200 150ms
  fi
done

if [[ $only =~ ^(all|cores)$ ]] && start_made_up; then
  for count in all 0.5 1; do
    [[ $only != cores || $only_kind == all || $only_kind == "$count" ]] || continue
    case $count in all) cores all 200000 ;; 0.5) cores 0.5 60000 ;; 1) cores 1 100000 ;; esac
  done
fi

((misses == 0)) || postgres_fail "$misses missed; on a machine that is busy otherwise, try again"
