# shellcheck shell=bash
# Compiles programs of this repository to machine code, as they ship. Source it after postgres.sh, which brings what installs.
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
  ! { type -P clang >/dev/null && [[ -f /usr/include/zlib.h ]]; } || return 0
  packages_install 'clang or zlib' clang zlib1g-dev || postgres_fail 'without clang and the headers of zlib no native program can be built'
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
