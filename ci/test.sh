#!/usr/bin/env bash
# Sets up, builds and runs every test: ci/test.sh [STEP...]
#
# Without arguments all steps run, in the order below; with arguments only those named (the toolchain
# must be there then). Each step's output goes to build/logs/STEP.log and is shown when it fails. The
# steps that build come first among those that need them; a failed step does not stop the others.
# Ends with a table and the line "N passed, N failed"; the exit status is 0 when nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."
logs=build/logs
mkdir -p "$logs"
python=build/venv/bin/python
PATH=$PWD/build/toolchain/node/bin:$PATH  # there only when the system has no Node that will do
export PYTHONDONTWRITEBYTECODE=1
export ME_WASMTIME=${ME_WASMTIME:-$PWD/build/toolchain/wasmtime/_libwasmtime.so}

all=(toolchain layers exports sizes build-native native proxies build-asan asan build-tsan tsan package generated
  pytest build-wasm imports build-standalone js side-module)

# --- the steps: each is a function whose output names what it counts ---------------------------

# With NumPy for Pyodide, which the Python suite is also run against, blosc2, which is compared, and what
# counts instructions.
step_toolchain() { ci/toolchain.sh && ci/toolchain.sh numpy-pyodide blosc2 valgrind; }
step_layers() { python3 ci/check_layers.py; }
step_exports() { python3 ci/check_exports.py; }
step_sizes() { python3 ci/report_sizes.py; }
step_build-native() { ci/build.sh release; }
step_native() { ctest --test-dir build/native -V -j "$(nproc)" --timeout 900; }
step_proxies() { "$python" tests/proxies/check.py; }
step_build-asan() { ci/build.sh asan; }
# Accuracy and the large agreement runs would take long and look at numbers, not at memory.
step_asan() {
  ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 LSAN_OPTIONS=report_objects=1 \
    ctest --test-dir build/asan -V -j "$(nproc)" --timeout 900 -L '^(unit|golden|c_abi|fuzz)$'
}
step_build-tsan() { ci/build.sh tsan; }
step_tsan() { TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1 build/tsan/tests/stress_tiers; }
step_package() { ci/install_package.sh && "$python" ci/check_package.py; }
step_generated() { ci/check_generated.sh; }
step_pytest() { some tests/python/test_*.py && "$python" -m pytest -q -p no:cacheprovider tests/python; }
step_build-wasm() { ci/build.sh wasm-side; }
step_imports() { node ci/check_imports.mjs build/wasm/mejit.so build/wasm/python/mejit/_core.*.so; }
step_build-standalone() { ci/build.sh wasm-node; }
step_js() { some tests/js/*.test.mjs && node --test tests/js/*.test.mjs; }
step_side-module() {
  some tests/side_module/*.test.mjs &&
    node --test --test-concurrency="$(nproc)" tests/side_module/*.test.mjs
}

# Lines worth showing of a failed step's log.
telling='error:|ERROR|^FAILED|\*\*\*|^not ok|✖|[1-9][0-9]* failed|AssertionError|runtime error'

# some FILE...: false, and says so, when a pattern matched no file.
some() { [ -e "$1" ] || { echo "no such tests: $1"; return 1; }; }

# --- running them -------------------------------------------------------------------------------

steps=("$@")
[ $# -gt 0 ] || steps=("${all[@]}")
passed=0
failed=0
table=""
started=$SECONDS
for index in "${!steps[@]}"; do
  step=${steps[$index]}
  [ "$(type -t "step_$step")" = function ] ||
    { echo "no step named $step; steps: ${all[*]}" >&2; exit 2; }
  printf '[%d/%d] %s ...\n' $((index + 1)) "${#steps[@]}" "$step"
  step_started=$SECONDS
  log=$logs/$step.log
  if [ "$step" = toolchain ]; then
    "step_$step" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
  else
    "step_$step" >"$log" 2>&1
    status=$?
  fi
  # A step that only builds has nothing to count; its failure is one failure.
  case $step in
    toolchain | build-*) read -r good bad <<<"0 $((status != 0))" ;;
    *) read -r good bad <<<"$(python3 ci/count_results.py "$log" "$status")" ;;
  esac
  passed=$((passed + good))
  failed=$((failed + bad))
  seconds=$((SECONDS - step_started))
  if [ "$bad" -gt 0 ]; then
    echo "---- $step failed, see $log:"
    grep -aE "$telling" "$log" | head -n 40 | cut -c1-300
    echo "     its end:"
    tail -n 12 "$log" | cut -c1-300
    echo "----"
  fi
  line=$(printf '%-18s %6d passed %4d failed %5d s' "$step" "$good" "$bad" "$seconds")
  echo "      $line"
  table+="$line"$'\n'
  [ "$step$status" != "toolchain0" ] && [ "$step" = toolchain ] && break
done

printf '\n%s\n' "$table"
grep -hoE "JIT active.*|interpreter fallback.*" "$logs"/side-module.log 2>/dev/null | sort | uniq -c
python3 ci/report_module_size.py build/wasm/mejit.so 2>/dev/null
printf 'took %d s\n%d passed, %d failed\n' $((SECONDS - started)) "$passed" "$failed"
[ "$failed" -eq 0 ]
