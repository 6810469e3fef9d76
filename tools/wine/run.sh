#!/usr/bin/env bash
# Runs the test-suite under Wine, in Windows' own node.exe, against kernel32.
#
#   tools/wine/run.sh [vitest arguments]            the tests, or those that the arguments select
#   tools/wine/run.sh --exec file.js [arguments]    one script of the project, or of dist
#
# NODE_WIN=20|22 chooses the node.exe (24 and later do not start under Wine 8). PERDURE_CACHE moves the cache folder.
# The exit code is that of node.exe. The first run takes minutes, later ones a few seconds more than the tests.
#
# Invariants: the project itself is never touched, only a copy of it; node.exe never gets a Unix pipe or socket as
# stdin, stdout or stderr (libuv fails on them with EBADF under Wine), so output goes to a file and is shown afterwards;
# one run at a time owns the prefix, and its wineserver ends with it.
set -euo pipefail

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$tools/../.." && pwd -P)
cache=${PERDURE_CACHE:-$root/.cache}/wine
mkdir -p "$cache"
cache=$(cd "$cache" && pwd -P)
work=$cache/work
log=$cache/run.log

case ${NODE_WIN:-22} in
  20) node_version=20.20.2 ;;
  22) node_version=22.23.3 ;;
  *)
    echo "wine: NODE_WIN must be 20 or 22, not '$NODE_WIN'" >&2
    exit 2
    ;;
esac

export WINEPREFIX=$cache/prefix WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' NO_COLOR=1
# shellcheck source=prefix.sh
source "$tools/prefix.sh"

# A fresh copy of what the tests need; node_modules stays, for it is the costly part.
copy_project() {
  mkdir -p "$work"
  find "$work" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
  local item
  for item in package.json package-lock.json tsconfig.json README.md src test tools dist "$root"/vitest*.config.* "$root"/vite.config.*; do
    item=${item#"$root"/}
    [[ -e $root/$item ]] || continue
    tar -C "$root" --exclude=node_modules --exclude=.cache -cf - "$item" | tar -C "$work" -xf -
  done
}

# The Windows builds of the same locked versions. The scripts of packages would run on Linux: none is needed.
install_dependencies() {
  local stamp=$work/node_modules/.perdure-lock lock
  lock=$(cat "$work/package.json" "$work/package-lock.json" | sha256sum)
  [[ -f $stamp && $(<"$stamp") == "$lock" ]] && return
  echo "wine: installing the Windows builds of the dependencies" >&2
  npm --prefix "$work" ci --os=win32 --cpu=x64 --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  printf '%s' "$lock" >"$stamp"
}

# The C programs that tests talk to, each in single bytes and in wide text.
compile_peers() {
  local folder=$work/peers source
  local -a compile=(x86_64-w64-mingw32-gcc -O2 -Wall -Wextra -Werror)
  mkdir -p "$folder"
  for source in "$work"/test/peers/win32-*.c; do
    [[ -e $source ]] || continue
    "${compile[@]}" -o "$folder/$(basename "$source" .c)-ansi.exe" "$source"
    "${compile[@]}" -DUNICODE -D_UNICODE -municode -o "$folder/$(basename "$source" .c)-wide.exe" "$source"
  done
  export PERDURE_PEERS="Z:${folder//\//\\}"
}

exec 9>"$cache/lock"
flock -n 9 || {
  echo "wine: waiting for another run to end" >&2
  flock 9
}

install_packages
make_prefix 9>&-
node=$(install_node)
copy_project
install_dependencies
compile_peers

if [[ ${1:-} == --exec ]]; then
  shift
  [[ $# -gt 0 ]] || {
    echo 'wine: --exec needs a script' >&2
    exit 2
  }
  command=("$@")
else
  command=(node_modules/vitest/vitest.mjs run --pool=forks "$@")
fi

# A disk that is quickly full, for the tests that need one; without the right to mount they are skipped.
small_disk=$cache/small-disk
mkdir -p "$small_disk"
clean_up() {
  wineserver -k 9>&- || true
  umount -l "$small_disk" 2>/dev/null || true
}
trap clean_up EXIT
if mount -t tmpfs -o size=4m perdure-small-disk "$small_disk" 2>/dev/null; then
  export PERDURE_SMALL_DISK="Z:${small_disk//\//\\}"
fi

# Without setarch -R (no address randomisation) about one process in 5,000 fails to start.
code=0
(cd "$work" && setarch -R wine "$node" "${command[@]}") </dev/null >"$log" 2>&1 9>&- || code=$?
cat "$log"
exit "$code"
