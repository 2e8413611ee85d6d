// Nesting: intermediate results that are used once move into the expression that uses them.
#pragma once

#include "wasm/code.h"

namespace me::wasm {

// Rewrites the body of a function that `code` made. Takes time linear in the size.
void nest(bn::Function& function, const Code& code);

}  // namespace me::wasm
