#!/usr/bin/env bash
# Several workers on one queue, as processes, with a private broker, database and simulator on this machine. Ends with code 1 when what must hold does not.
#
#   benchmarks/fleet.sh share   [IDS]         4 workers, 100,000 IDs: each ID has one outcome, and the queues end empty
#   benchmarks/fleet.sh chaos   [IDS KILLS]   4 workers, 60,000 IDs: 50 kills of workers, and 5 of the broker, in one run
#   benchmarks/fleet.sh rolling [IDS]         40,000 IDs: 1 worker, then 4, then 1 again by SIGTERM, three times: no ID is fetched twice
#   benchmarks/fleet.sh outage  [SECONDS]     the broker is away for 120 s in the middle of a run: readiness says so, and the work goes on after it
#   benchmarks/fleet.sh scale   [IDS]         1, 2 and 4 workers, each answer takes 50 ms: 4 at least 3.5 times as fast as 1, until the upstream's
#                                             limit, and all of it within 15 % of what FleetModel predicts; IDS for each worker
#   benchmarks/fleet.sh enqueue [IDS]         200,000 messages, one ID each: at least 20,000 a second
set -euo pipefail

what=${1:-}
[[ $what =~ ^(share|chaos|rolling|outage|scale|enqueue)$ ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=deploy/local/rabbitmq.sh
source "$root/deploy/local/rabbitmq.sh"

workers=()

# The workers first: they would wait for a broker that is gone.
fleet_clean_up() {
  local pid
  for pid in "${workers[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rabbitmq_stop
  clean_up
}
trap fleet_clean_up EXIT

# sql QUERY: its answer
sql() {
  "$PG_BIN/psql" -h "$postgres_sockets" -d fleet -AtXqc "$1"
}

# enqueue OPTION…: declares and fills the queue, and sets job, rate (messages a second), and the CPU time that took the publisher and the broker, in ms
enqueue() {
  local line TIMEFORMAT='%U %S' before
  before=$(cpu_ms "$rabbitmq_pid")
  { time "$worker" enqueue --declare "$@" >"$work/enqueue" 2>"$work/errors"; } 2>"$work/times" || { cat "$work/errors" >&2; return 1; }
  line=$(<"$work/enqueue")
  cpu_broker=$(($(cpu_ms "$rabbitmq_pid") - before))
  cpu_publisher=$(awk '{ print int(($1 + $2) * 1000) }' "$work/times")
  job=$(sed -E 's/^job ([0-9a-f-]+):.*/\1/' <<<"$line")
  rate=$(sed -E 's/.*, ([0-9,]+) messages\/s.*/\1/' <<<"$line" | tr -d ,)
}

# work NUMBER [OPTION…]: starts a worker that ends when the queue has been empty for a while
work() {
  setpriv --pdeathsig KILL setsid "$worker" run --source RabbitMq --dop "$dop" --summary "$work/summary-$1.json" \
    --RabbitMq:StopWhenIdle="$idle" "${@:2}" >"$work/worker-$1.out" 2>>"$work/worker-$1.err" </dev/null &
  workers[$1]=$!
}

# wait_for_workers: until all of them have ended by themselves
wait_for_workers() {
  local number code
  for number in "${!workers[@]}"; do
    code=0
    wait "${workers[number]}" || code=$?
    ((code == 0)) || { tail -n 20 "$work/worker-$number.err" >&2; postgres_fail "worker $number ended with code $code"; return; }
  done
  workers=()
}

# check IDS: every ID has one outcome, and it is Ingested; nothing is left at the broker
check() {
  local found left
  found=$(sql "SELECT count(*) || ' ' || count(DISTINCT item_id) || ' ' || count(*) FILTER (WHERE outcome = 'Ingested') FROM ingestion.outcomes WHERE run_id = '$job'")
  [[ $found == "$1 $1 $1" ]] || { postgres_fail "of $1 IDs there are '$found' outcomes, different characters, ingested ones"; return; }
  [[ $(sql 'SELECT count(*) FROM ingestion.characters') == "$1" ]] || { postgres_fail 'rows and IDs differ'; return; }
  # The broker counts every few seconds.
  for _ in $(seq 10); do
    left=$(rabbitmq_ctl "$work/rabbitmq" list_queues --silent name messages | awk '{ printf "%s%s=%s", (NR > 1 ? ", " : ""), $1, $2 }')
    [[ $left =~ =[1-9] ]] || break
    sleep 1
  done
  [[ ! $left =~ =[1-9] ]] || { postgres_fail "messages are left: $left"; return; }
  printf '  %s IDs, %s outcomes, all ingested; at the broker: %s\n' "$1" "${found%% *}" "$left"
}

# span: seconds from the first outcome of the job to the last
span() {
  sql "SELECT round(extract(epoch FROM max(finished_at) - min(finished_at)), 2) FROM ingestion.outcomes WHERE run_id = '$job'"
}

share() {
  local ids=${1:-100000} broker database
  dop=16 idle=00:00:10
  enqueue --ids "1-$ids"
  broker=$(cpu_ms "$rabbitmq_pid") database=$(cpu_ms "$postgres_pid")
  for number in 1 2 3 4; do work "$number"; done
  wait_for_workers
  broker=$(($(cpu_ms "$rabbitmq_pid") - broker)) database=$(($(cpu_ms "$postgres_pid") - database))
  check "$ids"
  printf '  CPU per ID: workers %.0f µs, broker %s µs, database %s µs\n' \
    "$(number cpuSeconds <(cat "$work"/summary-*.json) | awk -v ids="$ids" '{ sum += $1 } END { print sum * 1000000 / ids }')" \
    "$((broker * 1000 / ids))" "$((database * 1000 / ids))"
  printf '  by worker: %s; first to last outcome %s s\n' \
    "$(sql "SELECT string_agg(ingested::text, ', ' ORDER BY started_at) FROM ingestion.runs WHERE source NOT LIKE 'job:%'")" "$(span)"
  printf '  requests beyond one per ID: %s\n' "$(fetched_again "$ids")"
}

# fetched_again IDS: requests beyond one for each ID
fetched_again() {
  local all
  all=$(curl -fsS "${upstream%/api/}/stats?ids=1" | grep -o '"totalRequests": *[0-9]*' | grep -o '[0-9]*$')
  printf '%s' "$((all - $1))"
}

# until_done IDS: waits until that many have an outcome
until_done() {
  until (($(sql 'SELECT count(*) FROM ingestion.outcomes') >= $1)); do sleep 0.1; done
}

chaos() {
  local ids=${1:-60000} kills=${2:-50} killed=0 broken=0 done_ids victim again bound per_message=3
  dop=16 idle=00:00:20
  # Every kill sends back what its worker had.
  export RabbitMq__DeliveryLimit=1000
  enqueue --ids "1-$ids" --ids-per-message "$per_message"
  for number in 1 2 3 4; do work "$number"; done
  while ((killed < kills)); do
    done_ids=$(sql "SELECT count(*) FROM ingestion.outcomes")
    # Spread over the run, so that every one of them hits something.
    if ((done_ids * (kills + 1) < (killed + 1) * ids)); then
      sleep 0.1
      continue
    fi
    victim=$((1 + RANDOM % 4))
    kill -KILL "${workers[victim]}" 2>/dev/null || true
    wait "${workers[victim]}" 2>/dev/null || true
    work "$victim"
    killed=$((killed + 1))
    if ((killed % 10 == 0)); then
      kill -KILL "$rabbitmq_pid"
      wait "$rabbitmq_pid" 2>/dev/null || true
      rabbitmq_again "$work/rabbitmq"
      broken=$((broken + 1))
    fi
  done
  wait_for_workers
  # A message comes back when its worker dies, and those of all four when the broker does. The prefetch is 2 × the degree of parallelism.
  again=$(fetched_again "$ids") bound=$((2 * dop * per_message * (killed + 4 * broken)))
  printf '  %s kills of workers, %s of the broker; requests beyond one per ID: %s, of at most %s (prefetch × kills)\n' "$killed" "$broken" "$again" "$bound"
  ((again <= bound)) || postgres_fail 'more came back than the killed workers can have had'
  check "$ids"
}

rolling() {
  local ids=${1:-40000} cycle number began took slowest=0 code again
  dop=16 idle=00:00:10
  enqueue --ids "1-$ids"
  work 1
  for cycle in 0 1 2; do
    until_done $((ids * (6 * cycle + 1) / 20))
    for number in 2 3 4; do work "$number"; done
    until_done $((ids * (6 * cycle + 5) / 20))
    for number in 2 3 4; do
      began=${EPOCHREALTIME/./} code=0
      kill -TERM "${workers[number]}"
      wait "${workers[number]}" || code=$?
      unset "workers[number]"
      ((code == 0)) || { tail -n 20 "$work/worker-$number.err" >&2; postgres_fail "worker $number ended with code $code after SIGTERM"; return; }
      took=$(((${EPOCHREALTIME/./} - began) / 1000))
      slowest=$((took > slowest ? took : slowest))
    done
  done
  wait_for_workers
  again=$(fetched_again "$ids")
  printf '  9 workers came and went; the slowest was gone %s ms after SIGTERM; requests beyond one per ID: %s\n' "$slowest" "$again"
  ((again == 0)) || postgres_fail 'something was fetched twice'
  ((slowest < 25000)) || postgres_fail 'that is longer than Ingestion:ShutdownTimeout'
  check "$ids"
}

# readiness PORT: the status and the text
readiness() {
  curl -sS -w ' %{http_code}' "http://127.0.0.1:$1/healthz/ready"
}

outage() {
  local seconds=${1:-120} ids=20000 port before began answer again
  dop=16 idle=00:00:10
  port=$(postgres_free_port)
  enqueue --ids "1-$ids"
  work 1 --Health:Port="$port"
  work 2
  until_done $((ids / 2))
  kill -KILL "$rabbitmq_pid"
  wait "$rabbitmq_pid" 2>/dev/null || true
  sleep "$seconds"
  answer=$(readiness "$port")
  before=$(sql 'SELECT count(*) FROM ingestion.outcomes')
  printf '  after %s s: %s; %s of %s IDs done\n' "$seconds" "$answer" "$before" "$ids"
  [[ $answer == source:*503 ]] || postgres_fail 'readiness does not say that the broker is away'
  rabbitmq_again "$work/rabbitmq"
  began=${EPOCHREALTIME/./}
  until_done $((before + 1))
  printf '  first outcome %s ms after the broker was back; then: %s\n' "$(((${EPOCHREALTIME/./} - began) / 1000))" "$(readiness "$port")"
  wait_for_workers
  grep -hE 'No more messages|cannot be used|can be used again|Taking messages' "$work/worker-1.err" | sed 's/^ */  log: /'
  again=$(fetched_again "$ids")
  printf '  requests beyond one per ID: %s, of at most %s (prefetch × 2 workers)\n' "$again" "$((2 * dop * 2))"
  ((again <= 2 * dop * 2)) || postgres_fail 'more came back than the workers can have had'
  check "$ids"
}

# together WORKERS IDS: that many at once, who are all there when the work comes; sets rate to what they do in a second
together() {
  local number
  sql 'TRUNCATE ingestion.item_outcomes, ingestion.commit_outcomes, ingestion.runs, ingestion.characters'
  for number in $(seq "$1"); do work "$number"; done
  for number in $(seq "$1"); do until grep -q 'Taking messages' "$work/worker-$number.err"; do sleep 0.1; done; done
  enqueue --ids "1-$2"
  wait_for_workers
  check "$2"
  rate=$(awk -v n="$2" -v s="$(span)" 'BEGIN { printf "%.0f", n / s }')
  rm "$work"/worker-*.err
}

# predicted WORKERS CAPACITY: by the model, whose constants are in benchmarks/README.md
predicted() {
  dotnet "$root/benchmarks/FleetModel/bin/Release/net10.0/FleetModel.dll" --workers "$1" --dop "$dop" --latency 0.05 --capacity "$2" --workers-per-machine 0 |
    awk -F ' *[|] *' 'NR == 3 { print $3 }'
}

scale() {
  local each=${1:-3000} workers_now capacity foretold single='' four='' missed='' table=''
  dop=8 idle=00:00:05
  enqueue --ids 1-100 # makes the queue
  rabbitmq_ctl "$work/rabbitmq" purge_queue ingestion.characters >/dev/null
  for capacity in 0 24; do
    curl -fsS -o /dev/null -X POST -d "{\"capacity\":\"${capacity/#0/none}\"}" "${upstream%api/}control"
    for workers_now in 1 2 4; do
      together "$workers_now" "$((workers_now * each))" >"$work/checked" || return
      foretold=$(predicted "$workers_now" "$capacity")
      table+=$(awk -v w="$workers_now" -v c="${capacity/#0/no limit}" -v m="$rate" -v p="$foretold" \
        'BEGIN { d = 100 * (p / m - 1); printf "  | %s | %s | %d | %d | %+.0f %% |", w, c, m, p, d }')$'\n'
      awk -v m="$rate" -v p="$foretold" 'BEGIN { d = p / m - 1; exit !(d > 0.15 || d < -0.15) }' && missed+=" $workers_now"
      [[ $capacity$workers_now != 01 ]] || single=$rate
      [[ $capacity$workers_now != 04 ]] || four=$rate
    done
  done
  printf '  degree of parallelism %s each, 50 ms an answer\n  | workers | requests the upstream bears at once | items/s | predicted | off by |\n  |---|---|---|---|---|\n%s' "$dop" "$table"
  awk -v a="$single" -v b="$four" 'BEGIN { printf "  4 workers without a limit: %.2f times as fast as 1\n", b / a; exit !(b / a >= 3.5) }' ||
    postgres_fail 'that is less than 3.5 times as fast'
  [[ -z $missed ]] || postgres_fail "the prediction is off by more than 15 % for$missed workers"
}

enqueue_speed() {
  local ids=${1:-200000} rates=() median
  enqueue --ids 1-20000
  for _ in 1 2 3; do
    enqueue --ids "1-$ids"
    rates+=("$rate")
    rabbitmq_ctl "$work/rabbitmq" purge_queue ingestion.characters >/dev/null
  done
  median=$(printf '%s\n' "${rates[@]}" | median)
  printf '  %s messages of one ID: %s messages/s (%s); CPU per message in the last round: publisher %s µs, broker %s µs\n' "$ids" "$median" "${rates[*]}" \
    "$((cpu_publisher * 1000 / ids))" "$((cpu_broker * 1000 / ids))"
  ((median >= 20000)) || postgres_fail 'that is less than 20,000 a second'
}

printf 'Building …\n' >&2
native_publish src/Worker "$(dirname "$worker")"
compile src/UpstreamSimulator
[[ $what != scale ]] || compile benchmarks/FleetModel
rabbitmq_find
start_database
fresh_database fleet
latency=0ms
[[ ! $what =~ ^(chaos|rolling|outage)$ ]] || latency=30ms
[[ $what != scale ]] || latency=50ms
start_listening upstream dotnet "$simulator" --port 0 --characters 1000000 --latency "$latency"
# One core is enough for it: with two schedulers a message costs the broker two thirds more.
rabbitmq_start "$work/rabbitmq"
export ConnectionStrings__RabbitMq=$rabbitmq_uri Upstream__BaseAddress=$upstream Health__Port=0
machine
printf '%s\n' "$what"
case $what in
  enqueue) enqueue_speed "${@:2}" ;;
  *) "$what" "${@:2}" ;;
esac
