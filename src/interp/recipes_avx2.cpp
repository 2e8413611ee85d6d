// The elementary functions with AVX2.
//
// Enters: nothing. Leaves: the table of block kernels. Example: row "sin" computes [0, pi/2] to
// [0, 1]. That all builds give the same bits is tested by tests/unit/interp_recipes_test.cpp.
#include "interp/recipe_loops.h"

namespace me::interp {

const RecipeKernel* recipes_avx2() { return kRecipes; }

}  // namespace me::interp
