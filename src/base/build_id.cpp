// The build's identity, which cmake/build_id.cmake writes into build_id.inc before this is compiled.
//
// Enters: nothing. Leaves: for example "5d1c6f0e9a3b7c42". Kernel files and caches record it
// (jit/store/kernel_file). Tested by tests/unit/kernel_file_test.cpp.
#include "build_id.h"

namespace me {

std::string_view build_id() {
  return
#include "build_id.inc"
      ;
}

}  // namespace me
