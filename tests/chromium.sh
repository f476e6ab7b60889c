# shellcheck shell=bash
# Finds the browser that shows pages to tests and takes pictures of them. Source it after deploy/local/postgres.sh, whose postgres_fail it uses.

# chromium_find: sets CHROMIUM to a browser, installing it with apt when it may
chromium_find() {
  local as_root=() name missing="Chromium is missing: install it (Debian: apt-get install chromium) or set CHROMIUM"
  [[ -z ${CHROMIUM:-} ]] || return 0
  for name in chromium chromium-browser google-chrome; do
    CHROMIUM=$(type -P "$name") && return
  done
  type -P apt-get >/dev/null || postgres_fail "$missing" || return
  if ((EUID != 0)); then
    sudo -n true 2>/dev/null || postgres_fail "$missing" || return
    as_root=(sudo -n)
  fi
  printf 'Installing Chromium with apt …\n' >&2
  {
    "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
  } >/dev/null 2>&1 </dev/null || postgres_fail "apt could not install Chromium: see 'apt-get install chromium', or set CHROMIUM" || return
  CHROMIUM=$(type -P chromium) || postgres_fail "$missing"
}
