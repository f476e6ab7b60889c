#!/usr/bin/env bash
# Sends made-up bytes through whatever reads bytes from outside: the record parser, the array splitter, the catalog reader, the codec of queued messages, and what
# unpacks a body and finds its end. Prints the first input that comes out as anything but a declared result.
#
#   tests/fuzz.sh                      10 million inputs: some ten minutes on 2 cores
#   tests/fuzz.sh 1000000              as many as that
#   tests/fuzz.sh 1000000 500000       other ones, from this seed on; a seed makes 1,000 inputs
#
# Exit code 0: there is none. One that is found belongs into FuzzTests.Kept, where every test run reads it again.
set -euo pipefail

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  exit 0
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
printf 'Building …\n' >&2
dotnet build "$root/tests/Ingestion.Tests" -c Release -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false >&2
INGESTION_FUZZ_INPUTS=${1:-10000000} INGESTION_FUZZ_SEED=${2:-1} exec dotnet "$root/tests/Ingestion.Tests/bin/Release/net10.0/Ingestion.Tests.dll" \
  --progress off --ansi off --show-live-output on --filter-class '*FuzzTests'
