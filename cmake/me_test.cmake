# Native tests. Every tests/<suite>/*_test.cpp is one doctest program, named <suite>_<file>, with the
# suite as its ctest label; adding a file is enough. A suite with other needs has a CMakeLists.txt of
# its own and calls me_test there.

# me_test(NAME SUITE suite SOURCES ... [LIBRARIES ...] [ARGUMENTS ...] [PLAIN])
# PLAIN: the program has a main of its own instead of doctest's.
function(me_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PLAIN" "SUITE" "SOURCES;LIBRARIES;ARGUMENTS")
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE
    "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/tests")
  target_include_directories(${name} SYSTEM PRIVATE "${ME_DOCTEST}")
  target_link_libraries(${name} PRIVATE mejit_static me_flags ${arg_LIBRARIES})
  if(NOT arg_PLAIN)
    target_link_libraries(${name} PRIVATE me_doctest_main)
  endif()
  target_compile_definitions(${name} PRIVATE "ME_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGUMENTS} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES
    LABELS "${arg_SUITE}" TIMEOUT 900
    ENVIRONMENT "ME_WASMTIME=${ME_TOOLCHAIN}/wasmtime/_libwasmtime.so")
endfunction()

# me_test_suite(SUITE): all *_test.cpp of tests/SUITE.
function(me_test_suite suite)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/${suite}/*_test.cpp")
  foreach(file IN LISTS files)
    get_filename_component(stem "${file}" NAME_WE)
    string(REGEX REPLACE "_test$" "" stem "${stem}")
    me_test(${suite}_${stem} SUITE ${suite} SOURCES "${file}")
  endforeach()
endfunction()
