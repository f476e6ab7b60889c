# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # work, running and the programs come from common.sh
# What the benchmarks fetch from: a plain nginx over files, and the simulator. Source it after common.sh.

web='' web_log=''

# start_web COUNT: an nginx that serves COUNT characters from files, so that the upstream is never what is measured; sets web (and first_request below
# uses web_log, where requests to $web/../../logged/api/ are noted). Without nginx it returns 1.
start_web() {
  local nginx port
  nginx=$(PATH=$PATH:/usr/sbin type -P nginx) || return 1
  if ! [[ -f $work/web/api/character/$1 ]]; then
    dotnet "$benchmarks" save "$upstream" "$1" "$work/web/api/character"
  fi
  port=$(postgres_free_port)
  web_log=$work/web.requests
  cat >"$work/nginx.conf" <<CONF
daemon off;
worker_processes auto;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 4096; }
http {
  access_log off;
  log_format moment '\$msec \$request_time';
  default_type application/json;
  keepalive_requests 100000000;
  sendfile off;
  client_body_temp_path $work/nginx-body;
  proxy_temp_path $work/nginx-proxy;
  fastcgi_temp_path $work/nginx-fastcgi;
  uwsgi_temp_path $work/nginx-uwsgi;
  scgi_temp_path $work/nginx-scgi;
  server {
    listen 127.0.0.1:$port backlog=4096;
    root $work/web;
    location /logged/ { alias $work/web/; access_log $web_log moment; }
  }
}
CONF
  setpriv --pdeathsig TERM "$nginx" -e "$work/nginx.log" -c "$work/nginx.conf" >"$work/nginx.out" 2>&1 </dev/null &
  running+=($!)
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "${running[-1]}" 2>/dev/null || { cat "$work/nginx.out" >&2; postgres_fail 'nginx did not start'; }
    sleep 0.1
  done
  web=http://127.0.0.1:$port/api/
}

# stop_last: ends the program that was started last
stop_last() {
  kill -TERM "${running[-1]}" 2>/dev/null || true
  wait "${running[-1]}" 2>/dev/null || true
  unset 'running[-1]'
}

# ask_simulator METHOD PATH: prints its answer
ask_simulator() {
  local address=${upstream#http://}
  address=${address%%/*}
  exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
  printf '%s %s HTTP/1.0\r\nContent-Length: 0\r\n\r\n' "$@" >&3
  cat <&3
  exec 3>&-
}
