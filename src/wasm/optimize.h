// Binaryen's local optimisations of one function.
#pragma once

#include "wasm/code.h"

namespace me::wasm {

// Never changes a bit of a result: no fast-math, no reassociation, no relaxed instructions.
void optimize(bn::Module& module, bn::Function& function);

}  // namespace me::wasm
