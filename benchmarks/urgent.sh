#!/usr/bin/env bash
# How soon an urgent message starts while 10,000 others wait in the worker, with each strategy: from the moment it is in the worker's channel, and from the moment that enqueue
# --urgent has returned, whichever is longer; the worst of several. Ends with code 1 when that is more than the time of one item and 100 ms. INGESTION_WORKER names a program
# to measure in place of the one that is built.
#
#   benchmarks/urgent.sh [STRATEGY…] [--dop 4] [--latency 300ms] [--times 5]
set -euo pipefail

strategies=() dop=4 latency=300ms times=5
while (($# > 0)); do
  case $1 in
    --dop | --latency | --times) [[ ${2:-} =~ ^[1-9][0-9]*(ms|s)?$ ]] || { printf 'urgent.sh: %s has no value\n' "$1" >&2; exit 64; }; declare "${1#--}=$2"; shift ;;
    [A-Z]*) strategies+=("$1") ;;
    *) sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64 ;;
  esac
  shift
done
((${#strategies[@]} > 0)) || strategies=(Sequential ThreadPerItem ThreadPool EventLoop Async Pipeline Adaptive)

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=deploy/local/rabbitmq.sh
source "$root/deploy/local/rabbitmq.sh"

trap 'rabbitmq_stop; clean_up' EXIT

waiting=10000 misses=0

# enqueue OPTION…
enqueue() {
  "$worker" enqueue --declare "$@" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; postgres_fail 'enqueue failed'; }
}

requests() {
  curl -fsS "${upstream%/api/}/stats" | grep -o '"totalRequests": *[0-9]*' | grep -o '[0-9]*$'
}

# until_true COMMAND…: for a minute at most
until_true() {
  local deadline=$((SECONDS + 60))
  until "$@"; do
    ((SECONDS < deadline)) || { tail -n 20 "$work/worker.err" >&2; postgres_fail "not within a minute: $*"; return; }
    sleep 0.1
  done
}

requests_above() {
  (($(requests) > $1))
}

# strategy NAME: a worker that has as many messages as it can, and urgent ones now and then
strategy() {
  local pid id before
  rabbitmq_ctl "$work/rabbitmq" purge_queue ingestion.characters >/dev/null
  enqueue --ids "1-$((waiting + 1000))"
  before=$(requests)
  setpriv --pdeathsig KILL setsid "$worker" run --source RabbitMq --strategy "$1" --dop "$dop" --RabbitMq:Prefetch="$waiting" --chrome-trace "$work/run.json" \
    >"$work/worker.out" 2>"$work/worker.err" </dev/null &
  pid=$!
  running+=("$pid")
  until_true grep -q 'Taking messages from ingestion.characters.urgent' "$work/worker.err" "$work/worker.out"
  until_true requests_above "$((before + 4))"
  : >"$work/sent"
  for id in $(seq $((waiting + 2001)) $((waiting + 2000 + times))); do
    enqueue --ids "$id" --urgent
    printf '%s %s\n' "$id" "$EPOCHREALTIME" >>"$work/sent"
    # At another moment of an item's time each time.
    sleep "0.$((RANDOM % 9))"
  done
  sleep "$(awk -v text="$latency" 'BEGIN { print 0.3 + 2 * (text ~ /ms$/ ? text / 1000 : text + 0) }')"
  kill -TERM "$pid"
  wait "$pid" || { cat "$work/worker.err" >&2; postgres_fail "the worker ended with code $?"; }
  python3 - "$work/run.json" "$work/sent" "$1" <<'PY' || misses=$((misses + 1))
import json, statistics, sys
from datetime import datetime

run = json.load(open(sys.argv[1]))
began = datetime.fromisoformat(run["otherData"]["startedAt"].replace("Z", "+00:00")).timestamp() * 1000
attempts = {event["name"]: event for event in run["traceEvents"] if event.get("cat") == "attempt"}
item = statistics.median(event["dur"] for event in attempts.values()) / 1000
waits = []
for id, sent in (line.split() for line in open(sys.argv[2])):
    attempt = attempts.get(f"item {id}")
    waits.append(float("inf") if attempt is None or attempt["args"].get("urgent") is not True
                 else max(attempt["args"]["queueWaitMs"], began + attempt["ts"] / 1000 - float(sent) * 1000))
late = max(waits) > item + 100
print(f"| {sys.argv[3]} | {item:.0f} | {max(waits):.0f} | {statistics.median(waits):.0f} | {'misses' if late else 'ok'} |")
sys.exit(late)
PY
}

printf 'Building …\n' >&2
if [[ -n ${INGESTION_WORKER:-} ]]; then worker=$INGESTION_WORKER; else native_publish src/Worker "$(dirname "$worker")"; fi
compile src/UpstreamSimulator
rabbitmq_find
start_database
fresh_database urgent
start_listening upstream dotnet "$simulator" --port 0 --characters 100000 --latency "$latency"
rabbitmq_start "$work/rabbitmq"
export ConnectionStrings__RabbitMq=$rabbitmq_uri Upstream__BaseAddress=$upstream Health__Port=0
machine
enqueue --ids 1 --urgent # makes both queues
rabbitmq_ctl "$work/rabbitmq" purge_queue ingestion.characters.urgent >/dev/null
printf 'Degree of parallelism %s, an answer after %s, %s urgent messages each\n\n| strategy | one item, ms | urgent starts after, at worst, ms | median, ms | |\n|---|---|---|---|---|\n' "$dop" "$latency" "$times"
for name in "${strategies[@]}"; do strategy "$name"; done
((misses == 0))
