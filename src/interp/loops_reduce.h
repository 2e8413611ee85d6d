// Reductions over one leaf of at most ir::kLeafItems elements, in the order of
// vmath/reduce_order.h.
//
// Item i of the leaf is folded into lane i mod 8, lanes are combined as ((0+4)+(2+6))+((1+5)+(3+7));
// masked items count as the identity. Example: sum of 1..10 as float64: lanes 1+9, 2+10, 3, ... 8,
// together 55. Included by basic_loops.h only.
#pragma once

#include <cstring>
#include <limits>

#include "interp/basic_kernels.h"
#include "interp/block.h"
#include "interp/loops_extremum.h"
#include "vmath/reduce_order.h"

namespace me::interp {
namespace {

constexpr std::size_t kFoldLanes = vmath::kReduceLanes;

struct Sum {
  template <DType D>
  static Lane<D> identity() {
    return 0;
  }
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(Wide<T>(a) + Wide<T>(b));
    else
      return a + b;
  }
};

struct Prod {
  template <DType D>
  static Lane<D> identity() {
    return 1;
  }
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(Wide<T>(a) * Wide<T>(b));
    else
      return a * b;
  }
};

struct Min : Minimum {
  template <DType D>
  static Lane<D> identity() {
    using Limits = std::numeric_limits<Lane<D>>;
    if constexpr (D == DType::Bool)
      return 1;
    else
      return Limits::has_infinity ? Limits::infinity() : Limits::max();
  }
};

struct Max : Maximum {
  template <DType D>
  static Lane<D> identity() {
    using Limits = std::numeric_limits<Lane<D>>;
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  }
};

template <class F, DType D>
struct Fold {
  using T = Lane<D>;
  using Elements = const typename Unaligned<T>::type*;
  static_assert(sizeof(T) * kFoldLanes <= kAccumulatorBytes);

  static void begin(void* accumulator) {
    T lanes[kFoldLanes];
    for (T& lane : lanes) lane = F::template identity<D>();
    std::memcpy(accumulator, lanes, sizeof lanes);
  }

  static void add(void* accumulator, const void* a, const void* b, const void*, std::size_t n) {
    Elements x = static_cast<Elements>(a);
    const std::uint8_t* mask = static_cast<const std::uint8_t*>(b);
    T lanes[kFoldLanes];
    std::memcpy(lanes, accumulator, sizeof lanes);
    if (mask == nullptr) {
      std::size_t i = 0;
      for (; i + kFoldLanes <= n; i += kFoldLanes) {
        for (std::size_t k = 0; k < kFoldLanes; ++k)
          lanes[k] = F::of(lanes[k], static_cast<T>(x[i + k]));
      }
      for (std::size_t k = 0; i < n; ++i, ++k) lanes[k] = F::of(lanes[k], static_cast<T>(x[i]));
    } else {
      for (std::size_t i = 0; i < n; ++i) {
        const T v = mask[i] != 0 ? static_cast<T>(x[i]) : F::template identity<D>();
        lanes[i % kFoldLanes] = F::of(lanes[i % kFoldLanes], v);
      }
    }
    std::memcpy(accumulator, lanes, sizeof lanes);
  }

  static void finish(const void* accumulator, void* result) {
    T l[kFoldLanes];
    std::memcpy(l, accumulator, sizeof l);
    const T even = F::of(F::of(l[0], l[4]), F::of(l[2], l[6]));
    const T odd = F::of(F::of(l[1], l[5]), F::of(l[3], l[7]));
    const T all = F::of(even, odd);
    std::memset(result, 0, 8);
    std::memcpy(result, &all, sizeof all);
  }
};

template <class F, DType D>
Reducer fold() {
  return {Fold<F, D>::begin, Fold<F, D>::add, Fold<F, D>::finish};
}

template <class F>
Reducer wide_fold(DType t) {
  if (t == DType::Int64) return fold<F, DType::Int64>();
  if (t == DType::UInt64) return fold<F, DType::UInt64>();
  if (t == DType::Float64) return fold<F, DType::Float64>();
  return {};
}

template <class F>
Reducer any_fold(DType t) {
  return for_dtype(t, []<DType D>() { return fold<F, D>(); });
}

Reducer reducer_loop(Op op, DType t) {
  if (op == Op::Sum) return wide_fold<Sum>(t);
  if (op == Op::Prod) return wide_fold<Prod>(t);
  if (op == Op::Min) return any_fold<Min>(t);
  if (op == Op::Max) return any_fold<Max>(t);
  // On bools any is the largest and all the smallest.
  if (op == Op::Any && t == DType::Bool) return fold<Max, DType::Bool>();
  if (op == Op::All && t == DType::Bool) return fold<Min, DType::Bool>();
  return {};
}

}  // namespace
}  // namespace me::interp
