#!/usr/bin/env bash
# Takes every picture of the documentation again: the live page, then reports of the experiments. It takes about a quarter of an hour, on a machine with nothing else to do.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$folder/live.sh"
PICTURES=$folder "$folder/../../benchmarks/choosing.sh"
for picture in "$folder"/*.png; do
  pngquant --force --skip-if-larger --strip --speed 1 --output "$picture" 64 "$picture" || (($? == 98))
done
