#!/usr/bin/env bash
# Builds what is needed and measures everything: benchmarks/run.sh [native] [pyodide] [-- OPTIONS]
#
# OPTIONS go to both programs: --rows, --sizes, --dtypes, --rounds. Tables go to the terminal, figures and
# pictures to build/benchmarks. Use a machine that does nothing else meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
where=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do where+=("$1"); shift; done
[ $# -eq 0 ] || shift
[ ${#where[@]} -gt 0 ] || where=(native pyodide)
results=build/benchmarks
mkdir -p "$results"
PATH=$PWD/build/toolchain/node/bin:$PATH  # there only when the system has no Node that will do
ci/toolchain.sh >"$results/toolchain.log"

# venv: the contenders from the registries. Without them the table names what is missing.
venv=build/benchmark-venv
stamp=$(cat benchmarks/requirements.txt ci/toolchain/requirements.txt | sha256sum | cut -c1-12)
if [ "$(cat "$venv/.stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  pip=("$venv/bin/pip" --disable-pip-version-check install --quiet --require-hashes --no-deps --only-binary :all:)
  "${pip[@]}" -r benchmarks/requirements.txt ||
    echo "some contenders could not be installed; the table names them" >&2
  echo "$stamp" >"$venv/.stamp"
fi
python=$venv/bin/python
"$python" -c 'import numpy' 2>/dev/null || python=build/venv/bin/python

for place in "${where[@]}"; do
  case $place in
    native)
      ci/build.sh release >"$results/build-native.log"
      "$python" -m pip --disable-pip-version-check install --quiet --no-index --no-deps \
        --force-reinstall build/native/dist/mejit-*.whl
      ME_WASMTIME=$PWD/build/toolchain/wasmtime/_libwasmtime.so "$python" benchmarks/native.py \
        --json "$results/native.json" --plot "$results/native.svg" "$@"
      ;;
    pyodide)
      ci/toolchain.sh numpy-pyodide >>"$results/toolchain.log"
      ci/build.sh wasm-side >"$results/build-wasm.log"
      python3 benchmarks/limits.py "$results/limits.wasm" build/toolchain/emscripten/bin/em++
      node benchmarks/pyodide.mjs --wheel build/wasm/dist/mejit-*.whl \
        --numpy build/toolchain/numpy-pyodide/numpy-*.whl --limits "$results/limits.wasm" \
        --json "$results/pyodide.json" "$@"
      "$python" benchmarks/report.py "$results/pyodide.json" "$results/pyodide.svg" ||
        echo "no picture: matplotlib is missing" >&2
      ;;
    *) echo "no such place: $place; native or pyodide" >&2; exit 2 ;;
  esac
done
