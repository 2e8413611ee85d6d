// Masks that nobody can see the effect of.
#pragma once

#include "ir/code.h"

namespace me::wasm {

// The stage without the masks of loop locals whose value in finished elements is never used.
ir::Stage relax_masks(const ir::Stage& stage);

}  // namespace me::wasm
