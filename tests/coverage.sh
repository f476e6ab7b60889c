#!/usr/bin/env bash
# Runs all tests and measures how much of src/Ingestion they execute, in their own processes and in the workers they start.
#
#   tests/coverage.sh        a summary by class on the terminal; browse it in artifacts/coverage/index.html
#
# Exit code 1: a test failed, or less than 90 % of the lines were executed. What the compiler generated does not count.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
report=$root/artifacts/coverage
wanted=90
cd "$root"
rm -rf "$report"
mkdir -p "$report"
dotnet tool restore >/dev/null

for file in tests/*Tests/*.csproj; do
  project=$(basename "$file" .csproj)
  # The workers that tests start are those next to them, which are instrumented with them.
  INGESTION_WORKER=$root/tests/$project/bin/Release/net10.0/ingestion-worker.dll TEST_RESULTS=$report \
    tests/run.sh "$project" --coverlet --coverlet-include '[Ingestion]*' --coverlet-output-format cobertura --coverlet-file-prefix "$project"
done

dotnet reportgenerator "-reports:$report/*.cobertura.*.xml" "-targetdir:$report" '-reporttypes:Html;TextSummary' \
  '-assemblyfilters:+Ingestion' '-filefilters:-*.g.cs' -verbosity:Error
cat "$report/Summary.txt"
awk -v wanted="$wanted" '/Line coverage:/ { sub("%", "", $3); ok = $3 + 0 >= wanted } END { exit !ok }' "$report/Summary.txt" ||
  { printf 'coverage.sh: less than %s %% of the lines of src/Ingestion were executed\n' "$wanted" >&2; exit 1; }
