#!/usr/bin/env bash
# The programs that must come from the system. Missing ones are installed with apt-get when this
# runs as root on Debian, and named otherwise.
source "$(dirname "$0")/common.sh"

# A program and the Debian package that has it.
needed="git:git c++:g++ cmake:cmake make:make python3:python3 node:nodejs npm:npm xz:xz-utils"

packages=()
for pair in $needed; do
  command -v "${pair%%:*}" >/dev/null || packages+=("${pair##*:}")
done
"$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
"$python" - <<'X' 2>/dev/null || packages+=(python3-dev)
import os, sysconfig
assert os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))
X
if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing Debian packages: ${packages[*]}"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${packages[@]}" \
      >/dev/null
  else
    fail "missing; on Debian: apt-get install ${packages[*]}"
  fi
fi

at_least() { [ "$(printf '%s\n%s\n' "$2" "$3" | sort -V | head -n 1)" = "$2" ] || fail "$1 $3 is too old: $2 or newer is needed"; }
at_least cmake 3.22 "$(cmake --version | sed -n '1s/[^0-9]*//p')"
at_least node 20.0 "$(node --version | sed 's/^v//')"
say "$(c++ --version | head -n 1); $(cmake --version | head -n 1); node $(node --version)"
