# The CMake toolchain of the Emscripten that ci/toolchain.sh set up (or found on PATH).
set(file "${CMAKE_CURRENT_LIST_DIR}/../build/toolchain/emscripten/toolchain.cmake")
if(NOT EXISTS "${file}")
  message(FATAL_ERROR "Emscripten is missing; run ci/toolchain.sh")
endif()
include("${file}")
