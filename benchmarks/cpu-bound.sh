#!/usr/bin/env bash
# Measures what docs/cpu-bound.md says: one CPU-bound job done with threads, on an event loop and by processes, too many slots, blocked threads of the pool,
# and uneven items. All of it in one run, on one machine, with a private database, broker and simulator.
#
#   benchmarks/cpu-bound.sh                                                     everything
#   benchmarks/cpu-bound.sh ways|processes|python|slots|pool|sweep [--repeat 3] one part
set -euo pipefail

what=all repeat=3
while (($# > 0)); do
  case $1 in
    --repeat) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || { printf 'cpu-bound.sh: --repeat wants a number above 0\n' >&2; exit 64; }; repeat=$2; shift ;;
    ways | processes | python | slots | pool | sweep) what=$1 ;;
    *) sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64 ;;
  esac
  shift
done

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=deploy/local/rabbitmq.sh
source "$root/deploy/local/rabbitmq.sh"

workers=()

cpu_clean_up() {
  local pid
  for pid in "${workers[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rabbitmq_stop
  clean_up
}
trap cpu_clean_up EXIT

# part NAME TITLE: whether it is to be measured
part() {
  [[ $what == all || $what == "$1" ]] && printf '\n### %s\n\n' "$2"
}

# compare ITERATIONS OPTION…
compare() {
  Upstream__BaseAddress=$upstream "$worker" compare --repeat "$repeat" --Transform:FingerprintIterations="$1" "${@:2}"
}

# by_processes COUNT IDS: that many workers on one queue, each with one thread; prints items/s from the first outcome to the last
by_processes() {
  local number
  fresh_database cpu
  # Makes the queue, for the workers wait for it.
  "$worker" enqueue --declare --ids 1 >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; return 1; }
  rabbitmq_ctl "$work/rabbitmq" purge_queue ingestion.characters >/dev/null
  for number in $(seq "$1"); do
    Transform__FingerprintIterations=$iterations setpriv --pdeathsig KILL setsid "$worker" run --source RabbitMq --strategy Sequential \
      --RabbitMq:StopWhenIdle=00:00:03 >"$work/worker-$number.out" 2>"$work/worker-$number.err" </dev/null &
    workers[number]=$!
  done
  for number in "${!workers[@]}"; do until grep -q 'Taking messages' "$work/worker-$number.err"; do sleep 0.1; done; done
  "$worker" enqueue --declare --ids "1-$2" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; return 1; }
  for number in "${!workers[@]}"; do wait "${workers[number]}" || { cat "$work/worker-$number.err" >&2; return 1; }; done
  workers=()
  "$PG_BIN/psql" -h "$postgres_sockets" -d cpu -AtXqc \
    'SELECT (count(*) - 1) / extract(epoch FROM max(finished_at) - min(finished_at)) FROM ingestion.outcomes'
  drop_database cpu
}

build
start_database
start_listening upstream dotnet "$simulator" --port 0
fresh_database compare
machine
iterations=$(iterations_for 0.05)

if part ways 'Threads and the event loop: 80 characters, each about 50 ms of a core'; then
  compare "$iterations" --ids 1-80 --strategies Sequential,EventLoop:8,ThreadPool:8,Async:8,Pipeline:8
fi

if part processes 'Processes: the same 80 characters from one queue, workers of one thread each'; then
  rabbitmq_find
  rabbitmq_start "$work/rabbitmq"
  # Few at once, or the first worker takes what the second should have.
  export ConnectionStrings__RabbitMq=$rabbitmq_uri Upstream__BaseAddress=$upstream Health__Port=0 RabbitMq__Prefetch=1
  printf '| workers | items/s (median of %s) | × one |\n|---|---|---|\n' "$repeat"
  one=
  for count in 1 2 4; do
    rate=$(for _ in $(seq "$repeat"); do by_processes "$count" 80; done | median)
    one=${one:-$rate}
    awk -v n="$count" -v rate="$rate" -v one="$one" 'BEGIN { printf "| %d | %.1f | %.2f |\n", n, rate, rate / one }'
  done
  ConnectionStrings__Postgres=$(postgres_connection compare)
fi

if part python 'Python: 40 items, each about 50 ms of a core'; then
  python3 "$root/benchmarks/alternatives/python/cpu.py" "$repeat"
fi

if part slots 'Too many slots: 600 characters, each about 5 ms of a core'; then
  cores=$(nproc)
  slots="$cores $((4 * cores)) $((64 * cores))"
  # shellcheck disable=SC2086,SC2046
  compare $((iterations / 10)) --ids 1-600 --strategies "$(printf '%s\n' $slots | sed 's/.*/ThreadPool:&,Async:&,Pipeline:&/' | paste -sd,)"
fi

if part pool 'Blocked threads of the .NET pool: 40 calls, each answered after half a second; a column is 0.1 s'; then
  curl -fsS -o /dev/null -X POST -d '{"latency": "500ms"}' "${upstream%api/}control"
  for way in awaited result blocking; do
    "$benchmarks" threads "$way" "$upstream" 40
  done
  curl -fsS -o /dev/null -X POST -d '{"latency": "0ms"}' "${upstream%api/}control"
fi

if part sweep 'The rule, checked: 300 characters, each about 10 ms of a core; then the same with 90 ms of waiting before'; then
  Upstream__BaseAddress=$upstream "$worker" sweep --ids 1-300 --strategies Async --dop 1..32 --repeat "$repeat" --Transform:FingerprintIterations=$((iterations / 5))
  curl -fsS -o /dev/null -X POST -d '{"latency": "90ms"}' "${upstream%api/}control"
  Upstream__BaseAddress=$upstream "$worker" sweep --ids 1-300 --strategies Async --dop 4..128 --repeat "$repeat" --Transform:FingerprintIterations=$((iterations / 5))
fi
