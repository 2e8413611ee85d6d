# Every option of the build.
option(ME_WASM32_SIDE_MODULE "Build the Emscripten side module mejit.so (needs Emscripten)" OFF)
option(ME_WASM_STANDALONE "Build the stand-alone Emscripten ES module (needs Emscripten)" OFF)
option(ME_BUILD_TESTS "Build the native test programs" ON)
option(ME_BUILD_PYTHON "Build the Python extension" ON)
option(ME_SANITIZE "Build with the address and undefined-behaviour sanitizers" OFF)
option(ME_SANITIZE_THREADS "Build with the thread sanitizer" OFF)
option(ME_FUZZ "Build tests/fuzz for libFuzzer (needs clang and ME_SANITIZE)" OFF)
option(ME_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" OFF)

# What ci/toolchain.sh sets up; point them elsewhere to use other copies.
set(ME_TOOLCHAIN "${CMAKE_SOURCE_DIR}/build/toolchain" CACHE PATH "Folder with the tools below")
set(ME_BINARYEN_SOURCE "${ME_TOOLCHAIN}/binaryen-source" CACHE PATH "Binaryen source tree (headers)")
if(EMSCRIPTEN)
  set(ME_BINARYEN_LIBRARY "${ME_TOOLCHAIN}/binaryen-wasm/lib/libbinaryen.a" CACHE FILEPATH
    "Static Binaryen library for wasm")
else()
  set(ME_BINARYEN_LIBRARY "${ME_TOOLCHAIN}/binaryen-native/lib/libbinaryen.a" CACHE FILEPATH
    "Static Binaryen library")
endif()
set(ME_PYBIND11 "${ME_TOOLCHAIN}/pybind11/include" CACHE PATH "pybind11 headers")
set(ME_CPYTHON_WASM "${ME_TOOLCHAIN}/cpython-wasm/include" CACHE PATH
  "CPython headers configured as Pyodide's")
set(ME_DOCTEST "${ME_TOOLCHAIN}/doctest/include" CACHE PATH "doctest headers")
set(python "${CMAKE_SOURCE_DIR}/build/venv/bin/python")
if(SKBUILD)
  set(python "${Python_EXECUTABLE}")  # pip install: the Python that pip runs in
endif()
set(ME_PYTHON "${python}" CACHE FILEPATH
  "Python that the native extension is built for")
