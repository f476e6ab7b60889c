#!/usr/bin/env bash
# Ingests into a private PostgreSQL, without Docker and without touching anything outside this checkout.
#
#   deploy/local/run.sh                         IDs 1-826 of the shipped resource, from the simulator
#   deploy/local/run.sh --strategy ThreadPool --dop 5 --ids 1-10 --delay 2s
#                                               every option goes to the worker; 'deploy/local/run.sh run --help' lists them
#   deploy/local/run.sh compare --ids 1-10 --delay 2s
#   deploy/local/run.sh status                  so do its other commands
#   deploy/local/run.sh --dashboard             shows traces, logs and metrics of the run in a browser, until Ctrl-C; other options may follow
#   deploy/local/run.sh psql                    looks at the rows; takes psql's options (-c 'SELECT …')
#
#   UPSTREAM=https://rickandmortyapi.com/api/   uses this API instead of the simulator
#   SIMULATOR_OPTIONS='--latency 50ms'          options of the simulator
#   PG_BIN=/usr/lib/postgresql/17/bin           the PostgreSQL to use; otherwise the newest one found, or installed with apt
#   LOCAL_FOLDER=.local                         where the rows stay for the next run
#   LOCAL_BUILD=no                              runs what has been built before
#
# Remove LOCAL_FOLDER to start from nothing. The programs all end with this script.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
local_folder=${LOCAL_FOLDER:-$root/.local}
database=ingestion
child=          # the program in the foreground: what a signal is passed on to
simulator_pid=
signalled=
building=

# shellcheck source=deploy/local/postgres.sh
source "$root/deploy/local/postgres.sh"
# shellcheck source=deploy/local/dashboard.sh
source "$root/deploy/local/dashboard.sh"

fail() {
  printf 'run.sh: %s\n' "$*" >&2
  exit 1
}

# on_signal EXIT_CODE: lets the worker drain; before there is one, ends at once
on_signal() {
  [[ -z $child || -n $building ]] && exit "$1"
  signalled=$1
  # SIGTERM for all: the shell makes background programs ignore SIGINT, and so each signal arrives exactly once.
  kill -TERM "$child" 2>/dev/null || true
}

clean_up() {
  trap '' INT TERM HUP
  if [[ -n $child ]]; then
    # A build is many processes, and ends in good order on SIGINT only.
    if [[ -n $building ]]; then kill -INT -- "-$child" 2>/dev/null || true; else kill -TERM "$child" 2>/dev/null || true; fi
    wait "$child" 2>/dev/null || true
  fi
  if [[ -n $simulator_pid ]]; then
    kill -TERM "$simulator_pid" 2>/dev/null || true
    wait "$simulator_pid" 2>/dev/null || true
  fi
  dashboard_stop
  postgres_stop
}

# in_foreground COMMAND…: runs it, passes signals on to it and returns its exit code
in_foreground() {
  local code
  "$@" <&0 9>&- &
  child=$!
  while :; do
    signalled='' code=0
    wait "$child" || code=$?
    [[ -n $signalled ]] || break
  done
  child=
  return "$code"
}

require_tools() {
  type -P dotnet >/dev/null || fail 'the .NET SDK 10 is missing: install it from https://dot.net/download'
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    fail "the .NET SDK 10 is needed, found: $(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' | grep . || printf 'none'); install it from https://dot.net/download"
  type -P setpriv >/dev/null || fail "'setpriv' is missing: install util-linux"
}

build() {
  local project
  printf 'Building …\n'
  building=1
  for project in src/Worker/Worker.csproj src/UpstreamSimulator/UpstreamSimulator.csproj; do
    # No build servers: they would stay behind when this script ends.
    if ! in_foreground setsid env --default-signal=INT dotnet build "$root/$project" -c Release -v quiet --nologo \
      -nodeReuse:false -p:UseSharedCompilation=false >"$local_folder/build.log" 2>&1; then
      grep -E -m5 'error' "$local_folder/build.log" | sort -u >&2 || tail -n 5 "$local_folder/build.log" >&2
      fail "$project does not build: see $local_folder/build.log"
    fi
  done
  building=
}

# start_simulator: sets upstream to its address
start_simulator() {
  local log=$local_folder/simulator.log options=()
  read -r -a options <<<"${SIMULATOR_OPTIONS:-}"
  # The address of the last run must not be taken for the one of this.
  : >"$log"
  setpriv --pdeathsig TERM setsid dotnet "$root/src/UpstreamSimulator/bin/Release/net10.0/upstream-simulator.dll" \
    --port 0 "${options[@]}" >"$log" 2>&1 </dev/null 9>&- &
  simulator_pid=$!
  until upstream=$(sed -n -E 's/^listening on (http.*)$/\1/p' "$log" | head -n 1) && [[ -n $upstream ]]; do
    kill -0 "$simulator_pid" 2>/dev/null || fail "the simulator did not start: $(tail -n 1 "$log"); see $log"
    sleep 0.1
  done
}

start_database() {
  postgres_find
  postgres_start "$local_folder/postgres" 9>&-
  postgres_database "$database"
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  exit 0
fi

trap clean_up EXIT
trap 'on_signal 130' INT
trap 'on_signal 143' TERM
trap 'on_signal 129' HUP

mkdir -p "$local_folder"
exec 9>"$local_folder/lock"
flock -n 9 || fail "another run.sh of this checkout is at work: wait until it has ended"

if [[ ${1:-} == psql ]]; then
  start_database
  trap : INT # psql answers Ctrl-C itself: it cancels the query
  in_foreground setpriv --pdeathsig TERM "$PG_BIN/psql" -d "$database" "${@:2}"
  exit
fi

dashboard=
if [[ ${1:-} == --dashboard ]]; then
  dashboard=1
  shift
  [[ ${1:-} == -* || $# == 0 ]] && set -- run "$@"
fi

require_tools
[[ ${LOCAL_BUILD:-} == no ]] || build
start_database
upstream=${UPSTREAM:-}
[[ -n $upstream ]] || start_simulator

[[ -z $dashboard ]] || dashboard_start "$local_folder/dashboard" 9>&-

code=0
ConnectionStrings__Postgres=$(postgres_connection "$database") Upstream__BaseAddress=$upstream Health__Port=${Health__Port:-0} \
  in_foreground setpriv --pdeathsig TERM dotnet "$root/src/Worker/bin/Release/net10.0/ingestion-worker.dll" "$@" || code=$?
if ((code == 0 || code == 2)) && [[ ${1:-} != compare && ${1:-} != preview && $* != *--resource* ]]; then
  printf "\nLook at the rows:  deploy/local/run.sh psql -c 'SELECT id, name, species, status FROM ingestion.characters ORDER BY id LIMIT 10'\n"
fi
if [[ -n $dashboard ]]; then
  # The summary names the first trace; a run of up to Tracing:ItemsPerTrace items is one.
  printf '\nLook at the dashboard:  %s\n' "$dashboard_url"
  printf 'Ctrl-C ends the dashboard.\n'
  child=$dashboard_pid
  wait "$child" || true
fi
exit "$code"
