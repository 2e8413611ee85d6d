// The list of the float32 recipes, and each as a type (vmath/function_types.h).
//
// The same operations have a row in base/single_recipes.def. The slow path of a lane is the float64
// function, rounded.
#pragma once

#include "vmath/functions.h"
#include "vmath/single/exp.h"
#include "vmath/single/log.h"
#include "vmath/single/native.h"
#include "vmath/single/pow.h"
#include "vmath/single/trig.h"

#define ME_VMATH_SINGLE_FUNCTIONS(FAST, SLOW) \
  FAST(1, exp)                                \
  FAST(1, exp2)                               \
  FAST(1, log)                                \
  FAST(1, log2)                               \
  FAST(1, log10)                              \
  FAST(2, pow)                                \
  SLOW(1, sin)                                \
  SLOW(1, cos)

namespace me::vmath::single::fn {

ME_VMATH_SINGLE_FUNCTIONS(ME_VMATH_FAST, ME_VMATH_SLOW)

}  // namespace me::vmath::single::fn
