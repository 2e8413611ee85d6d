// Which build of the library this is: code that one build generated is run by the same build only.
#pragma once

#include <string_view>

namespace me {

// 16 hexadecimal digits over the sources that decide what a kernel computes (cmake/build_id.cmake):
// the same natively and in wasm, on every machine.
std::string_view build_id();

}  // namespace me
