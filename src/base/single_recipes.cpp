// The list of the float32 recipes as a function.
//
// Enters: an operation. Leaves: whether it has a row in single_recipes.def. Example: Exp has one,
// Tan has not. Tested by tests/unit/interp_kernels_test.cpp, which looks for the kernels.
#include "base/single_recipes.h"

namespace me {

bool has_single_recipe(Op op) {
  switch (op) {
#define ME_SINGLE(Id) case Op::Id:
#include "base/single_recipes.def"
    return true;
    default: return false;
  }
}

}  // namespace me
