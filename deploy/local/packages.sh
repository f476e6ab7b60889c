# shellcheck shell=bash
# Installs programs that are missing, where that is possible without asking. Source it.

# packages_install NAME PACKAGE…: with apt, as root or with sudo when it needs no password. A server among them is not started: nobody asked for that one.
# Returns 1, and says what to do, where it cannot.
packages_install() {
  local name=$1 as_root=() policy=/usr/sbin/policy-rc.d made='' failed=''
  shift
  if ((EUID != 0)); then as_root=(sudo -n); fi
  if ! type -P apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    printf '%s is missing: install it (Debian, Ubuntu: apt-get install %s)\n' "$name" "$*" >&2
    return 1
  fi
  printf 'Installing %s with apt …\n' "$name" >&2
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    made=1
  fi
  {
    "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } >/dev/null 2>&1 </dev/null || failed=1
  [[ -z $made ]] || "${as_root[@]}" rm -f "$policy"
  [[ -z $failed ]] || {
    printf 'apt could not install %s: see apt-get install %s\n' "$name" "$*" >&2
    return 1
  }
}
