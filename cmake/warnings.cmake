# The interface library me_flags: language level, warnings and the numeric flags that all of mejit's
# code is compiled with. Bit equality of all tiers depends on -ffp-contract=off.
add_library(me_flags INTERFACE)
target_compile_features(me_flags INTERFACE cxx_std_20)
target_compile_options(me_flags INTERFACE -Wall -Wextra -Werror=switch -ffp-contract=off)
if(ME_WARNINGS_AS_ERRORS)
  target_compile_options(me_flags INTERFACE -Werror)
endif()
if(EMSCRIPTEN)
  # Hidden visibility: a visible weak symbol would become a wasm -> JS -> wasm trampoline.
  # A loop that clang cannot vectorise although asked to is not a mistake.
  target_compile_options(me_flags INTERFACE -Wno-pass-failed
    -fPIC -fwasm-exceptions -msimd128 -fvisibility=hidden -fvisibility-inlines-hidden)
else()
  # The shared library exports by list (wasm/exports.txt), so nothing need be interposable.
  target_compile_options(me_flags INTERFACE -fPIC -fno-semantic-interposition)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    target_compile_options(me_flags INTERFACE -msse4.1)
  endif()
endif()
if(ME_SANITIZE)
  target_compile_options(me_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(me_flags INTERFACE -fsanitize=address,undefined)
endif()
if(ME_SANITIZE_THREADS)
  target_compile_options(me_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(me_flags INTERFACE -fsanitize=thread)
endif()
if(ME_FUZZ)
  target_compile_options(me_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
