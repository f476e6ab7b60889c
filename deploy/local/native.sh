# shellcheck shell=bash
# Compiles programs of this repository to machine code, as they ship. Source it after postgres.sh, whose postgres_fail it uses.
#
#   native_find                        finds the linker and zlib that the compiler needs, installing them with apt when it may
#   native_publish PROJECT FOLDER      publishes a project (a folder below the root) into FOLDER; what has not changed is not compiled again

# native_rid: the platform of this machine, in .NET's words
native_rid() {
  case $(uname -sm) in
    'Linux x86_64') printf 'linux-x64' ;;
    'Linux aarch64') printf 'linux-arm64' ;;
    *) postgres_fail "a native program is built for Linux on x64 or arm64, not on $(uname -sm)" ;;
  esac
}

native_find() {
  local as_root=() missing="clang or zlib's headers are missing: install them (Debian, Ubuntu: apt-get install clang zlib1g-dev)"
  ! { type -P clang && [[ -f /usr/include/zlib.h ]]; } >/dev/null || return 0
  type -P apt-get >/dev/null || postgres_fail "$missing" || return
  if ((EUID != 0)); then
    sudo -n true 2>/dev/null || postgres_fail "$missing" || return
    as_root=(sudo -n)
  fi
  printf 'Installing clang with apt …\n' >&2
  {
    "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang zlib1g-dev
  } >/dev/null 2>&1 </dev/null || postgres_fail "apt could not install clang and zlib1g-dev: see 'apt-get install clang zlib1g-dev'"
}

native_publish() {
  local root rid log
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  rid=$(native_rid) && native_find || return
  log=$root/artifacts/native/build.log
  mkdir -p "$root/artifacts/native"
  dotnet publish "$root/$1" -c Release -r "$rid" -p:PublishAot=true -o "$2" -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false \
    >"$log" 2>&1 </dev/null || { cat "$log" >&2; postgres_fail "$1 does not build"; }
}
