#!/usr/bin/env bash
# Builds what is needed, fetches the contenders and measures everything, in one command:
#
#   benchmarks/run.sh [--quick] [--publish] [PART...] [-- OPTIONS]
#
# PARTs: native, pyodide (under the system's Node and a newer one), latency, overhead, second-process, event-loop;
# default: all of them.
# --quick    little of everything: shows that it runs
# --publish  writes the figures to benchmarks/results and refreshes the tables of docs/performance.md and README.md
# OPTIONS    go to native.py and pyodide.mjs: --rows, --sizes, --dtypes, --rounds
#
# Tables go to the terminal, figures and pictures to build/benchmarks (--quick: build/benchmarks-quick). Use a machine that does nothing else
# meanwhile. MEJIT_JOBS limits the parallel jobs of the build.
set -euo pipefail
cd "$(dirname "$0")/.."
quick=()
publish=
parts=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case $1 in
    --quick) quick=(--quick) ;;
    --publish) publish=yes ;;
    native | pyodide | latency | overhead | second-process | event-loop) parts+=("$1") ;;
    *) echo "no such part: $1; native, pyodide, latency, overhead, second-process or event-loop" >&2; exit 2 ;;
  esac
  shift
done
[ $# -eq 0 ] || shift
if [ -n "$publish" ] && [ ${#quick[@]} -gt 0 ]; then echo "--quick has no figures to publish" >&2; exit 2; fi
[ ${#parts[@]} -gt 0 ] || parts=(native pyodide overhead latency second-process event-loop)
latency_rounds=${quick:+2}
second_rounds=${quick:+1}
loop_processes=${quick:+1}
results=build/benchmarks${quick:+-quick}
mkdir -p "$results"
started=$results/.started
touch "$started"
PATH=$PWD/build/toolchain/node/bin:$PATH  # there only when the system has no Node that will do
export PYTHONDONTWRITEBYTECODE=1 ME_WASMTIME=$PWD/build/toolchain/wasmtime/_libwasmtime.so

# logged NAME COMMAND...: its output in a file, shown when it fails.
logged() {
  local log=$results/$1.log
  shift
  echo "== $*" >&2
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; echo "error: $* failed; see $log" >&2; return 1; }
}

logged toolchain ci/toolchain.sh
logged build-native ci/build.sh release
logged toolchain-pyodide ci/toolchain.sh numpy-pyodide
blosc2=()
if logged toolchain-blosc2 ci/toolchain.sh blosc2; then blosc2=(--blosc2 build/toolchain/blosc2-pyodide); fi
logged build-wasm ci/build.sh wasm-side

# The contenders from the registries, in an environment of their own. Without them the table names what is missing.
venv=build/benchmark-venv
stamp=$(cat benchmarks/requirements.txt ci/toolchain/requirements.txt | sha256sum | cut -c1-12)
if [ "$(cat "$venv/.stamp" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  if logged contenders "$venv/bin/pip" --disable-pip-version-check install --require-hashes --no-deps \
    --only-binary :all: -r benchmarks/requirements.txt; then
    echo "$stamp" >"$venv/.stamp"
  else
    echo "some contenders could not be installed; the table names them" >&2
  fi
fi
python=$venv/bin/python
"$python" -c 'import numpy' 2>/dev/null || python=build/venv/bin/python
"$python" -m pip --disable-pip-version-check install --quiet --no-index --no-deps --force-reinstall \
  build/native/dist/mejit-*.whl

# What Pyodide loads, and under which programs it runs.
wasm=(--wheel build/wasm/dist/mejit-*.whl --numpy build/toolchain/numpy-pyodide/numpy-*.whl)
major_of() { "$1" -p 'process.versions.node.split(".")[0]'; }
nodes=(node)
newer=build/toolchain/node-newer/bin/node
if logged toolchain-node ci/toolchain.sh node-newer && [ "$(major_of node)" != "$(major_of "$newer")" ]; then
  nodes+=("$newer")
fi

pictures=()
for part in "${parts[@]}"; do
  case $part in
    native)
      rm -f "$results"/native.json
      "$python" benchmarks/native.py --json "$results/native.json" "${quick[@]}" "$@"
      pictures+=(native)
      ;;
    pyodide)
      rm -f "$results"/pyodide-*.json
      limits=()
      if logged limits python3 benchmarks/limits.py "$results/limits.wasm" build/toolchain/emscripten/bin/em++; then
        limits=(--limits "$results/limits.wasm")
      fi
      for node in "${nodes[@]}"; do
        name=pyodide-node$(major_of "$node")
        "$node" benchmarks/pyodide.mjs "${wasm[@]}" "${blosc2[@]}" "${limits[@]}" --json "$results/$name.json" \
          "${quick[@]}" "$@"
        pictures+=("$name")
      done
      ;;
    overhead)
      rm -f "$results"/overhead-*.json
      "$python" benchmarks/overhead.py --json "$results/overhead-native.json"
      standalone=()
      if logged build-standalone ci/build.sh wasm-node; then standalone=(--standalone build/wasm-node/mejit.mjs); fi
      for node in "${nodes[@]}"; do
        "$node" benchmarks/overhead.mjs "${wasm[@]}" "${standalone[@]}" \
          --json "$results/overhead-node$(major_of "$node").json"
      done
      ;;
    event-loop)
      rm -f "$results"/event-loop-*.json
      standalone=()
      if logged build-standalone ci/build.sh wasm-node; then standalone=(--standalone build/wasm-node/mejit.mjs); fi
      for node in "${nodes[@]}"; do
        "$node" benchmarks/event_loop.mjs "${wasm[@]}" "${standalone[@]}" --processes "${loop_processes:-5}" \
          --json "$results/event-loop-node$(major_of "$node").json"
      done
      ;;
    latency)
      rm -f "$results"/latency-*.json
      "$python" benchmarks/latency.py --rounds "${latency_rounds:-15}" --json "$results/latency-native.json"
      for node in "${nodes[@]}"; do
        "$node" benchmarks/latency.mjs "${wasm[@]}" --rounds "${latency_rounds:-15}" \
          --json "$results/latency-node$(major_of "$node").json"
      done
      ;;
    second-process)
      "$python" benchmarks/second_process.py --rounds "${latency_rounds:-15}"
      for node in "${nodes[@]}"; do
        "$node" benchmarks/second_process.mjs "${wasm[@]}" --rounds "${second_rounds:-5}"
      done
      ;;
  esac
done
for name in "${pictures[@]}"; do
  "$python" benchmarks/report.py "$results/$name.json" "$results/$name.svg" "$results/$name.png" ||
    echo "no picture of $name: matplotlib is missing" >&2
done
if [ -n "$publish" ]; then
  python3 benchmarks/publish.py --take "$results" "$started"
else
  echo
  python3 benchmarks/publish.py --goals "$results"
fi
