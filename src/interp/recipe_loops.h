// Loops over recipes, for the instruction set that the including file is compiled for.
//
// Included by recipes_128.cpp, recipes_avx2.cpp and recipes_avx512.cpp only. Everything here has
// internal linkage, and no template of the standard library is used: a linker that merged a copy
// built for AVX-512 with a portable one would break older processors.
#pragma once

#include <cstddef>
#include <cstring>

#include "interp/recipes.h"
#include "vmath/functions.h"
#include "vmath/native_value.h"

namespace me::interp {
namespace {

// Two registers side by side hide latencies; AVX-512 has one of eight lanes.
constexpr int kLanes = vmath::kHardwareLanes == 8 ? 8 : 2 * vmath::kHardwareLanes;

using Lanes = vmath::Native<kLanes>;

// Recipe R over n elements, n a multiple of kLanes. Flattened: GCC would leave the larger recipes
// as calls, which costs up to twice the time. Pointers may be unaligned; they only pass through
// memcpy.
template <class R>
[[gnu::flatten]] void whole_vectors(double* out, const double* a, const double* b, const double* c,
                                    std::size_t n) {
  for (std::size_t i = 0; i < n; i += kLanes) {
    if constexpr (R::kArity == 1) {
      R::evaluate(Lanes::load(a + i)).store(out + i);
    } else if constexpr (R::kArity == 2) {
      R::evaluate(Lanes::load(a + i), Lanes::load(b + i)).store(out + i);
    } else {
      R::evaluate(Lanes::load(a + i), Lanes::load(b + i), Lanes::load(c + i)).store(out + i);
    }
  }
}

// Recipe R over n elements; the last, incomplete vector is computed over padded copies.
template <class R>
void recipe(void* out, const void* a, const void* b, const void* c, std::size_t n) {
  const double* inputs[3] = {static_cast<const double*>(a), static_cast<const double*>(b),
                             static_cast<const double*>(c)};
  double* result = static_cast<double*>(out);
  const std::size_t whole = n - n % kLanes;
  whole_vectors<R>(result, inputs[0], inputs[1], inputs[2], whole);
  if (whole == n) return;
  double x[3][kLanes];
  for (int k = 0; k < R::kArity; ++k) {
    for (double& lane : x[k]) lane = 1.0;
    std::memcpy(x[k], inputs[k] + whole, (n - whole) * sizeof(double));
  }
  double y[kLanes];
  whole_vectors<R>(y, x[0], x[1], x[2], kLanes);
  std::memcpy(result + whole, y, (n - whole) * sizeof(double));
}

constexpr RecipeKernel kRecipes[] = {
#define ME_RECIPE(arity, name) {#name, recipe<vmath::fn::name>},
    ME_VMATH_FUNCTIONS(ME_RECIPE, ME_RECIPE)
#undef ME_RECIPE
    {nullptr, nullptr}};

}  // namespace
}  // namespace me::interp
