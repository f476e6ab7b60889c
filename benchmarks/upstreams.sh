# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034,SC2016 # work, running and the programs come from common.sh; $1 is nginx's
# What the benchmarks fetch from: a plain nginx over files, and the simulator. Source it after common.sh.

web='' web_log=''

# start_nginx NAME SERVER: an nginx with these lines in its server block; sets web. Without nginx it returns 1.
start_nginx() {
  local nginx port
  nginx=$(PATH=$PATH:/usr/sbin type -P nginx) || return 1
  port=$(postgres_free_port)
  cat >"$work/$1.conf" <<CONF
daemon off;
worker_processes auto;
pid $work/$1.pid;
error_log $work/$1.log;
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
    $2
  }
}
CONF
  setpriv --pdeathsig TERM "$nginx" -e "$work/$1.log" -c "$work/$1.conf" >"$work/$1.out" 2>&1 </dev/null &
  running+=($!)
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "${running[-1]}" 2>/dev/null || { cat "$work/$1.out" >&2; postgres_fail 'nginx did not start'; }
    sleep 0.1
  done
  web=http://127.0.0.1:$port/api/
}

# start_web COUNT: an nginx that serves COUNT characters from files; sets web (and web_log, where requests to $web/../../logged/api/ are noted)
start_web() {
  PATH=$PATH:/usr/sbin type -P nginx >/dev/null || return 1
  if ! [[ -f $work/web/api/character/$1 ]]; then
    "$benchmarks" save "$upstream" "$1" "$work/web/api/character"
  fi
  web_log=$work/web.requests
  start_nginx web "root $work/web; location /logged/ { alias $work/web/; access_log $web_log moment; }"
}

# start_made_up [LINES]: an nginx that makes each character up, whatever its ID, which costs it less than a file; sets web and web_log, where all requests are noted
# when the path begins with /logged/
start_made_up() {
  local at=https://rickandmortyapi.com/api record
  record='{"id":$1,"name":"Character $1","status":"Alive","species":"Human","type":"","gender":"Female","origin":{"name":"Earth (C-137)","url":"'$at'/location/1"},'
  record+='"location":{"name":"Citadel of Ricks","url":"'$at'/location/3"},"image":"'$at'/character/avatar/$1.jpeg",'
  record+='"episode":["'$at'/episode/1","'$at'/episode/2","'$at'/episode/3"],"url":"'$at'/character/$1","created":"2017-11-04T18:48:46.250Z"}'
  web_log=$work/made-up.requests
  : >"$web_log"
  start_nginx made-up "${1:-} location ~ ^/api/character/(\d+)\$ { return 200 '$record'; } location ~ ^/logged/api/character/(\d+)\$ { access_log $web_log moment; return 200 '$record'; }"
}

# start_made_up_tls: the same over TLS, where it offers HTTP/2 too; sets web and SSL_CERT_FILE
start_made_up_tls() {
  local port
  port=$(postgres_free_port)
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$work/tls.key" -out "$work/tls.crt" 2>"$work/openssl.log" || { cat "$work/openssl.log" >&2; postgres_fail 'openssl made no certificate'; }
  start_made_up "listen 127.0.0.1:$port ssl http2 backlog=4096; ssl_certificate $work/tls.crt; ssl_certificate_key $work/tls.key;" || return 1
  web=https://127.0.0.1:$port/api/
  export SSL_CERT_FILE=$work/tls.crt
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
