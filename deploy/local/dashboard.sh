# shellcheck shell=bash
# A viewer of traces, logs and metrics for local runs: the .NET Aspire dashboard, on free ports of the loopback address, without a login. Source it after postgres.sh.
#
#   dashboard_find         prints the path of its program, which it fetches when it is missing
#   dashboard_start DIR    fetches it when it is missing and starts it with its files in DIR; sets dashboard_url (its pages) and dashboard_pid, and exports
#                          OTEL_EXPORTER_OTLP_ENDPOINT and Tracing__Viewer
#   dashboard_stop         stops it

dashboard_pid=
dashboard_url=

# dashboard_find: prints the path of its program
dashboard_find() {
  local project output
  project=$(dirname "${BASH_SOURCE[0]}")/dashboard.csproj
  output=$(dotnet restore "$project" -v quiet --nologo 2>&1 </dev/null) || { printf '%s\n' "$output" >&2; postgres_fail 'the dashboard could not be fetched'; } || return
  dotnet msbuild "$project" -getProperty:DashboardProgram
}

dashboard_start() {
  local folder=$1 program log grpc http
  log=$folder/dashboard.log
  mkdir -p "$folder"
  program=$(dashboard_find) || return
  dashboard_url=http://127.0.0.1:$(postgres_free_port)
  grpc=http://127.0.0.1:$(postgres_free_port) http=http://127.0.0.1:$(postgres_free_port)
  # HOME: it keeps the keys of its cookies there.
  HOME=$folder ASPNETCORE_URLS=$dashboard_url ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=$grpc ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL=$http \
    ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS=true setpriv --pdeathsig TERM setsid "$program" >"$log" 2>&1 </dev/null &
  dashboard_pid=$!
  until grep -q 'OTLP/HTTP listening' "$log"; do
    kill -0 "$dashboard_pid" 2>/dev/null || { cat "$log" >&2; postgres_fail 'the dashboard did not start'; } || return
    sleep 0.1
  done
  export OTEL_EXPORTER_OTLP_ENDPOINT=$grpc Tracing__Viewer="$dashboard_url/traces/detail/{traceId}"
}

dashboard_stop() {
  [[ -n $dashboard_pid ]] || return 0
  kill -TERM "$dashboard_pid" 2>/dev/null || true
  wait "$dashboard_pid" 2>/dev/null || true
  dashboard_pid=
}
