#!/usr/bin/env bash
# NumPy for Pyodide as build/toolchain/numpy-pyodide/numpy-*.whl, for the demo and comparisons.
#
# There is no such wheel by itself among the package indexes; open-webui carries a Pyodide
# distribution. 106 MB are fetched and only NumPy's 3 MB kept.
source "$(dirname "$0")/common.sh"

lock_row open-webui
home=$cache/numpy-pyodide-$(key "@$0" "$lock_sha256")
if ! finished "$home"; then
  fetch_pypi open-webui 3.11
  begin "$home"
  "$python" - "$downloads/$lock_file" "$home.partial" <<'X'
import pathlib, sys, zipfile
source, target = sys.argv[1:]
with zipfile.ZipFile(source) as archive:
  names = [n for n in archive.namelist() if "/pyodide/numpy-" in n and n.endswith("wasm32.whl")]
  assert len(names) == 1, names
  (pathlib.Path(target) / pathlib.PurePath(names[0]).name).write_bytes(archive.read(names[0]))
X
  finish "$home"
  rm -f "$downloads/$lock_file"
fi
link numpy-pyodide "$home"
say "$(ls "$home")"
