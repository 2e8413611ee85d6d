# me_side_module(TARGET EXPORTS name...): the flags of an Emscripten side module on an executable
# target: a .so that exports the named C functions and takes libc and libc++ from its host.
function(me_side_module target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "EXPORTS")
  me_exported_names_file("${arg_EXPORTS}" "${CMAKE_CURRENT_BINARY_DIR}/${target}.exports" file)
  target_link_options(${target} PRIVATE
    -sSIDE_MODULE=2 -sWASM_BIGINT -fwasm-exceptions -Wl,-Bsymbolic "-sEXPORTED_FUNCTIONS=@${file}")
  set_target_properties(${target} PROPERTIES SUFFIX "" LINK_DEPENDS "${file}")
endfunction()

# Writes names as Emscripten wants them, one per line with a leading underscore.
function(me_exported_names_file names path variable)
  list(TRANSFORM names PREPEND "_")
  list(JOIN names "\n" text)
  file(CONFIGURE OUTPUT "${path}" CONTENT "${text}\n")
  set(${variable} "${path}" PARENT_SCOPE)
endfunction()
