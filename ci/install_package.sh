#!/usr/bin/env bash
# Installs the native Python package that `ci/build.sh release` made into build/venv.
set -euo pipefail
cd "$(dirname "$0")/.."
wheel=$(ls build/native/dist/mejit-*.whl 2>/dev/null) ||
  { echo "error: no wheel in build/native/dist; run ci/build.sh release" >&2; exit 1; }
build/venv/bin/pip --disable-pip-version-check install --quiet --no-index --no-deps \
  --force-reinstall "$wheel"
echo "installed $(basename "$wheel")"
