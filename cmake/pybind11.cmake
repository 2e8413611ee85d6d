# The interface library me_external_pybind11: pybind11 and the headers of the Python it is built for,
# and ME_PYTHON_SUFFIX, the file name ending of extensions of that Python.
add_library(me_external_pybind11 INTERFACE)
if(EMSCRIPTEN)
  set(python_include "${ME_CPYTHON_WASM}")
  set(ME_PYTHON_SUFFIX ".cpython-314-wasm32-emscripten.so")
else()
  execute_process(
    COMMAND "${ME_PYTHON}" -c
      "import sysconfig as s; print(s.get_path('include'), s.get_config_var('EXT_SUFFIX'), sep=';')"
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${ME_PYTHON} does not run; run ci/toolchain.sh, or set ME_BUILD_PYTHON=OFF")
  endif()
  list(GET answer 0 python_include)
  list(GET answer 1 ME_PYTHON_SUFFIX)
endif()
if(NOT EXISTS "${python_include}/Python.h" OR NOT EXISTS "${ME_PYBIND11}/pybind11/pybind11.h")
  message(FATAL_ERROR
    "Python.h (${python_include}) or pybind11 (${ME_PYBIND11}) is missing; run ci/toolchain.sh")
endif()
target_include_directories(me_external_pybind11 SYSTEM INTERFACE
  "${python_include}" "${ME_PYBIND11}")
