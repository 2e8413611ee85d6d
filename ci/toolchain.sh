#!/usr/bin/env bash
# Everything that building and testing mejit needs, pinned and cached: ci/toolchain.sh [STEP...]
#
# Without arguments all steps run but `numpy-pyodide`, `blosc2`, `valgrind` and `node-newer`, which only tests,
# benchmarks and the demo need.
# A step that was completed before takes a fraction of a second and no network; an interrupted one
# continues. Results: build/toolchain/ (links into the cache), build/venv and node_modules/. The steps
# are the scripts of ci/toolchain/.
#
#   MEJIT_CACHE           cache folder, default ${XDG_CACHE_HOME:-~/.cache}/mejit
#   MEJIT_EMCC=system     use the emcc on PATH (3.1.58 or newer)
#   MEJIT_PYTHON          the Python for build/venv, default python3
#   MEJIT_DEBIAN_MIRROR   default: the mirror this system uses
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)/toolchain

# One run at a time per cache: others wait.
cache=${MEJIT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mejit}
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

all=(system venv node emscripten doctest binaryen-native binaryen-wasm cpython-headers)
steps=("$@")
[ $# -gt 0 ] || steps=("${all[@]}")

run_step() {
  case $1 in
    binaryen-*) "$here/binaryen.sh" "${1#binaryen-}" ;;
    *)
      [ -x "$here/$1.sh" ] || { echo "error: no step named $1; steps: ${all[*]} numpy-pyodide blosc2 valgrind node-newer" >&2; exit 2; }
      "$here/$1.sh"
      ;;
  esac
}

started=$SECONDS
for index in "${!steps[@]}"; do
  step=${steps[$index]}
  step_started=$SECONDS
  printf '[%d/%d] %s\n' $((index + 1)) "${#steps[@]}" "$step"
  run_step "$step"
  printf '    done in %d s\n' $((SECONDS - step_started))
done
printf 'toolchain ready in %d s\n' $((SECONDS - started))
