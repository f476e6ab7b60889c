#!/usr/bin/env bash
# Measures and draws what docs/choosing.md and docs/strategies/ say: the strategies side by side on work of known shape.
#
#   benchmarks/choosing.sh                    everything: the tables on standard output, the reports in artifacts/choosing/
#   benchmarks/choosing.sh io|cpu|mixed|pool|thousand|pictures
#                                             one part
#   PICTURES=docs/pictures benchmarks/choosing.sh
#                                             also renders the reports as PNG into that folder
set -euo pipefail

what=${1:-all}
[[ $what =~ ^(all|io|cpu|mixed|pool|thousand|pictures)$ ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }

# shellcheck source=benchmarks/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=tests/chromium.sh
source "$root/tests/chromium.sh"
reports=$root/artifacts/choosing

# work_on COMMAND OPTION…: the worker, against the simulator and a fresh database
work_on() {
  fresh_database choosing
  local code=0
  Upstream__BaseAddress="$upstream" Health__Port=0 Logging__LogLevel__Default=Warning setpriv --pdeathsig TERM "$worker" "$@" </dev/null || code=$?
  drop_database choosing
  return "$code"
}

# upstream_with OPTION…: the simulator, as the part of the day needs it
upstream_with() {
  start_listening upstream dotnet "$simulator" --port 0 "$@"
}

# side_by_side NAME HEIGHT OPTION…: a comparison, its table and its report, of which the top is drawn in that height
side_by_side() {
  work_on compare --report "$reports/$1.html" "${@:3}"
  render "$1" "$2"
}

# render NAME HEIGHT [FLAG…]: the top of a report as a picture, all of them in one width
render() {
  [[ -n ${PICTURES:-} ]] || return 0
  "$CHROMIUM" "${@:3}" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-color-profile=srgb --user-data-dir="$work/chromium" \
    --window-size="1120,$2" --screenshot="$PICTURES/$1.png" "file://$reports/$1.html" >/dev/null 2>&1
}

# title TEXT
title() { printf '\n### %s\n\n' "$1"; }

build
mkdir -p "$reports"
[[ -z ${PICTURES:-} ]] || chromium_find
start_database
machine

if [[ $what =~ ^(all|io)$ ]]; then
  title 'I/O bound: 40 characters, each answered after 200 ms, degree of parallelism 8'
  upstream_with --latency 200ms
  side_by_side io 1500 --ids 1-40 --strategies all --dop 8
fi

if [[ $what =~ ^(all|cpu|mixed|pictures)$ ]]; then
  upstream_with
  fresh_database calibration
  iterations=$(iterations_for 0.01)
  drop_database calibration
fi

if [[ $what =~ ^(all|cpu)$ ]]; then
  title 'CPU bound: 40 characters, each about 50 ms of a core, degree of parallelism 8'
  side_by_side cpu 1060 --ids 1-40 --strategies Sequential,EventLoop,ThreadPool,ThreadPerItem,Async,Pipeline --dop 8 --Transform:FingerprintIterations=$((iterations * 5))
fi

if [[ $what =~ ^(all|mixed)$ ]]; then
  title 'Mixed: 200 characters, each answered after 100 ms and about 10 ms of a core, degree of parallelism 32'
  upstream_with --latency 100ms
  work_on compare --ids 1-200 --strategies all --dop 32 --Transform:FingerprintIterations="$iterations"
  title 'The same with 60 characters and a degree of parallelism of 12, to be looked at'
  side_by_side mixed 1440 --ids 1-60 --strategies EventLoop,Pipeline --dop 12 --repeat 1 --Transform:FingerprintIterations="$iterations"
fi

if [[ $what =~ ^(all|pool)$ ]]; then
  title 'Slow items in a pool: 40 characters, each answered after 100 ms, on four threads; the first answer to 1, 2, 3 and 4 never comes'
  printf '| Upstream:AttemptTimeout | elapsed s | retries |\n|---|---|---|\n'
  for timeout in 5 0.5; do
    upstream_with --latency 100ms --faults '1-4:hang'
    name=pool-timeout-${timeout/./-}s
    work_on run --ids 1-40 --strategy ThreadPool --dop 4 --Upstream:AttemptTimeout="00:00:0$timeout" \
      --summary "$work/summary.json" --report "$reports/$name.html" >/dev/null
    printf '| %s s | %s | %s |\n' "$timeout" "$(number elapsedSeconds "$work/summary.json")" "$(number retries "$work/summary.json")"
    render "$name" 560
  done
fi

if [[ $what =~ ^(all|thousand)$ ]]; then
  title 'A thousand characters, each answered after a second, all in flight at once'
  upstream_with --latency 1s --characters 1000
  side_by_side thousand 850 --ids 1-1000 --strategies ThreadPerItem:0,ThreadPool:1000,EventLoop:0,Async:0,Pipeline:1000
fi

if [[ $what =~ ^(all|pictures)$ ]]; then
  title 'A picture of each strategy: 12 characters, each answered after 60 to 120 ms and about 20 ms of a core, degree of parallelism 4'
  upstream_with --latency 60ms --latency-jitter 60ms
  for strategy in Sequential ThreadPerItem ThreadPool EventLoop Async Pipeline; do
    name=$(sed -E 's/([a-z])([A-Z])/\1-\2/g' <<<"$strategy" | tr '[:upper:]' '[:lower:]')
    work_on run --ids 1-12 --strategy "$strategy" --dop 4 --Transform:FingerprintIterations=$((iterations * 2)) --report "$reports/$name.html" >/dev/null
    printf '%s\n' "$reports/$name.html"
    render "$name" "$([[ $strategy == Pipeline ]] && echo 700 || echo 560)"
  done
  upstream_with --latency 100ms --latency-jitter 80ms
  work_on run --ids 1-30 --strategy Async --dop 8 --report "$reports/async-30-dark.html" >/dev/null
  render async-30-dark 900 --force-dark-mode
  upstream_with --latency 60ms --latency-jitter 10ms --capacity 32 --characters 6000
  work_on run --ids 1-6000 --strategy Adaptive --dop 0 --report "$reports/adaptive.html" >/dev/null
  render adaptive 1100
fi
