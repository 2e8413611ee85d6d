#!/usr/bin/env bash
# blosc2, whose expressions and kernels miniexpr evaluates: natively in build/venv, for comparisons
# (blosc2-requirements.txt), and its wheels for Pyodide as build/toolchain/blosc2-pyodide/*.whl, to see
# its registration code work with our glue (blosc2-pyodide-requirements.txt).
source "$(dirname "$0")/common.sh"

pip=("$checkout/build/venv/bin/pip" --disable-pip-version-check)
[ -x "${pip[0]}" ] || fail "build/venv is missing; run ci/toolchain.sh venv"
requirements=$toolchain_dir/blosc2-requirements.txt
tag=$("$checkout/build/venv/bin/python" -c 'import sys; print("cp%d%d" % sys.version_info[:2])')

# fetch_wheels NAME FILE OPTION...: the wheels of a requirements file in the cache; sets `wheels`.
fetch_wheels() {
  local name=$1 file=$2
  shift 2
  wheels=$cache/$name-$(key "@$file")
  if finished "$wheels"; then return; fi
  say "fetching $name"
  begin "$wheels" keep
  "${pip[@]}" download --quiet --require-hashes --no-deps --only-binary :all: \
    --cache-dir "$cache/pip" "$@" -d "$wheels.partial" -r "$file"
  finish "$wheels"
}

fetch_wheels "blosc2-$tag" "$requirements"
stamp=$checkout/build/venv/.mejit-blosc2
want=$(key "@$requirements" "$tag")
if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
  "${pip[@]}" install --quiet --require-hashes --no-deps --no-index --find-links "$wheels" \
    -r "$requirements"
  echo "$want" >"$stamp"
fi

fetch_wheels blosc2-pyodide "$toolchain_dir/blosc2-pyodide-requirements.txt" \
  --python-version 3.14 --implementation cp --abi cp314 --abi abi3 --abi none \
  --platform pyemscripten_2026_0_wasm32 --platform any
link blosc2-pyodide "$wheels"
say "$(basename "$(ls "$wheels"/blosc2-*.whl)")"
