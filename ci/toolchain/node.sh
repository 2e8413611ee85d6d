#!/usr/bin/env bash
# The npm packages of package-lock.json as node_modules/ (Pyodide, and what the demo reads and
# writes with), and build/toolchain/pyodide. npm checks each against the lock's integrity hash.
source "$(dirname "$0")/common.sh"

stamp=$checkout/node_modules/.mejit-lock
want=$(key "@$checkout/package-lock.json")
if [ "$(cat "$stamp" 2>/dev/null)" != "$want" ]; then
  say "installing npm packages"
  (cd "$checkout" && npm ci --silent --ignore-scripts --no-audit --no-fund --prefer-offline \
    --cache "$cache/npm") || fail "npm ci failed"
  echo "$want" >"$stamp"
fi
link pyodide "$checkout/node_modules/pyodide"
say "Pyodide $(node -p 'require(process.argv[1]).version' "$checkout/node_modules/pyodide/package.json")"
