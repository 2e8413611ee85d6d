# The native libraries: libmejit.so, which exports the names of wasm/exports.txt and nothing else, and
# libmejit.a (target mejit_static), which tests link to reach what is inside. The static library does
# not contain Binaryen; the shared one does.
add_library(mejit_static STATIC)
set_target_properties(mejit_static PROPERTIES OUTPUT_NAME mejit)
me_link_all(mejit_static)
target_include_directories(mejit_static PUBLIC "${CMAKE_SOURCE_DIR}/include")

add_library(mejit SHARED)
me_link_all(mejit)
target_include_directories(mejit PUBLIC "${CMAKE_SOURCE_DIR}/include")

me_exported_names(names)
list(JOIN names ";\n    " lines)
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/mejit.map" CONTENT
"{\n  global:\n    ${lines};\n  local:\n    *;\n};\n")
target_link_options(mejit PRIVATE
  "-Wl,--version-script=${CMAKE_BINARY_DIR}/mejit.map" -Wl,-Bsymbolic -Wl,--gc-sections)
if(NOT ME_SANITIZE AND NOT ME_SANITIZE_THREADS)
  target_link_options(mejit PRIVATE -Wl,--no-undefined)
endif()
set_target_properties(mejit mejit_static PROPERTIES
  LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}"
  ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}"
  LINK_DEPENDS "${CMAKE_BINARY_DIR}/mejit.map")
