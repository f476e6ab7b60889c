#!/usr/bin/env bash
# Makes the release archive of the worker for the platform of this machine: the native program, its settings, shell completion and the licence.
#
#   deploy/release.sh [FOLDER]     default: release/
#
# Writes ingestion-worker-linux-x64.tar.gz (or -arm64), its .sha256, and the debug symbols apart in ingestion-worker-linux-x64.dbg.gz. The program runs on any Linux
# whose C library is at least as new as the one of the machine that this runs on.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case ${1:-} in
  -h | --help)
    sed -n '2,/^set -e/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
mkdir -p "${1:-$root/release}"
folder=$(cd "${1:-$root/release}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck source=deploy/local/postgres.sh
source "$root/deploy/local/postgres.sh"
# shellcheck source=deploy/local/native.sh
source "$root/deploy/local/native.sh"

rid=$(native_rid)
name=ingestion-worker-$rid
printf 'Compiling …\n' >&2
native_publish src/Worker "$work/$name"
install -m 644 "$root/LICENSE" "$work/$name/"
cp -r "$root/deploy/completion" "$work/$name/"

# The same input gives the same archive: names in order, no owner, the time of the commit.
changed=$(git -C "$root" log -1 --format=%ct 2>/dev/null || printf 0)
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$changed" -c "$name" | gzip -9n >"$folder/$name.tar.gz"
(cd "$folder" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
gzip -9nc "$root/artifacts/native/bin/Worker/Release/net10.0/$rid/native/ingestion-worker.dbg" >"$folder/$name.dbg.gz"
printf '%s\n' "$folder/$name.tar.gz" "$folder/$name.tar.gz.sha256" "$folder/$name.dbg.gz"
