#!/usr/bin/env bash
# Binaryen as a static library: binaryen.sh native|wasm.
#
# Leaves build/toolchain/binaryen-native or -wasm with lib/libbinaryen.a, and build/toolchain/
# binaryen-source with src/ for the headers. Rebuilt when the source, the list of passes, the flags
# or the compiler change; an interrupted build continues where it stopped.
source "$(dirname "$0")/common.sh"

target=${1:?native or wasm}

fetch_npm @grain/libbinaryen
source_home=$cache/binaryen-source-$lock_version-$(key "$lock_sha256" "@$toolchain_dir/adapt_binaryen.py")
if ! finished "$source_home"; then
  begin "$source_home"
  tar -xzf "$downloads/$lock_file" -C "$source_home.partial" --strip-components=2 \
    --wildcards '*/binaryen/src' '*/binaryen/third_party/FP16' '*/binaryen/LICENSE'
  "$python" "$toolchain_dir/adapt_binaryen.py" "$source_home.partial"
  finish "$source_home"
fi
link binaryen-source "$source_home"

configure() {
  "${cmake[@]}" -G Ninja "-DCMAKE_MAKE_PROGRAM=$checkout/build/venv/bin/ninja" \
    -S "$toolchain_dir/binaryen" -B "$objects" "-DBINARYEN_SOURCE=$source_home" \
    -DCMAKE_BUILD_TYPE= "-DCMAKE_CXX_FLAGS=$flags" >"$home.partial/configure.log" 2>&1
}

if [ "$target" = native ]; then
  flags="-O2 -DNDEBUG"
  compiler=$("${CXX:-c++}" --version | head -n 1)
  cmake=(cmake)
else
  flags="-Oz -DNDEBUG"
  compiler=$("$links/emscripten/bin/emcc" --version | head -n 1)
  cmake=("$links/emscripten/bin/emcmake" cmake)
fi
home=$cache/binaryen-$target-$lock_version-$(key "$source_home" "$flags" "$compiler" \
  "@$toolchain_dir/binaryen/CMakeLists.txt" "@$toolchain_dir/binaryen/pass_list.txt")
if ! finished "$home"; then
  say "compiling (about 5 minutes of processor time)"
  begin "$home" keep
  objects=$home.partial/objects
  # Objects left by an interrupted run are kept, unless they belong to a compiler that moved.
  configure || { rm -rf "$objects"; configure; } ||
    fail "configuring Binaryen failed, see $home.partial/configure.log"
  cmake --build "$objects" -j "$jobs" >"$home.partial/build.log" 2>&1 ||
    fail "building Binaryen failed, see $home.partial/build.log"
  mkdir -p "$home.partial/lib"
  cp "$objects/libbinaryen.a" "$home.partial/lib/"
  rm -rf "$objects"
  finish "$home"
fi
link "binaryen-$target" "$home"
say "Binaryen $lock_version ($target): $(du -h "$home/lib/libbinaryen.a" | cut -f1)"
