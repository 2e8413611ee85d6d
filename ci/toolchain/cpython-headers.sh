#!/usr/bin/env bash
# CPython's headers for an extension module that Pyodide loads, as build/toolchain/cpython-wasm/include:
# Debian's libpython3.14-dev (unpacked, not installed) with the pyconfig.h of Pyodide's own build.
source "$(dirname "$0")/common.sh"

stdlib=$links/pyodide/python_stdlib.zip
[ -e "$stdlib" ] || fail "Pyodide is missing; run the node step first"
home=$cache/cpython-wasm-$(key "@$0" "@$toolchain_dir/make_pyconfig.py" "@$stdlib")
if ! finished "$home"; then
  packages=$downloads/debian-python3.14
  if ! finished "$packages"; then
    begin "$packages"
    say "fetching CPython's headers"
    debian_fetch forky alone "$packages.partial" libpython3.14-dev
    finish "$packages"
  fi
  begin "$home"
  unpacked=$home.partial/unpacked
  dpkg-deb -x "$packages"/libpython3.14-dev_*.deb "$unpacked"
  mv "$unpacked/usr/include/python3.14" "$home.partial/include"
  "$python" "$toolchain_dir/make_pyconfig.py" "$stdlib" \
    "$unpacked/usr/include/x86_64-linux-gnu/python3.14/pyconfig.h" "$home.partial/include/pyconfig.h"
  dpkg-deb -f "$packages"/libpython3.14-dev_*.deb Version >"$home.partial/version"
  rm -rf "$unpacked"
  finish "$home"
fi
link cpython-wasm "$home"
said_version libpython3.14-dev "$(cat "$home/version")"
say "CPython headers $(cat "$home/version")"
