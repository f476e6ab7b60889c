#!/usr/bin/env bash
# Waits until a server answers a GET with status 200, for at most a minute. docker-compose.yml runs it for servers whose images may have no shell, so
# that nothing in them can be run to see whether they are ready.
#
#   wait-for.sh HOST PORT PATH
set -u

host=$1 port=$2 path=$3
limit=${WAIT_FOR_SECONDS:-60}

# ask: prints the status of an answer, or nothing
ask() {
  exec 3<>"/dev/tcp/$host/$port" || return
  printf 'GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n' "$path" "$host" >&3
  read -r -t 5 _ status _ <&3 && printf '%s' "$status"
}

while :; do
  answer=$(ask 2>/dev/null)
  [[ $answer != 200 ]] || exit 0
  ((SECONDS < limit)) || break
  sleep 0.2
done
printf 'wait-for.sh: http://%s:%s%s did not answer with status 200 within %s s (the last answer: %s). Look at its log: docker compose logs %s\n' \
  "$host" "$port" "$path" "$limit" "${answer:-none}" "$host" >&2
exit 1
