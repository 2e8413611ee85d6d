#!/usr/bin/env bash
# Configures and builds presets of CMakePresets.json: ci/build.sh PRESET...
# Needs ci/toolchain.sh to have run. MEJIT_JOBS limits the parallel jobs (default: all processors).
set -euo pipefail
cd "$(dirname "$0")/.."
for preset in "$@"; do
  # A build folder of a toolchain that has moved is started afresh.
  cmake --preset "$preset" >/dev/null 2>&1 || cmake --fresh --preset "$preset" ||
    { echo "error: configuring preset $preset failed" >&2; exit 1; }
  # One file that does not compile does not keep the others from being built.
  cmake --build --preset "$preset" -j "${MEJIT_JOBS:-$(nproc)}" -- -k 0
done
