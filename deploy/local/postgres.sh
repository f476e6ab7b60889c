# shellcheck shell=bash
# A private PostgreSQL cluster for local runs, tests and benchmarks. Source it; the caller has `set -euo pipefail`.
#
#   postgres_find          sets PG_BIN to a folder with the server's binaries, installing them with apt when it may
#   postgres_start DIR     starts the cluster in DIR (made when missing) on a free port of 127.0.0.1 and exports
#                          PGHOST, PGPORT, PGUSER and PGPASSFILE, which psql and Npgsql both understand
#   postgres_database DB   creates the database DB unless it is there
#   postgres_connection DB prints the connection string (the password stays in PGPASSFILE)
#   postgres_stop          stops the cluster; its files stay
#
# As root the server runs as the user `postgres`, because PostgreSQL refuses to run as root.

# shellcheck source=deploy/local/packages.sh
source "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

postgres_pid=
postgres_sockets=

postgres_fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  return 1
}

# postgres_complete DIR: holds every program that is needed
postgres_complete() {
  local program
  for program in initdb postgres pg_isready psql createdb; do
    [[ -x $1/$program ]] || return
  done
}

# postgres_newest: the newest version that Debian's and Ubuntu's packages installed
postgres_newest() {
  local bin newest=
  while read -r bin; do
    if postgres_complete "$bin"; then newest=$bin; fi
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V)
  printf '%s' "$newest"
}

postgres_find() {
  local on_path
  if [[ -n ${PG_BIN:-} ]]; then
    postgres_complete "$PG_BIN" ||
      postgres_fail "PG_BIN is '$PG_BIN', which lacks initdb, postgres or psql: name the folder of PostgreSQL's server programs"
    return
  fi
  on_path=$(readlink -f "$(type -P initdb)" || true)
  if [[ -n $on_path ]] && postgres_complete "$(dirname "$on_path")"; then
    PG_BIN=$(dirname "$on_path")
    return
  fi
  PG_BIN=$(postgres_newest)
  [[ -z $PG_BIN ]] || return 0
  postgres_install || return
  PG_BIN=$(postgres_newest)
  [[ -n $PG_BIN ]] || postgres_fail "PostgreSQL was installed, but /usr/lib/postgresql/*/bin has no server: set PG_BIN"
}

postgres_install() {
  local settings=/etc/postgresql-common/createcluster.conf as_root=()
  if ((EUID != 0)); then as_root=(sudo -n); fi
  # The package would create a server of its own on port 5432; nobody asked for that one.
  {
    packages_install 'PostgreSQL (its common files)' postgresql-common &&
      printf 'create_main_cluster = false\n' | "${as_root[@]}" tee -a "$settings" >/dev/null &&
      packages_install PostgreSQL postgresql &&
      "${as_root[@]}" sed -i '/^create_main_cluster = false$/d' "$settings"
  } || postgres_fail "PostgreSQL's server programs are missing: install them (Debian, Ubuntu: apt-get install postgresql), or set PG_BIN"
}

# Runs a command as the server's user, in / because the working folder may be closed to that user. An array and not a
# function, so that a background server is the shell's own child; and it must not outlive the script that started it.
postgres_as=(env -C / setpriv --pdeathsig INT)
((EUID != 0)) || postgres_as+=(--reuid=postgres --regid=postgres --init-groups)

# postgres_folder DIR: makes DIR, owned by the server's user. Where that user cannot reach it (a checkout below /root),
# the files live in /var/tmp and DIR is a link to them.
postgres_folder() {
  local dir=$1 user real
  if [[ ! -e $dir ]]; then
    rm -f "$dir" # a link whose target is gone
    mkdir -p "$(dirname "$dir")"
    mkdir "$dir"
  fi
  ((EUID == 0)) || return 0
  user=postgres
  id "$user" >/dev/null 2>&1 || useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
  chown "$user:" "$dir/"
  if ! "${postgres_as[@]}" test -w "$(readlink -f "$dir")" 2>/dev/null; then
    rmdir "$dir" || postgres_fail "$dir cannot be reached by the user '$user': move or remove it" || return
    real=$(mktemp -d /var/tmp/ingestion-postgres.XXXXXX)
    chown "$user:" "$real"
    ln -s "$real" "$dir"
    printf "The database's files are in %s: the user '%s' cannot reach %s.\n" "$real" "$user" "$(dirname "$dir")" >&2
  fi
}

