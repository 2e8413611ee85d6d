// The list of the float32 recipes, and each as a type, as in vmath/functions.h.
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

template <class F, class V, class... Rest>
V evaluate(const V& x, const Rest&... rest) {
  Bad<V> bad;
  V r = F::fast(x, rest..., bad);
  if constexpr (F::kMayBeBad) {
    if (any(bad.lanes)) {
      float lanes[V::kLanes];
      r.store(lanes);
      for (int i = 0; i < V::kLanes; ++i) {
        if (lane(bad.lanes, i)) lanes[i] = static_cast<float>(F::slow(x.lane(i), rest.lane(i)...));
      }
      r = V::load(lanes);
    }
  }
  return r;
}

#define ME_SINGLE_FAST(arity, name)                      \
  struct name {                                          \
    static constexpr int kArity = arity;                 \
    static constexpr bool kMayBeBad = false;             \
    template <class... A>                                \
    static auto fast(A&&... arguments) {                 \
      return recipe::name(arguments...);                 \
    }                                                    \
    template <class V, class... Rest>                    \
    static V evaluate(const V& x, const Rest&... rest) { \
      return fn::evaluate<name>(x, rest...);             \
    }                                                    \
  };
#define ME_SINGLE_SLOW(arity, name)                      \
  struct name {                                          \
    static constexpr int kArity = arity;                 \
    static constexpr bool kMayBeBad = true;              \
    template <class... A>                                \
    static auto fast(A&&... arguments) {                 \
      return recipe::name(arguments...);                 \
    }                                                    \
    template <class... A>                                \
    static double slow(A... arguments) {                 \
      return vmath::slow::name(arguments...);            \
    }                                                    \
    template <class V, class... Rest>                    \
    static V evaluate(const V& x, const Rest&... rest) { \
      return fn::evaluate<name>(x, rest...);             \
    }                                                    \
  };
ME_VMATH_SINGLE_FUNCTIONS(ME_SINGLE_FAST, ME_SINGLE_SLOW)
#undef ME_SINGLE_FAST
#undef ME_SINGLE_SLOW

}  // namespace me::vmath::single::fn
