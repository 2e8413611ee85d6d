// Which elementary functions are computed in float32 lanes.
#pragma once

#include "base/ops.h"

namespace me {

// Whether an operation of kind `math` works on float32 as it is, besides float64: single_recipes.def.
bool has_single_recipe(Op op);

}  // namespace me
