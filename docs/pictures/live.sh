#!/usr/bin/env bash
# Takes the pictures of the live page that the documentation shows: a worker against the simulator, looked at in a real browser.
#
#   docs/pictures/live.sh             live-moving.gif (the pool of five, then the slider to ten), live-STRATEGY.png of the five strategies of the article, and live-grid.png
#   docs/pictures/live.sh moving|strategies
#                                     one of them
#
# It takes about five minutes. Needs ffmpeg and pngquant, which it installs with apt when it may.
set -euo pipefail

what=${1:-all}
[[ $what =~ ^(all|moving|strategies)$ ]] || { sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 64; }

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
pictures=$root/docs/pictures
project=Worker.EndToEndTests
max_bytes=$((2 * 1024 * 1024))

# shellcheck source=deploy/local/postgres.sh
source "$root/deploy/local/postgres.sh"
# shellcheck source=tests/chromium.sh
source "$root/tests/chromium.sh"

PICTURES=$(mktemp -d)
trap 'rm -rf "$PICTURES"' EXIT
mkdir "$PICTURES/frames"
postgres_find
chromium_find
for program in ffmpeg pngquant; do
  type -P "$program" >/dev/null || packages_install "$program" "$program" || postgres_fail "$program is missing: install it"
done
export PICTURES PG_BIN CHROMIUM

methods=()
[[ $what == strategies ]] || methods+=('*LivePictures.The_pool*')
[[ $what == moving ]] || methods+=('*LivePictures.Each_strategy*' '*LivePictures.A_run_too_fast*')
dotnet build "$root/tests/$project/$project.csproj" -c Release -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false
dotnet "$root/tests/$project/bin/Release/net10.0/$project.dll" --progress off --filter-method "${methods[@]}"

if [[ $what != strategies ]]; then
  # One palette for all frames, no dithering: what did not change stays the same to the bit, and is not stored again.
  ffmpeg -v error -y -f concat -i "$PICTURES/frames/frames.txt" \
    -vf 'fps=5,scale=960:-1:flags=area,split[a][b];[a]palettegen=max_colors=96:stats_mode=full[p];[b][p]paletteuse=dither=none:diff_mode=rectangle' -loop 0 "$pictures/live-moving.gif"
  size=$(stat -c %s "$pictures/live-moving.gif")
  printf '%s: %d bytes\n' docs/pictures/live-moving.gif "$size"
  ((size <= max_bytes)) || { printf 'that is more than %d\n' "$max_bytes" >&2; exit 1; }
fi
if [[ $what != moving ]]; then
  for still in "$PICTURES"/live-*.png; do
    pngquant --force --skip-if-larger --strip --speed 1 --output "$pictures/$(basename "$still")" 64 "$still"
    printf '%s: %d bytes\n' "docs/pictures/$(basename "$still")" "$(stat -c %s "$pictures/$(basename "$still")")"
  done
fi
