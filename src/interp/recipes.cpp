// The choice between the builds of the elementary functions.
//
// Enters: the processor and ME_SIMD. Leaves: the table of kernels in force. Example: on a processor
// with AVX-512 and ME_SIMD=avx2 it is that of recipes_avx2.cpp.
// Tested by tests/unit/interp_recipes_test.cpp.
#include "interp/recipes.h"

#include <string>
#include <string_view>

#include "base/env.h"

namespace me::interp {
namespace {

struct Builds {
  RecipeBuild rows[4] = {{"128", recipes_128()}, {}, {}, {}};
  const RecipeKernel* in_force = nullptr;

  Builds() {
#if defined(__x86_64__)
    std::size_t n = 1;
    if (__builtin_cpu_supports("avx2")) rows[n++] = {"avx2", recipes_avx2()};
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
      rows[n++] = {"avx512", recipes_avx512()};
    }
#endif
    const std::string widest = env::simd().value_or("");
    for (const RecipeBuild* b = rows; b->rows != nullptr; ++b) {
      in_force = b->rows;
      if (widest == b->name) break;
    }
  }
};

const Builds& builds() {
  static const Builds all;
  return all;
}

}  // namespace

const RecipeBuild* recipe_builds() { return builds().rows; }

BlockFn recipe_kernel(std::string_view name) {
  for (const RecipeKernel* row = builds().in_force; row->name != nullptr; ++row) {
    if (row->name == name) return row->kernel;
  }
  return nullptr;
}

}  // namespace me::interp
