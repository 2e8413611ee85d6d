// Recipes as types that loops and tests are templates over: what a list of functions is expanded with.
//
// In the namespace of the expansion, `recipe::name` is the recipe and `slow::name` the function of one
// lane for what the recipe gives up. Example: the type `sin` has kArity 1, kMayBeBad, fast(x, bad),
// slow(x) and evaluate(x).
#pragma once

#include <type_traits>

#include "vmath/value.h"

namespace me::vmath {

// F over native lanes, the lanes that its recipe gives up computed one by one.
template <class F, class V, class... Rest>
V evaluate_lanes(const V& x, const Rest&... rest) {
  using Lane = std::remove_cvref_t<decltype(x.lane(0))>;
  Bad<V> bad;
  V r = F::fast(x, rest..., bad);
  if constexpr (F::kMayBeBad) {
    if (any(bad.lanes)) {
      Lane lanes[V::kLanes];
      r.store(lanes);
      for (int i = 0; i < V::kLanes; ++i) {
        if (lane(bad.lanes, i)) lanes[i] = static_cast<Lane>(F::slow(x.lane(i), rest.lane(i)...));
      }
      r = V::load(lanes);
    }
  }
  return r;
}

}  // namespace me::vmath

#define ME_VMATH_FAST(arity, name)                          \
  struct name {                                             \
    static constexpr int kArity = arity;                    \
    static constexpr bool kMayBeBad = false;                \
    template <class... A>                                   \
    static auto fast(A&&... arguments) {                    \
      return recipe::name(arguments...);                    \
    }                                                       \
    template <class V, class... Rest>                       \
    static V evaluate(const V& x, const Rest&... rest) {    \
      return ::me::vmath::evaluate_lanes<name>(x, rest...); \
    }                                                       \
  };
#define ME_VMATH_SLOW(arity, name)                          \
  struct name {                                             \
    static constexpr int kArity = arity;                    \
    static constexpr bool kMayBeBad = true;                 \
    template <class... A>                                   \
    static auto fast(A&&... arguments) {                    \
      return recipe::name(arguments...);                    \
    }                                                       \
    template <class... A>                                   \
    static double slow(A... arguments) {                    \
      return slow::name(arguments...);                      \
    }                                                       \
    template <class V, class... Rest>                       \
    static V evaluate(const V& x, const Rest&... rest) {    \
      return ::me::vmath::evaluate_lanes<name>(x, rest...); \
    }                                                       \
  };
