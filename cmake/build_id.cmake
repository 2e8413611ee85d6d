# Writes the identity of the build, a string literal, into OUTPUT: a hash over the files that decide what
# a kernel computes and how it is called, Binaryen's version and build among them. Run at build time:
#   cmake -DSOURCE=<root> -DOUTPUT=<file> -P build_id.cmake
# Included, it only defines me_build_id_files(VARIABLE).
function(me_build_id_files variable source)
  set(patterns "")
  foreach(folder base text lang ir vmath interp wasm)
    foreach(suffix cpp h def inc)
      list(APPEND patterns "${source}/src/${folder}/*.${suffix}")
    endforeach()
  endforeach()
  if(NOT CMAKE_SCRIPT_MODE_FILE)
    set(again CONFIGURE_DEPENDS)
  endif()
  file(GLOB_RECURSE files RELATIVE "${source}" ${again} ${patterns})
  # What modules are encoded with, and which optimisation a tier asks for.
  list(APPEND files src/jit/instantiate.cpp ci/toolchain/adapt_binaryen.py
    ci/toolchain/binaryen/CMakeLists.txt ci/toolchain/binaryen/pass_list.txt
    ci/toolchain/lock.txt)
  list(SORT files)
  set(${variable} "${files}" PARENT_SCOPE)
endfunction()

if(CMAKE_SCRIPT_MODE_FILE)
  me_build_id_files(files "${SOURCE}")
  set(sums "")
  foreach(file IN LISTS files)
    file(SHA256 "${SOURCE}/${file}" sum)
    string(APPEND sums "${file} ${sum}\n")
  endforeach()
  string(SHA256 id "${sums}")
  string(SUBSTRING "${id}" 0 16 id)
  set(text "\"${id}\"\n")
  if(EXISTS "${OUTPUT}")
    file(READ "${OUTPUT}" before)
  endif()
  if(NOT "${before}" STREQUAL "${text}")
    file(WRITE "${OUTPUT}" "${text}")
  endif()
endif()
