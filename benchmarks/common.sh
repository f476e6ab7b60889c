# shellcheck shell=bash disable=SC2034
# What the benchmarks and tests/chaos.sh share: programs built for release, a private database server and a simulator. Source it; the caller has
# `set -euo pipefail` (and reads the variables that look unused here). Everything started here ends with the caller, and its files are removed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
worker=$root/artifacts/native/worker/ingestion-worker
simulator=$root/src/UpstreamSimulator/bin/Release/net10.0/upstream-simulator.dll
benchmarks=$root/artifacts/native/benchmarks/IngestionBenchmarks
upstream='' collector=''
running=()

# shellcheck source=deploy/local/postgres.sh
source "$root/deploy/local/postgres.sh"
# shellcheck source=deploy/local/native.sh
source "$root/deploy/local/native.sh"

clean_up() {
  local pid
  trap '' INT TERM HUP
  for pid in "${running[@]}"; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  postgres_stop
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# compile PROJECT: for release, in its own folder
compile() {
  dotnet build "$root/$1" -c Release -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false >"$work/build.log" 2>&1 ||
    { cat "$work/build.log" >&2; postgres_fail "$1 does not build"; }
}

build() {
  printf 'Building …\n' >&2
  native_publish src/Worker "$(dirname "$worker")"
  native_publish benchmarks/IngestionBenchmarks "$(dirname "$benchmarks")"
  compile src/UpstreamSimulator
}

# start_listening NAME COMMAND…: starts a program that prints "listening on URL", and sets NAME to that URL
start_listening() {
  local -n url=$1
  local log=$work/$1.log
  : >"$log"
  setpriv --pdeathsig TERM setsid "${@:2}" >"$log" 2>&1 </dev/null &
  running+=($!)
  until url=$(sed -n 's/^listening on //p' "$log") && [[ -n $url ]]; do
    kill -0 "${running[-1]}" 2>/dev/null || { cat "$log" >&2; postgres_fail "$1 did not start"; }
    sleep 0.1
  done
}

# start_database: a server as PostgreSQL ships it: every commit is on disk before it returns
start_database() {
  postgres_find
  # The server's user has to reach its folder.
  chmod 711 "$work"
  postgres_start "$work/postgres"
}

# fresh_database NAME: an empty one with the worker's tables; sets ConnectionStrings__Postgres
fresh_database() {
  postgres_database "$1"
  export ConnectionStrings__Postgres
  ConnectionStrings__Postgres=$(postgres_connection "$1")
  "$worker" migrate >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; return 1; }
  "$PG_BIN/psql" -h "$postgres_sockets" -d "$1" -qc CHECKPOINT
}

drop_database() {
  "$PG_BIN/psql" -h "$postgres_sockets" -d postgres -qc "DROP DATABASE \"$1\" WITH (FORCE)"
}

# measure COMMAND…: runs it and sets cpu (seconds), peak and resident (MiB; the most, and at the last look before the end)
measure() {
  local pid line fields ticks
  ticks=$(getconf CLK_TCK)
  setpriv --pdeathsig TERM "$@" >"$work/output" 2>"$work/errors" </dev/null &
  pid=$!
  running+=("$pid")
  cpu=0 peak=0 resident=0
  while kill -0 "$pid" 2>/dev/null; do
    if { read -r line <"/proc/$pid/stat"; } 2>/dev/null; then
      read -r -a fields <<<"${line##*) }"
      # A process that has ended but was not waited for still says what it used.
      cpu=$(((fields[11] + fields[12]) * 1000 / ticks))
      while read -r key value _; do
        case $key in
          VmHWM:) peak=$((value / 1024)) ;;
          VmRSS:) resident=$((value / 1024)) ;;
        esac
      done 2>/dev/null <"/proc/$pid/status" || true
    fi
    sleep 0.1
  done
  wait "$pid" || { cat "$work/output" "$work/errors" >&2; postgres_fail "exit code $? of: $*"; }
}

# cpu_ms PID: CPU time that a process and its children have used, in ms
cpu_ms() {
  # A process that ends meanwhile is none of them.
  { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v pid="$1" -v ticks="$(getconf CLK_TCK)" '{
    own = $1; sub(/.*\) /, "")
    if (own == pid) sum += $12 + $13 + $14 + $15
    else if ($2 == pid) sum += $12 + $13 } END { printf "%d", sum * 1000 / ticks }'
}

# number NAME FILE: a number of a JSON file
number() {
  grep -o "\"$1\": *[0-9.]*" "$2" | grep -o '[0-9.]*$'
}

# iterations_for SECONDS: PBKDF2 iterations that take that long on one core; measured with the worker itself, against the upstream as it is
iterations_for() {
  local few=10000 many=310000
  awk -v seconds="$1" -v short="$(sequential_seconds $few)" -v long="$(sequential_seconds $many)" -v items=5 -v more=$((many - few)) \
    'BEGIN { printf "%d", seconds / ((long - short) / items / more) }'
}

# sequential_seconds ITERATIONS: what five characters take one after the other
sequential_seconds() {
  Upstream__BaseAddress=$upstream "$worker" compare --ids 1-5 --strategies Sequential --repeat 1 --json "$work/calibration.json" "--Transform:FingerprintIterations=$1" >/dev/null
  number elapsedSeconds "$work/calibration.json"
}

# median: of the numbers on standard input
median() {
  sort -n | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'
}

machine() {
  printf '%s, %s cores, PostgreSQL %s, .NET %s\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
    "$("$PG_BIN/postgres" --version | sed -E 's/[^0-9]*([0-9.]+).*/\1/')" "$(dotnet --version)"
}
