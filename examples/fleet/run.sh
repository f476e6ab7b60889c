#!/usr/bin/env bash
# Three workers share a queue, and one is killed while they work: README.md beside this. Everything it starts ends with it.
set -euo pipefail

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=deploy/local/postgres.sh
source "$root/deploy/local/postgres.sh"
# shellcheck source=deploy/local/rabbitmq.sh
source "$root/deploy/local/rabbitmq.sh"

folder=$(mktemp -d)
chmod 711 "$folder" # the user of the PostgreSQL server has to pass
started=()

clean_up() {
  local pid
  for pid in "${started[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rabbitmq_stop
  postgres_stop
  rm -rf "$folder"
}
trap clean_up EXIT

for project in Worker UpstreamSimulator; do
  [[ ${LOCAL_BUILD:-} == no ]] || dotnet build "$root/src/$project" -c Release -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false >&2
done
worker=(dotnet "$root/src/Worker/bin/Release/net10.0/ingestion-worker.dll")

postgres_find
postgres_start "$folder/postgres"
postgres_database fleet
rabbitmq_find
rabbitmq_start "$folder/rabbitmq"
setpriv --pdeathsig TERM dotnet "$root/src/UpstreamSimulator/bin/Release/net10.0/upstream-simulator.dll" --port 0 --latency 50ms >"$folder/simulator" &
started+=($!)
until upstream=$(sed -n 's/^listening on //p' "$folder/simulator") && [[ -n $upstream ]]; do sleep 0.1; done

ConnectionStrings__Postgres=$(postgres_connection fleet)
export ConnectionStrings__Postgres ConnectionStrings__RabbitMq=$rabbitmq_uri Upstream__BaseAddress=$upstream Health__Port=0

"${worker[@]}" enqueue --ids 1-826 --declare
workers=()
for number in 1 2 3; do
  # A worker of this example ends when the queue is empty. Without the option it would wait for more.
  setpriv --pdeathsig TERM "${worker[@]}" run --source RabbitMq --dop 4 --RabbitMq:StopWhenIdle=00:00:03 >"$folder/worker-$number" 2>"$folder/log-$number" &
  workers+=($!)
done
started+=("${workers[@]}")

until grep -q 'Taking messages' "$folder/log-2"; do sleep 0.1; done
sleep 1
printf 'killing worker 2\n'
kill -KILL "${workers[1]}"
for number in 1 3; do
  wait "${workers[number - 1]}" || { cat "$folder/log-$number" >&2; exit 1; }
  printf '\nworker %s\n' "$number"
  grep -E 'ingested|elapsed' "$folder/worker-$number"
done
printf '\nstored: '
"$PG_BIN/psql" -d fleet -AtXqF ', ' -c "SELECT (SELECT count(*) FROM ingestion.characters) || ' characters', (SELECT count(DISTINCT item_id) FROM ingestion.outcomes) || ' outcomes'"
