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
#include "vmath/single/functions.h"

namespace me::interp {
namespace {

// Two registers side by side hide latencies; AVX-512 has one of eight lanes.
constexpr int kLanes = vmath::kHardwareLanes == 8 ? 8 : 2 * vmath::kHardwareLanes;

using Lanes = vmath::Native<kLanes>;

// Recipe R over n elements of type T, n a multiple of the lanes of V. Flattened: GCC would leave the
// larger recipes as calls, which costs up to twice the time. Pointers may be unaligned; they only
// pass through memcpy.
template <class R, class V, class T>
[[gnu::flatten]] void whole_vectors(T* out, const T* a, const T* b, const T* c, std::size_t n) {
  for (std::size_t i = 0; i < n; i += V::kLanes) {
    if constexpr (R::kArity == 1) {
      R::evaluate(V::load(a + i)).store(out + i);
    } else if constexpr (R::kArity == 2) {
      R::evaluate(V::load(a + i), V::load(b + i)).store(out + i);
    } else {
      R::evaluate(V::load(a + i), V::load(b + i), V::load(c + i)).store(out + i);
    }
  }
}

// Recipe R over n elements; the last, incomplete vector is computed over padded copies.
template <class R, class V, class T>
void recipe(void* out, const void* a, const void* b, const void* c, std::size_t n) {
  const T* inputs[3] = {static_cast<const T*>(a), static_cast<const T*>(b),
                        static_cast<const T*>(c)};
  T* result = static_cast<T*>(out);
  const std::size_t whole = n - n % V::kLanes;
  whole_vectors<R, V>(result, inputs[0], inputs[1], inputs[2], whole);
  if (whole == n) return;
  T x[3][V::kLanes];
  for (int k = 0; k < R::kArity; ++k) {
    for (T& lane : x[k]) lane = 1;
    std::memcpy(x[k], inputs[k] + whole, (n - whole) * sizeof(T));
  }
  T y[V::kLanes];
  whole_vectors<R, V>(y, x[0], x[1], x[2], V::kLanes);
  std::memcpy(result + whole, y, (n - whole) * sizeof(T));
}

// The float32 recipe called `name`, or null.
constexpr BlockFn single_kernel(const char* name) {
  constexpr struct {
    const char* name;
    BlockFn kernel;
  } kSingles[] = {
#define ME_RECIPE(arity, name) \
  {#name, recipe<vmath::single::fn::name, vmath::single::Native, float>},
      ME_VMATH_SINGLE_FUNCTIONS(ME_RECIPE, ME_RECIPE)
#undef ME_RECIPE
  };
  for (const auto& row : kSingles) {
    const char* a = name;
    const char* b = row.name;
    while (*a != 0 && *a == *b) ++a, ++b;
    if (*a == *b) return row.kernel;
  }
  return nullptr;
}

constexpr RecipeKernel kRecipes[] = {
#define ME_RECIPE(arity, name) \
  {#name, recipe<vmath::fn::name, Lanes, double>, single_kernel(#name)},
    ME_VMATH_FUNCTIONS(ME_RECIPE, ME_RECIPE)
#undef ME_RECIPE
    {nullptr, nullptr, nullptr}};

}  // namespace
}  // namespace me::interp
