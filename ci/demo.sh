#!/usr/bin/env bash
# The main job, from a fresh machine in one command: sets up the toolchain, builds the side module and
# the package for Pyodide, and runs examples/demo.mjs in Pyodide under Node: great-circle distances of
# thousands of airports and a Mandelbrot picture, as text compiled to SIMD kernels, compared with the
# interpreter, NumPy and hand-written JavaScript. ci/demo.sh [PICTURE.png], default
# build/mandelbrot.png.
set -euo pipefail
picture=$(realpath -m "${1:-$(dirname "$0")/../build/mandelbrot.png}")
cd "$(dirname "$0")/.."
started=$SECONDS
PATH=$PWD/build/toolchain/node/bin:$PATH  # there only when the system has no Node that will do

echo "== toolchain"
ci/toolchain.sh

echo "== NumPy for Pyodide (for comparison; the demo does without when it cannot be had)"
numpy=()
if ci/toolchain.sh numpy-pyodide; then
  numpy=(--numpy "$(ls build/toolchain/numpy-pyodide/numpy-*.whl)")
fi

echo "== side module and package for Pyodide"
build_started=$SECONDS
mkdir -p build/logs
ci/build.sh wasm-side >build/logs/build-wasm.log 2>&1 ||
  { tail -n 40 build/logs/build-wasm.log; echo "error: the build failed" >&2; exit 1; }
python3 ci/report_module_size.py build/wasm/mejit.so
echo "   built in $((SECONDS - build_started)) s"

echo "== demo"
node examples/demo.mjs --wheel "$(ls build/wasm/dist/mejit-*.whl)" "${numpy[@]}" --png "$picture"
echo "demo finished in $((SECONDS - started)) s"