postgres_initialise() {
  local dir=$1 password
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '127.0.0.1:*:*:ingestion:%s\n' "$password" >"$PGPASSFILE")
  # In a folder of its own first, so that an interrupted start leaves no half-made cluster behind.
  rm -rf "$dir/new" "$dir/data"
  # From a file of the server's user: a command line could be read by everybody.
  printf '%s\n' "$password" | (umask 077 && "${postgres_as[@]}" dd of="$dir/password" status=none) &&
    "${postgres_as[@]}" "$PG_BIN/initdb" -D "$dir/new" -U ingestion -E UTF8 --locale=C.UTF-8 \
      --auth-local=trust --auth-host=scram-sha-256 --pwfile="$dir/password" >/dev/null &&
    rm -f "$dir/password" &&
    mv "$dir/new" "$dir/data"
}

# postgres_free_port: a port nobody listens on now; the caller tries again should somebody be faster
postgres_free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s' "$port"
}

postgres_start() {
  local dir=$1 attempt have want deadline
  postgres_folder "$dir" || return
  dir=$(readlink -f "$dir")
  export PGHOST=127.0.0.1 PGUSER=ingestion PGPASSFILE="$1.pgpass" PGPORT
  if [[ ! -s $dir/data/PG_VERSION || ! -s $PGPASSFILE ]]; then
    postgres_initialise "$dir" || postgres_fail "initdb could not make the cluster in $1" || return
  fi

  have=$("$PG_BIN/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
  want=$(<"$dir/data/PG_VERSION")
  [[ $have == "$want" ]] ||
    postgres_fail "$1 was made by PostgreSQL $want, but $PG_BIN is version $have: set PG_BIN, or remove $1 to start afresh" || return

  # Sockets in a short path of their own: a path above 107 bytes is refused.
  postgres_sockets=$(mktemp -d /tmp/ingestion-pg.XXXXXX)
  ((EUID != 0)) || chown postgres: "$postgres_sockets"
  for attempt in 1 2 3 4 5; do
    PGPORT=$(postgres_free_port)
    # A session of its own: Ctrl-C must reach the worker only, which still has rows to commit.
    "${postgres_as[@]}" setsid "$PG_BIN/postgres" -D "$dir/data" -p "$PGPORT" -k "$postgres_sockets" \
      -c listen_addresses=127.0.0.1 -c max_connections=200 >"$1.log" 2>&1 </dev/null &
    postgres_pid=$!
    deadline=$((SECONDS + 60))
    while kill -0 "$postgres_pid" 2>/dev/null && ((SECONDS < deadline)); do
      "$PG_BIN/pg_isready" -q -h "$postgres_sockets" -p "$PGPORT" 2>/dev/null && return 0
      sleep 0.1
    done
    grep -q 'Address already in use' "$1.log" || break
  done
  postgres_stop
  postgres_fail "PostgreSQL did not start (attempt $attempt): $(grep -m1 -E 'FATAL|ERROR|HINT' "$1.log" || tail -n 1 "$1.log"); see $1.log"
}

postgres_database() {
  local found
  found=$("$PG_BIN/psql" -h "$postgres_sockets" -d postgres -AtXqc "SELECT 1 FROM pg_database WHERE datname = '$1'")
  [[ -n $found ]] || "$PG_BIN/createdb" -h "$postgres_sockets" "$1"
}

postgres_connection() {
  printf 'Host=%s;Port=%s;Username=%s;Database=%s' "$PGHOST" "$PGPORT" "$PGUSER" "$1"
}

postgres_stop() {
  if [[ -n $postgres_pid ]]; then
    # The fast shutdown: it ends sessions and keeps what was committed.
    kill -INT "$postgres_pid" 2>/dev/null || true
    wait "$postgres_pid" 2>/dev/null || true
    postgres_pid=
  fi
  [[ -z $postgres_sockets ]] || rm -rf "$postgres_sockets"
  postgres_sockets=
}
