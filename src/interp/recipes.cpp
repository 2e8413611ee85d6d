// The elementary functions of the build in force.
//
// Enters: a recipe's name. Leaves: its block kernel. Example: on a processor with AVX-512 and
// ME_SIMD=avx2 it is one of recipes_avx2.cpp (interp/simd.h).
// Tested by tests/unit/interp_recipes_test.cpp.
#include "interp/recipes.h"

#include "interp/simd.h"

namespace me::interp {
namespace {

struct Builds {
  RecipeBuild rows[kSimdCount + 1] = {};
  const RecipeKernel* in_force = nullptr;

  Builds() {
    std::size_t n = 0;
    const auto add = [&](Simd simd, const RecipeKernel* table) {
      rows[n++] = {name_of(simd).data(), table};
      if (simd == simd_in_force()) in_force = table;
    };
    add(Simd::Bits128, recipes_128());
#if defined(__x86_64__)
    if (is_available(Simd::Avx2)) add(Simd::Avx2, recipes_avx2());
    if (is_available(Simd::Avx512)) add(Simd::Avx512, recipes_avx512());
#endif
  }
};

const Builds& builds() {
  static const Builds all;
  return all;
}

}  // namespace

const RecipeBuild* recipe_builds() { return builds().rows; }

const RecipeKernel* find_recipe(std::string_view name) {
  for (const RecipeKernel* row = builds().in_force; row->name != nullptr; ++row) {
    if (row->name == name) return row;
  }
  return nullptr;
}

}  // namespace me::interp
