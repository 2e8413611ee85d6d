# me_python_package(SOURCES bind_x.cpp ... FILES mejit/x.py ...)
#
# Builds the extension mejit._core and puts the whole package together in <build>/python/mejit: the
# extension, the library, the Python files and the JavaScript that importing mejit in Pyodide needs.
# The same as a wheel lies in <build>/dist. The extension does not link the library: the package's
# __init__ loads it for all, so that a process has one copy.
function(me_python_package)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "SOURCES;FILES")
  set(stage "${CMAKE_BINARY_DIR}/python/mejit")
  if(EMSCRIPTEN)
    add_executable(me_python_core ${arg_SOURCES})
    me_side_module(me_python_core EXPORTS PyInit__core)
    set(library mejit_side)
    set(tag cp314-cp314-pyemscripten_2026_0_wasm32)
  else()
    add_library(me_python_core MODULE ${arg_SOURCES})
    set_target_properties(me_python_core PROPERTIES PREFIX "" SUFFIX "")
    set(library mejit)
    set(tag native)
  endif()
  target_link_libraries(me_python_core PRIVATE me_flags me_external_pybind11)
  target_include_directories(me_python_core PRIVATE "${CMAKE_SOURCE_DIR}/include")
  target_compile_options(me_python_core PRIVATE -fvisibility=hidden)
  set_target_properties(me_python_core PROPERTIES OUTPUT_NAME "_core${ME_PYTHON_SUFFIX}")

  set(files "")
  foreach(file IN LISTS arg_FILES)
    list(APPEND files "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
  endforeach()
  list(APPEND files
    "${CMAKE_SOURCE_DIR}/js/me_jit_glue.js" "${CMAKE_SOURCE_DIR}/js/pyodide_runtime.js")
  set(wheel_script "${CMAKE_SOURCE_DIR}/cmake/make_wheel.py")
  set(stamp "${CMAKE_BINARY_DIR}/python/package.stamp")
  add_custom_command(OUTPUT "${stamp}" VERBATIM
    COMMAND "${CMAKE_COMMAND}" -E rm -rf "${stage}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${stage}"
    COMMAND "${CMAKE_COMMAND}" -E copy
      $<TARGET_FILE:me_python_core> $<TARGET_FILE:${library}> ${files} "${stage}"
    COMMAND "${ME_PYTHON}" "${wheel_script}"
      "${stage}" "${PROJECT_VERSION}" ${tag} "${CMAKE_BINARY_DIR}/dist"
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS me_python_core ${library} ${files} "${wheel_script}")
  add_custom_target(python_package ALL DEPENDS "${stamp}")
endfunction()
