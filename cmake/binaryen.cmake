# The imported library me_external_binaryen; without Binaryen, configuring stops with what to do.
if(NOT EXISTS "${ME_BINARYEN_SOURCE}/src/wasm.h" OR NOT EXISTS "${ME_BINARYEN_LIBRARY}")
  message(FATAL_ERROR "Binaryen is missing (${ME_BINARYEN_LIBRARY}); run ci/toolchain.sh")
endif()
find_package(Threads REQUIRED)
add_library(me_external_binaryen STATIC IMPORTED GLOBAL)
set_target_properties(me_external_binaryen PROPERTIES IMPORTED_LOCATION "${ME_BINARYEN_LIBRARY}")
target_include_directories(me_external_binaryen SYSTEM INTERFACE
  "${ME_BINARYEN_SOURCE}/src" "${ME_BINARYEN_SOURCE}/third_party/FP16/include")
target_compile_definitions(me_external_binaryen INTERFACE THROW_ON_FATAL)
if(NOT EMSCRIPTEN)
  target_link_libraries(me_external_binaryen INTERFACE Threads::Threads)
endif()
