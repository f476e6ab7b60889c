# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # see ways.sh
# benchmarks/run.sh native: the worker as it ships, compiled to machine code, beside the last version that was compiled ahead of time and then again when it ran
# (ReadyToRun, with the framework of the machine). Source it after goals.sh.

# The last commit that shipped ReadyToRun.
last_ready_to_run=bde8da2

# ready_to_run_build: publishes that commit, as its image did, and sets ready_to_run to a program that starts it
ready_to_run_build() {
  local folder=$root/artifacts/benchmarks/ready-to-run
  ready_to_run=$work/ready-to-run
  if ! [[ -f $folder/published/ingestion-worker.dll ]]; then
    git -C "$root" cat-file -e "$last_ready_to_run^{commit}" 2>/dev/null ||
      postgres_fail "commit $last_ready_to_run, which this compares with, is not in this clone: clone with the whole history (git fetch --unshallow)"
    rm -rf "$folder" && mkdir -p "$folder/source"
    git -C "$root" archive "$last_ready_to_run" | tar -x -C "$folder/source"
    # Each in a folder of its own: the projects of this checkout are above it, and so are their Directory.Build.props.
    {
      dotnet restore "$folder/source/src/Worker" --locked-mode -p:PublishReadyToRun=true &&
        dotnet publish "$folder/source/src/Worker" -c Release --no-restore --runtime linux-x64 --self-contained false -p:PublishReadyToRun=true \
          -o "$folder/published" -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false
    } >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; postgres_fail "commit $last_ready_to_run does not build"; }
  fi
  printf '#!/bin/sh\nexec dotnet %q "$@"\n' "$folder/published/ingestion-worker.dll" >"$ready_to_run"
  chmod +x "$ready_to_run"
}

# with_program NAME COMMAND…: with that worker, on a database without the tables of the other
with_program() {
  local worker=$worker
  [[ $1 == native ]] || worker=$ready_to_run
  sql 'SET client_min_messages = warning; DROP SCHEMA IF EXISTS ingestion CASCADE'
  [[ ${database_has:-tables} != tables ]] || "$worker" migrate >/dev/null 2>&1
  "${@:2}"
}

# first_request NAME: how long after the start of the process the first request came, in ms; appended to a file
first_request() {
  local began
  : >"$web_log"
  began=$EPOCHREALTIME
  ingest 100 Async
  awk -v began="$began" 'NR == 1 || $1 - $2 < first { first = $1 - $2 } END { printf "%.0f\n", (first - began) * 1000 }' "$web_log" >>"$work/$1.started"
}

native_start() {
  local database_has round name upstream=${web/\/api\//\/logged\/api\/}
  printf '\n| from the start of the process to the first request, ms | ReadyToRun | native | ratio |\n|---|---|---|---|\n'
  for database_has in tables nothing; do
    for ((round = 1; round <= repeat + 2; round++)); do
      for name in ReadyToRun native; do
        fresh_database bench
        with_program "$name" first_request "$name $database_has"
        drop_database bench
      done
    done
    ratio_of_starts=$(awk -v a="$(median <"$work/native $database_has.started")" -v b="$(median <"$work/ReadyToRun $database_has.started")" 'BEGIN { printf "%.2f", a / b }')
    printf '| the database has %s | %s | %s | %s |\n' "$database_has" "$(median <"$work/ReadyToRun $database_has.started")" "$(median <"$work/native $database_has.started")" "$ratio_of_starts"
    started[$database_has]=$ratio_of_starts
  done
}

native() {
  local ready_to_run telemetry='' simulated=$upstream simulated_pid=$upstream_pid items large round
  local -A started=() cpu_ratio=() memory=() most=()
  [[ $(native_rid) == linux-x64 ]] || { printf 'Left out: ReadyToRun was for x64 only\n'; return; }
  ready_to_run_build
  printf '\n### The native program beside ReadyToRun (commit %s), degree of parallelism 64, nothing exported\n\n' "$last_ready_to_run"
  start_made_up || { printf 'Left out: needs nginx (Debian, Ubuntu: apt-get install nginx-light)\n'; return; }
  upstream=$web upstream_pid=${running[-1]}
  native_start

  for items in 12000 150000; do
    printf '\n%s characters, made up by nginx:\n\n' "$items"
    in_turns 'ReadyToRun Pipeline' 'native Pipeline' 'ReadyToRun Async' 'native Async'
    cpu_ratio[$items]=$(awk -v a="$(measured 'native Pipeline' cpu)" -v b="$(measured 'ReadyToRun Pipeline' cpu)" 'BEGIN { printf "%.2f", a / b }')
  done

  printf '\n| characters, Pipeline | characters/s | CPU µs per character | resident at the end MiB | peak MiB |\n|---|---|---|---|---|\n'
  for large in 200000 1000000; do
    fresh_database bench
    ingest "$large" Pipeline
    drop_database bench
    memory[$large]=$resident most[$large]=$peak
    awk -v count="$large" -v rate="$rate" -v cpu="$cpu" -v resident="$resident" -v peak="$peak" 'BEGIN {
      printf "| %s | %.0f | %.1f | %s | %s |\n", count, rate, cpu * 1000 / count, resident, peak }'
  done
  stop_last
  upstream=$simulated upstream_pid=$simulated_pid

  goals_head
  goal 'start to first request against ReadyToRun, tables there' "${started[tables]}" ' ×' most 0.30
  goal 'the same, database empty' "${started[nothing]}" ' ×' most 0.35
  goal 'CPU per character against ReadyToRun, 12,000' "${cpu_ratio[12000]}" ' ×' most 0.5
  goal 'the same, 150,000' "${cpu_ratio[150000]}" ' ×' most 0.8
  goal 'resident memory, 200,000' "${memory[200000]}" ' MiB' most 100
  goal 'the same, 1,000,000' "${memory[1000000]}" ' MiB' most 100
  goal 'what the image adds to its base' "$(du -sb --apparent-size "$(dirname "$worker")" | awk '{ printf "%.1f", $1 / 1e6 }')" ' MB' most 30
}
