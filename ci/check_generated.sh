#!/usr/bin/env bash
# Are the files that programs wrote up to date? ci/generated.txt names each file and the command that
# prints it. With --write the files are replaced. Ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=0
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
while read -r file command; do
  case $file in '' | '#'*) continue ;; esac
  if ! PATH=$PWD/build/venv/bin:$PATH bash -c "$command" >"$fresh"; then
    echo "$file: the command failed: $command"
    failed=$((failed + 1))
  elif [ "${1:-}" = --write ]; then
    cp "$fresh" "$file"
    passed=$((passed + 1))
  elif diff -u "$file" "$fresh" | head -n 20; [ "${PIPESTATUS[0]}" -eq 0 ]; then
    passed=$((passed + 1))
  else
    echo "$file is out of date; run: ci/check_generated.sh --write"
    failed=$((failed + 1))
  fi
done <ci/generated.txt
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
