// The elementary functions of vmath as block kernels, built once per instruction set.
//
// All builds give the same bits; interp/simd.h chooses.
#pragma once

#include <string_view>

#include "interp/block.h"

namespace me::interp {

struct RecipeKernel {
  const char* name;  // as recipe_of names it
  BlockFn kernel;    // float64 operands and result
  BlockFn single;    // float32 operands and result; null if there is no such recipe
};

// Rows in the order of ME_VMATH_FUNCTIONS, ended by one without a name. recipes_avx2.cpp and
// recipes_avx512.cpp exist on x86-64 only and must not be called where the processor lacks them.
const RecipeKernel* recipes_128();
const RecipeKernel* recipes_avx2();
const RecipeKernel* recipes_avx512();

// The builds that this processor can run, narrowest first, ended by null.
struct RecipeBuild {
  const char* name;  // "128", "avx2", "avx512"
  const RecipeKernel* rows;
};
const RecipeBuild* recipe_builds();

// A recipe's row in the build that is in force; null for unknown names.
const RecipeKernel* find_recipe(std::string_view name);

}  // namespace me::interp
