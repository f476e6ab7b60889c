# shellcheck shell=bash
# Finds PgBouncer for the tests that go through it. Source it.

# pgbouncer_find: installs it with apt when it is missing and that is allowed; says so when it cannot
pgbouncer_find() {
  local as_root=() policy=/usr/sbin/policy-rc.d is_own=
  ! PATH=$PATH:/usr/sbin type -P pgbouncer >/dev/null || return 0
  if ((EUID != 0)); then as_root=(sudo -n); fi
  if ! type -P apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    printf 'PgBouncer is missing (Debian: apt-get install pgbouncer): the tests that need it are skipped\n' >&2
    return 0
  fi
  printf 'Installing PgBouncer with apt …\n' >&2
  # The package would start one of its own on port 6432; nobody asked for that one.
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod +x "$policy"
    is_own=1
  fi
  {
    "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends pgbouncer
  } >/dev/null 2>&1 </dev/null || printf 'apt could not install PgBouncer: the tests that need it are skipped\n' >&2
  [[ -z $is_own ]] || "${as_root[@]}" rm -f "$policy"
}
