#!/usr/bin/env bash
# Changes the code that decides whether something is lost, one small change at a time, and sees whether a test notices: recoverability,
# the retry queue, the upstream gate, ID parsing and the group-commit writer. Takes an hour or so on 2 cores.
#
#   tests/mutation.sh            both parts; the reports are artifacts/mutation/*/reports/mutation-report.html
#   tests/mutation.sh units      without the group-commit writer, whose tests need PostgreSQL
#   tests/mutation.sh writer     only that one
#
# Exit code: not 0 when fewer than 75 % of the changes were noticed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck source=deploy/local/postgres.sh
source "$root/deploy/local/postgres.sh"

# mutate PART TEST-PROJECT FILE…: the files are patterns below src/Ingestion
mutate() {
  local part=$1 project=$2 file
  local files=()
  for file in "${@:3}"; do
    files+=(--mutate "**/$file")
  done
  (cd "$root/tests/$project" &&
    dotnet stryker --test-runner mtp --project Ingestion.csproj "${files[@]}" --break-at 75 \
      --reporter html --reporter json --output "$root/artifacts/mutation/$part" --skip-version-check)
}

part=${1:-all}
[[ $part =~ ^(all|units|writer)$ ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }
cd "$root"
dotnet tool restore >/dev/null
postgres_find
export PG_BIN

code=0
[[ $part == writer ]] || mutate units Ingestion.Tests Upstream/Recoverability.cs Upstream/GateState.cs Upstream/UpstreamGate.cs \
  Upstream/RequestPacer.cs Upstream/RetryBudget.cs Runs/RetryQueue.cs 'Characters/IdRange*.cs' || code=$?
[[ $part == units ]] || mutate writer Ingestion.IntegrationTests Storage/Postgres/GroupCommitWriter.cs Storage/Postgres/Batch.cs || code=$?
exit "$code"
