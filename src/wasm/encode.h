// Modules: declaration of the kernel, checks, bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wasm/code.h"

namespace me::wasm {

// Adds the imported memory and the exported function, without a body, to an empty module.
bn::Function& declare_kernel(bn::Module& module, bool memory64);

// What Binaryen's validator has to say; empty if nothing.
std::string validate(bn::Module& module);

std::vector<std::uint8_t> encode(bn::Module& module);

}  // namespace me::wasm
