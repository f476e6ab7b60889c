# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # see ways.sh
# The measurements of benchmarks/run.sh that have a goal, and say whether it was reached. Source it after ways.sh.

goals_head() {
  printf '\n| | measured | goal | |\n|---|---|---|---|\n'
}

# goal WHAT VALUE UNIT least|most LIMIT
goal() {
  awk -v what="$1" -v value="$2" -v unit="$3" -v which="$4" -v limit="$5" 'BEGIN {
    reached = which == "least" ? value >= limit : value <= limit
    printf "| %s | %s%s | at %s %s%s | %s |\n", what, value, unit, which, limit, unit, reached ? "reached" : "MISSED" }'
}

# goal_against WHAT WAY OTHER LIMIT: how many times faster the one way is than the other; nothing when one was left out
goal_against() {
  [[ -f $work/$2.measured && -f $work/$3.measured ]] || return 0
  goal "$1" "$(ratio "$2" "$3")" ' ×' least "$4"
}

# alternatives: prints those that this machine can run, and says which it cannot
alternatives() {
  local python_path modules=$root/artifacts/benchmarks/alternatives
  for python_path in python3 /usr/bin/python3; do
    if "$python_path" -c 'import aiohttp, asyncpg' 2>/dev/null; then
      printf '%s\n' "Python asyncio=$python_path"
      break
    fi
  done | grep . || printf 'Left out: Python asyncio (Debian, Ubuntu: apt-get install python3-aiohttp python3-asyncpg)\n' >&2
  mkdir -p "$modules"
  cp -r "$root/benchmarks/alternatives/node" "$root/benchmarks/alternatives/upsert.sql" "$modules/"
  if type -P node npm >/dev/null && (cd "$modules/node" && npm ci --silent --no-audit --no-fund >"$work/npm.log" 2>&1); then
    printf 'Node=node\n'
  else
    printf 'Left out: Node (needs node 20.18 or later, and npm)\n' >&2
  fi
}

side_by_side() {
  local simulated=$upstream simulated_pid=$upstream_pid ways=('plain .NET' 'plain .NET, batched') found strategies telemetry=''
  found=$(alternatives)
  if [[ $found == *Python* ]]; then
    python=$(sed -n 's/^Python asyncio=//p' <<<"$found")
    ways+=('Python asyncio')
  fi
  [[ $found != *Node=* ]] || ways+=(Node)
  # The list stands in the message for a name that is none.
  strategies=$({ "$worker" run --strategy none 2>&1 || true; } | sed -n 's/.*must be one of //p')
  mapfile -t -O "${#ways[@]}" ways < <(tr ',' '\n' <<<"${strategies// /}")

  printf '\n### Side by side: one character per request, 64 in flight, nothing exported\n\n'
  if start_web "$items"; then
    upstream=$web upstream_pid=${running[-1]}
    printf 'The upstream is nginx over files.\n\n'
  else
    printf 'The upstream is the simulator, for there is no nginx here (Debian, Ubuntu: apt-get install nginx-light): it is a part of what limits the rates.\n\n'
  fi
  in_turns "${ways[@]}" 'HTTP client alone'
  upstream=$simulated upstream_pid=$simulated_pid

  printf '\n### Side by side: several characters per request, 64 requests in flight; the upstream is the simulator\n\n'
  in_turns '1 ID per request' '20 IDs per request' '100 IDs per request' 'PostgreSQL alone'

  goals_head
  goal_against 'one ID per request (Pipeline) against plain .NET' Pipeline 'plain .NET' 3.5
  goal_against 'the same against Python asyncio' Pipeline 'Python asyncio' 6
  goal_against 'the same against Node' Pipeline Node 2.5
  goal_against 'the same against the HTTP client alone' Pipeline 'HTTP client alone' 0.75
  goal_against '20 IDs per request against one' '20 IDs per request' '1 ID per request' 4
  goal_against '100 IDs per request against PostgreSQL alone' '100 IDs per request' 'PostgreSQL alone' 0.6
}

unchanged() {
  printf '\n### What is stored already: %s characters, Pipeline, 64 in flight, nothing exported\n\n' "$items"
  local telemetry=''
  in_turns 'first run' 'unchanged, whole' 'unchanged, with ETags'
  goals_head
  goal_against 'every character unchanged, with ETags, against the first run' 'unchanged, with ETags' 'first run' 1.3
}

