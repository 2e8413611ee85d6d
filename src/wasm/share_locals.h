// Locals: results that are never needed at the same time share one.
#pragma once

#include "wasm/code.h"

namespace me::wasm {

// Rewrites the body of a function that `code` made, whose local numbers are void afterwards. Unused
// locals are gone. Takes time linear in the size.
void share_locals(bn::Function& function, const Code& code);

}  // namespace me::wasm
