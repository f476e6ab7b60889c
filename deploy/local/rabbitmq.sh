# shellcheck shell=bash
# A private RabbitMQ broker for tests and benchmarks. Source it after postgres.sh, whose postgres_fail and postgres_free_port it uses.
#
#   rabbitmq_find        sets RABBITMQ_SERVER to the broker's start script, installing it with apt when it may
#   rabbitmq_start DIR   starts a broker with its files in DIR (made when missing) on a free port of 127.0.0.1, sets rabbitmq_pid and rabbitmq_uri
#   rabbitmq_again DIR   starts it again, on the same port, after it was killed
#   rabbitmq_ctl DIR …   asks it something
#   rabbitmq_stop        stops it; its files stay
#
# It needs no particular user and meets no other Erlang node: the port mapper, the cookie and the ports are its own.

rabbitmq_pid=
rabbitmq_mapper=
rabbitmq_uri=
rabbitmq_port=

rabbitmq_find() {
  [[ -z ${RABBITMQ_SERVER:-} ]] || return 0
  rabbitmq_found && return
  packages_install RabbitMQ rabbitmq-server || postgres_fail 'RabbitMQ is missing: install it, or set RABBITMQ_SERVER to its start script' || return
  rabbitmq_found || postgres_fail 'RabbitMQ was installed, but its start script is not where it is looked for: set RABBITMQ_SERVER'
}

# Debian's script on PATH changes the user and writes to the machine's own folders; the one it calls does not.
rabbitmq_found() {
  local candidate
  for candidate in /usr/lib/rabbitmq/bin/rabbitmq-server "$(type -P rabbitmq-server || true)"; do
    [[ -x $candidate ]] || continue
    RABBITMQ_SERVER=$candidate
    return 0
  done
  return 1
}

rabbitmq_start() {
  local attempt
  for attempt in 1 2 3; do
    rabbitmq_try "$1" && return
    # Somebody else may have been faster to take one of the ports.
    printf 'Attempt %s to start RabbitMQ failed\n' "$attempt" >&2
  done
  return 1
}

rabbitmq_try() {
  local dir=$1
  mkdir -p "$dir"
  rabbitmq_port=$(postgres_free_port)
  rabbitmq_mapper_port=$(postgres_free_port)
  rabbitmq_node_port=$(postgres_free_port)
  printf '[].\n' >"$dir/enabled_plugins"
  cat >"$dir/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$rabbitmq_port
vm_memory_high_watermark.absolute = ${RABBITMQ_MEMORY:-1GB}
disk_free_limit.absolute = 50MB
log.file = false
log.console = true
log.console.level = info
CONF
  # In the foreground, or the node would start one that stays.
  setpriv --pdeathsig KILL setsid epmd -port "$rabbitmq_mapper_port" -address 127.0.0.1 >/dev/null 2>&1 </dev/null &
  rabbitmq_mapper=$!
  # Read by who sources this.
  # shellcheck disable=SC2034
  rabbitmq_uri=amqp://guest:guest@127.0.0.1:$rabbitmq_port/
  rabbitmq_again "$dir"
}

rabbitmq_again() {
  local dir=$1 deadline=$((SECONDS + 90))
  # With RUNNING_UNDER_SYSTEMD the script becomes the broker instead of waiting for it: signals reach it.
  env HOME="$dir" LC_ALL=C.UTF-8 RABBITMQ_NODENAME="ingestion-$rabbitmq_port@localhost" RABBITMQ_BASE="$dir" RABBITMQ_MNESIA_BASE="$dir/mnesia" \
    RABBITMQ_LOG_BASE="$dir/log" RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" RABBITMQ_CONF_ENV_FILE="$dir/none" RABBITMQ_ADVANCED_CONFIG_FILE="$dir/none.config" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" RABBITMQ_GENERATED_CONFIG_DIR="$dir/generated" RABBITMQ_DIST_PORT="$rabbitmq_node_port" \
    ERL_EPMD_PORT="$rabbitmq_mapper_port" ERL_EPMD_ADDRESS=127.0.0.1 RUNNING_UNDER_SYSTEMD=1 \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S ${RABBITMQ_CORES:-1}:${RABBITMQ_CORES:-1} +sbwt none -kernel inet_dist_use_interface {127,0,0,1}" \
    setpriv --pdeathsig KILL setsid "$RABBITMQ_SERVER" >"$dir/broker.log" 2>&1 </dev/null &
  rabbitmq_pid=$!
  until grep -q 'Server startup complete' "$dir/broker.log"; do
    if ! kill -0 "$rabbitmq_pid" 2>/dev/null || ((SECONDS > deadline)); then
      tail -n 20 "$dir/broker.log" >&2
      rabbitmq_stop
      postgres_fail 'RabbitMQ did not start'
      return
    fi
    sleep 0.1
  done
}

rabbitmq_ctl() {
  env HOME="$1" LC_ALL=C.UTF-8 ERL_EPMD_PORT="$rabbitmq_mapper_port" RABBITMQ_CONF_ENV_FILE="$1/none" \
    "${RABBITMQ_SERVER%/*}/rabbitmqctl" --node "ingestion-$rabbitmq_port@localhost" "${@:2}"
}

rabbitmq_stop() {
  local pid
  for pid in $rabbitmq_pid $rabbitmq_mapper; do
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rabbitmq_pid='' rabbitmq_mapper=''
}
