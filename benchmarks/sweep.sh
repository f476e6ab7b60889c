#!/usr/bin/env bash
# Takes the degree of parallelism that sweep suggests, on work whose shape is known: is it as fast as the best one that sweep measured? Both are measured once more,
# in turns. Ends with code 1 when it gets less than 95 %.
#
#   benchmarks/sweep.sh [upstream|cpu|mixed|database|rate-limit] [--repeat 3]
set -euo pipefail

what=all repeat=3
while (($# > 0)); do
  case $1 in
    --repeat) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { printf 'sweep.sh: --repeat wants a number above 0\n' >&2; exit 64; }; repeat=$2; shift ;;
    upstream | cpu | mixed | database | rate-limit) what=$1 ;;
    *) sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64 ;;
  esac
  shift
done

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

misses=0

# measured COMMAND [OPTION…]: over the items of the shape, with its settings
measured() {
  env Upstream__BaseAddress="$upstream" "${settings[@]}" "$worker" "$1" --ids "1-$items" --repeat "$repeat" "${@:2}" --json "$work/$1.json" >"$work/output" 2>"$work/errors" ||
    { cat "$work/output" "$work/errors" >&2; postgres_fail "$1 failed"; }
}

# shape NAME LATENCY DEGREES ITEMS
shape() {
  local name=$1 items=$4 suggested best share verdict=ok
  [[ $what == all || $what == "$name" ]] || return 0
  curl -fsS -o /dev/null -X POST -d "{\"latency\": \"$2\"}" "${upstream%api/}control"
  fresh_database sweep
  # As if the disk were slow: every commit takes this much longer, however many rows it has.
  "$PG_BIN/psql" -h "$postgres_sockets" -d postgres -qc "ALTER DATABASE sweep SET commit_delay = $commit_delay" -c 'ALTER DATABASE sweep SET commit_siblings = 0'
  measured sweep --strategies Async --dop "$3"
  grep '^Async: ' "$work/output" | sed "s/^/  $name: /" >&2
  read -r suggested best < <(python3 - "$work/sweep.json" <<'PY'
import json, sys
series = json.load(open(sys.argv[1]))["strategies"][0]
print(series["suggestedDegreeOfParallelism"], max(series["degrees"], key=lambda degree: degree["itemsPerSecond"]["median"])["degreeOfParallelism"])
PY
  )
  if [[ $suggested == "$best" ]]; then
    share=1.00
  else
    measured compare --strategies "Async:$suggested,Async:$best"
    share=$(python3 - "$work/compare.json" <<'PY'
import json, sys
suggested, best = (strategy["itemsPerSecond"]["median"] for strategy in json.load(open(sys.argv[1]))["strategies"])
print(f"{suggested / best:.2f}")
PY
    )
  fi
  drop_database sweep
  awk -v share="$share" 'BEGIN { exit !(share >= 0.95) }' || { verdict='misses: less than 0.95'; misses=$((misses + 1)); }
  printf '| %s | %s | %s | %s | %s × | %s |\n' "$name" "$3" "$suggested" "$best" "$share" "$verdict"
}

build
start_database
start_listening upstream dotnet "$simulator" --port 0 --characters 100000
machine
printf '\n| shape | degrees | suggested | best measured | suggested against best | |\n|---|---|---|---|---|---|\n'

# Answers take 50 ms.
settings=() commit_delay=0
shape upstream 50ms 8..512 4000

# A fingerprint takes some 8 ms, answers come at once.
settings=(Transform__FingerprintIterations=30000)
shape cpu 0ms 1..64 400

# Both: a fingerprint takes a little longer than an answer.
settings=(Transform__FingerprintIterations=60000)
shape mixed 8ms 1..64 256

# Commits take 50 ms, answers come at once.
settings=() commit_delay=50000
shape database 0ms 8..512 4000

# At most 100 requests a second, each answered after 20 ms.
settings=(Upstream__RequestsPerSecond=100) commit_delay=0
shape rate-limit 20ms 1..64 300

((misses == 0)) || postgres_fail "$misses of the shapes missed; on a machine that is busy otherwise, try again"
