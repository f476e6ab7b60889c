#!/usr/bin/env bash
# Builds the images on local stand-ins for the public base images and ingests once with them, with the limits that
# docker-compose.yml sets: read-only root file system, no capabilities.
#
#   .ci/image.sh STAND_INS     the script that makes the stand-ins and builds on them
set -euo pipefail

stand_ins=$(readlink -f "${1:?which script makes the stand-in images?}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=ingestion-ci-$$
limits=(--read-only --read-only-tmpfs=false --cap-drop=ALL --security-opt=no-new-privileges)
database='Host=postgres;Username=ingestion;Password=ingestion;Database=ingestion'

clean_up() {
  podman rm --force --ignore --time 5 "$name-worker" "$name-simulator" "$name-postgres" >/dev/null 2>&1 || true
  podman network rm --force "$name" >/dev/null 2>&1 || true
  podman rmi --force "$name/worker" "$name/simulator" >/dev/null 2>&1 || true
}
trap clean_up EXIT

bash "$stand_ins" >/dev/null
for target in simulator worker; do
  # The Docker format knows HEALTHCHECK.
  bash "$stand_ins" build . --format docker --layers --target "$target" -t "$name/$target" | grep -E '^STEP|^\[|error|Error' || true
  podman image exists "$name/$target" || { printf 'image.sh: the target %s was not built\n' "$target" >&2; exit 1; }
done

for target in simulator worker; do
  user=$(podman image inspect --format '{{.Config.User}}' "$name/$target")
  [[ $user =~ ^[1-9] ]] || { printf 'image.sh: the %s would run as "%s", not as a user other than root\n' "$target" "$user" >&2; exit 1; }
done

podman network create "$name" >/dev/null
podman run --detach --name "$name-postgres" --network "$name:alias=postgres" \
  --env LANG=C.UTF-8 --env POSTGRES_USER=ingestion --env POSTGRES_PASSWORD=ingestion --env POSTGRES_DB=ingestion docker.io/library/postgres:17 >/dev/null
podman run --detach --name "$name-simulator" --network "$name:alias=simulator" "${limits[@]}" "$name/simulator" >/dev/null

worker() {
  podman run --network "$name" "${limits[@]}" --env "ConnectionStrings__Postgres=$database" \
    --env Upstream__BaseAddress=http://simulator:8081/api/ "$@"
}

# The worker itself waits until the database answers.
worker --rm "$name/worker"
rows=$(podman exec "$name-postgres" psql -h 127.0.0.1 -U ingestion -d ingestion -AtXc 'SELECT count(*) FROM ingestion.characters' 2>/dev/null ||
  podman exec --env PGPASSWORD=ingestion "$name-postgres" psql -h 127.0.0.1 -U ingestion -d ingestion -AtXc 'SELECT count(*) FROM ingestion.characters')
[[ $rows == 826 ]] || { printf 'image.sh: 826 rows were expected, found %s\n' "$rows" >&2; exit 1; }

# The health check of a worker that is at work, and its answer to SIGTERM: stopped before the end, drained.
worker --detach --name "$name-worker" "$name/worker" run --delay 1s --strategy Sequential >/dev/null
healthy=
for _ in $(seq 60); do
  if podman healthcheck run "$name-worker" >/dev/null 2>&1; then
    healthy=1
    break
  fi
  sleep 0.5
done
[[ -n $healthy ]] || { printf 'image.sh: the worker did not become healthy\n' >&2; podman logs "$name-worker" >&2; exit 1; }
podman stop --time 30 "$name-worker" >/dev/null
code=$(podman inspect --format '{{.State.ExitCode}}' "$name-worker")
[[ $code == 3 ]] || { printf 'image.sh: exit code 3 was expected after SIGTERM, got %s\n' "$code" >&2; exit 1; }
printf 'image: 826 rows, healthy, drained on SIGTERM\n'
