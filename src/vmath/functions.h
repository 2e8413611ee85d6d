// The list of all recipes, and each as a type that generic code can be instantiated with.
//
// ME_VMATH_FUNCTIONS(FAST, SLOW) expands FAST(arity, name) for recipes that never give up and
// SLOW(arity, name) for those that may report bad lanes; slow::name then computes such a lane.
// me::vmath::fn::name is a type with
//
//   kArity                     1, 2 or 3
//   kMayBeBad                  whether `fast` can report bad lanes
//   fast(x, [y, [z]], bad)     the recipe, for any value type
//   slow(x, [y, [z]])          the scalar slow path (only called when kMayBeBad)
//   evaluate(x, [y, [z]])      over native lanes: fast, then bad lanes once more through slow
#pragma once

#include "vmath/erf_gamma.h"
#include "vmath/exp.h"
#include "vmath/function_types.h"
#include "vmath/hyperbolic.h"
#include "vmath/inverse.h"
#include "vmath/log.h"
#include "vmath/native_value.h"
#include "vmath/pow.h"
#include "vmath/remainder.h"
#include "vmath/slow.h"
#include "vmath/trig.h"
#include "vmath/value.h"

#define ME_VMATH_FUNCTIONS(FAST, SLOW) \
  FAST(1, exp)                         \
  FAST(1, exp2)                        \
  FAST(1, exp10)                       \
  FAST(1, expm1)                       \
  FAST(1, log)                         \
  FAST(1, log2)                        \
  FAST(1, log10)                       \
  FAST(1, log1p)                       \
  FAST(2, logaddexp)                   \
  FAST(2, logaddexp2)                  \
  FAST(2, pow)                         \
  FAST(1, cbrt)                        \
  FAST(2, hypot)                       \
  SLOW(1, sin)                         \
  SLOW(1, cos)                         \
  SLOW(1, tan)                         \
  FAST(1, sinpi)                       \
  FAST(1, cospi)                       \
  FAST(1, asin)                        \
  FAST(1, acos)                        \
  FAST(1, atan)                        \
  FAST(2, atan2)                       \
  FAST(1, sinh)                        \
  FAST(1, cosh)                        \
  FAST(1, tanh)                        \
  FAST(1, expit)                       \
  FAST(1, asinh)                       \
  FAST(1, acosh)                       \
  FAST(1, atanh)                       \
  FAST(1, erf)                         \
  FAST(1, erfc)                        \
  FAST(1, tgamma)                      \
  FAST(1, lgamma)                      \
  SLOW(2, fmod)                        \
  SLOW(2, remainder)                   \
  SLOW(2, mod)                         \
  SLOW(2, floor_divide)                \
  SLOW(3, fma)                         \
  FAST(2, ldexp)

namespace me::vmath::fn {

ME_VMATH_FUNCTIONS(ME_VMATH_FAST, ME_VMATH_SLOW)

}  // namespace me::vmath::fn
