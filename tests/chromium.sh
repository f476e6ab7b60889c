# shellcheck shell=bash
# Finds the browser that shows pages to tests and takes pictures of them. Source it after deploy/local/postgres.sh, which brings what installs.

# chromium_find: sets CHROMIUM to a browser, installing it with apt when it may
chromium_find() {
  local name
  [[ -z ${CHROMIUM:-} ]] || return 0
  for name in chromium chromium-browser google-chrome; do
    CHROMIUM=$(type -P "$name") && return
  done
  packages_install Chromium chromium || postgres_fail 'Chromium is missing: install it, or set CHROMIUM' || return
  CHROMIUM=$(type -P chromium) || postgres_fail 'Chromium was installed, but is not on PATH: set CHROMIUM'
}
