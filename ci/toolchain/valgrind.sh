#!/usr/bin/env bash
# valgrind as build/toolchain/valgrind/bin/valgrind, for tests/proxies: the Debian package of one suite,
# unpacked below the cache, so that instructions are counted by the same program everywhere.
source "$(dirname "$0")/common.sh"

home=$cache/valgrind-$(key "@$0")
if ! finished "$home"; then
  begin "$home"
  debian_fetch bookworm alone "$home.partial/packages" valgrind
  dpkg-deb -f "$home.partial"/packages/valgrind_*.deb Version >"$home.partial/version"
  dpkg-deb -x "$home.partial"/packages/valgrind_*.deb "$home.partial/root"
  rm -rf "$home.partial"/packages "$home.partial"/root/usr/share "$home.partial"/root/usr/include
  [ -x "$home.partial/root/usr/bin/valgrind.bin" ] || fail "valgrind's package is laid out differently"
  mkdir "$home.partial/bin"
  # Its parts are looked up below the folder that it was built for, unless told.
  cat >"$home.partial/bin/valgrind" <<X
#!/bin/sh
VALGRIND_LIB=$home/root/usr/libexec/valgrind exec $home/root/usr/bin/valgrind.bin "\$@"
X
  chmod +x "$home.partial/bin/valgrind"
  finish "$home"
fi
link valgrind "$home"
said_version valgrind "$(cat "$home/version")"
say "$("$home/bin/valgrind" --version)"
