#!/usr/bin/env bash
# doctest's one header as build/toolchain/doctest/include/doctest/doctest.h, from the Debian packages
# that emscripten.sh fetched, or fetched alone when the system's emcc is used.
source "$(dirname "$0")/common.sh"

home=$cache/doctest-$(key "@$0")
if ! finished "$home"; then
  packages=$downloads/debian-trixie-emscripten
  if ! finished "$packages"; then
    packages=$downloads/debian-trixie-doctest
    if ! finished "$packages"; then
      begin "$packages"
      debian_fetch trixie alone "$packages.partial" doctest-dev
      finish "$packages"
    fi
  fi
  begin "$home"
  dpkg-deb -x "$packages"/doctest-dev_*.deb "$home.partial/unpacked"
  mv "$home.partial/unpacked/usr/include" "$home.partial/include"
  rm -rf "$home.partial/unpacked"
  dpkg-deb -f "$packages"/doctest-dev_*.deb Version >"$home.partial/version"
  finish "$home"
fi
link doctest "$home"
said_version doctest-dev "$(cat "$home/version")"
say "doctest $(cat "$home/version")"