# uncapped: ten thousand waits of a second, all at once
uncapped() {
  local round simulated=$upstream telemetry=''
  # One file descriptor for each connection, on both sides.
  ulimit -n "$(ulimit -Hn)"
  printf '\n### 10,000 characters with a latency of 1 s, Async without a cap\n\n| round | elapsed s | in flight at most |\n|---|---|---|\n'
  rm -f "$work/uncapped"
  start_listening upstream dotnet "$simulator" --port 0 --latency 1s --characters 10000
  # Round 0 is for the simulator, which is compiled as it runs, and does not count.
  for ((round = 0; round <= repeat; round++)); do
    fresh_database bench
    dop=0 ingest 10000 Async
    drop_database bench
    ((round > 0)) || continue
    number elapsedSeconds "$work/summary.json" >>"$work/uncapped"
    printf '| %s | %s | %s |\n' "$round" "$(number elapsedSeconds "$work/summary.json")" "$(number maxInFlight "$work/summary.json")"
  done
  stop_last
  upstream=$simulated
  goals_head
  goal '10,000 characters of 1 s, uncapped: elapsed' "$(median <"$work/uncapped")" ' s' most 2.5
}

# million: what a character costs and what the process takes do not grow with the number of characters
million() {
  local characters telemetry='' simulated=$upstream
  local -A cost=() most=() history=()
  printf '\n### Up to a million characters, Pipeline, 64 in flight, nothing exported; the upstream is the simulator\n\n'
  printf '| characters | characters/s | CPU µs per character: its own | PostgreSQL | peak memory MiB | bytes of history per character |\n|---|---|---|---|---|---|\n'
  start_listening upstream dotnet "$simulator" --port 0 --characters 1000000
  for characters in 10000 100000 1000000; do
    fresh_database bench
    ingest "$characters" Pipeline
    history[$characters]=$(sql "SELECT round((pg_total_relation_size('ingestion.item_outcomes') + pg_total_relation_size('ingestion.commit_outcomes')) / $characters.0, 1)")
    drop_database bench
    most[$characters]=$peak
    cost[$characters]=$(awk -v cpu="$cpu" -v count="$count" 'BEGIN { printf "%.1f", cpu * 1000 / count }')
    printf '| %s | %.0f | %s | %s | %s | %s |\n' "$characters" "$rate" "${cost[$characters]}" \
      "$(awk -v cpu="$database_cpu" -v count="$count" 'BEGIN { printf "%.1f", cpu * 1000 / count }')" "$peak" "${history[$characters]}"
  done
  stop_last
  upstream=$simulated
  goals_head
  goal '1,000,000 characters: peak memory' "${most[1000000]}" ' MiB' most 200
  goal '1,000,000 characters: history per character' "${history[1000000]}" ' bytes' most 60
  goal 'memory against 100,000' "$(awk -v a="${most[1000000]}" -v b="${most[100000]}" 'BEGIN { printf "%.2f", a / b }')" ' ×' most 1.1
  goal 'CPU per character at 1,000,000 against 10,000' "$(awk -v a="${cost[1000000]}" -v b="${cost[10000]}" 'BEGIN { printf "%.2f", a / b }')" ' ×' most 1.1
}

# start: from the start of the process to its first request, on a database that has the tables
start() {
  local round began took telemetry='' simulated=$upstream
  printf '\n### From the start of the process to its first request\n\n'
  start_web 100 || { printf 'Left out: needs nginx, which notes when the request came (Debian, Ubuntu: apt-get install nginx-light)\n'; return; }
  upstream=${web/\/api\//\/logged\/api\/}
  printf '| round | first request after ms |\n|---|---|\n'
  rm -f "$work/started"
  for ((round = 1; round <= repeat + 2; round++)); do
    fresh_database bench
    : >"$web_log"
    began=$EPOCHREALTIME
    ingest 100 Async
    drop_database bench
    took=$(awk -v began="$began" 'NR == 1 || $1 - $2 < first { first = $1 - $2 } END { printf "%.0f", (first - began) * 1000 }' "$web_log")
    printf '%s\n' "$took" >>"$work/started"
    printf '| %s | %s |\n' "$round" "$took"
  done
  stop_last
  upstream=$simulated
  goals_head
  goal 'start to first request' "$(median <"$work/started")" ' ms' most 500
}

# What an attempt costs in the ring of the latest attempts is measured by itself, for nothing switches it off: its part of the CPU time of a character is what throughput
# can lose by it at most.
watching() {
  local cost
  printf '\n### What being watched costs: %s characters, Async, degree of parallelism 64, with metrics and logs\n\n' "$items"
  in_turns nobody 'one viewer' 'ten viewers'
  "$benchmarks" ring 4000000 >"$work/ring.json"
  cost=$(number nanosecondsPerAttempt "$work/ring.json")
  goals_head
  goal "the ring alone: $cost ns of $(measured nobody cpu) µs CPU" "$(awk -v cost="$cost" -v cpu="$(measured nobody cpu)" 'BEGIN { printf "%.2f", 1 - cost / 1000 / cpu }')" ' ×' least 0.97
  goal_against 'one viewer' 'one viewer' nobody 0.95
  goal_against 'ten viewers' 'ten viewers' nobody 0.90
}
