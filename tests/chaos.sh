#!/usr/bin/env bash
# Kills the worker, its database or both while they are at work, and checks that nothing is lost and nothing is done twice: tests/Chaos/README.md.
#
#   tests/chaos.sh                             the short form of every scenario
#   tests/chaos.sh long                        the full numbers: about 50 minutes
#   tests/chaos.sh long kill-worker/Pipeline   one scenario, or several
#   tests/chaos.sh kill-both/texts             one scenario over one kind of key
#   tests/chaos.sh --seed 7                    the same random moments again
#   tests/chaos.sh soak --minutes 5            how long the soak lasts
#   tests/chaos.sh long soak --with viewer     the soak with a Chromium that has the live page open; also: restarts (of the database), reloads, retention, queue (with restarts of its broker)
#   tests/chaos.sh long soak --rate 200        at most so many requests a second
#
# Exit code 0: every check holds. The logs of a scenario with one that does not are in artifacts/chaos.
set -euo pipefail

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  exit 0
fi

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../benchmarks/common.sh"
driver=

# shellcheck source=deploy/local/rabbitmq.sh
source "$root/deploy/local/rabbitmq.sh"
# shellcheck source=tests/chromium.sh
source "$root/tests/chromium.sh"

# The driver ends what it started. Should it have been killed itself, its process group is what is left.
end() {
  local try
  trap '' INT TERM HUP
  if [[ -n $driver ]]; then
    kill -TERM "$driver" 2>/dev/null || true
    wait "$driver" 2>/dev/null || true
    for ((try = 0; try < 50; try++)); do
      kill -0 -- "-$driver" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$driver" 2>/dev/null || true
  fi
  clean_up
}
trap end EXIT

printf 'Building …\n' >&2
postgres_find
[[ " $* " != *viewer* ]] || chromium_find
[[ " $* " != *queue* ]] || rabbitmq_find
native_publish src/Worker "$(dirname "$worker")"
compile tests/Chaos

# All temporary files, also those of killed processes, are below a folder that is removed at the end; the server's user has to reach its own.
chmod 711 "$work"
code=0
env -u INGESTION_TEST_POSTGRES --default-signal=INT,QUIT PG_BIN="$PG_BIN" TMPDIR="$work" INGESTION_WORKER="$worker" CHROMIUM="${CHROMIUM:-}" RABBITMQ_SERVER="${RABBITMQ_SERVER:-}" setpriv --pdeathsig TERM \
  setsid dotnet "$root/tests/Chaos/bin/Release/net10.0/chaos.dll" "$@" --logs "$root/artifacts/chaos" </dev/null &
driver=$!
wait "$driver" || code=$?
exit "$code"
