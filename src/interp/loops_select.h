// Choosing and moving over blocks: minimum and maximum, selection by a mask, splat, copy, bool
// loads.
//
// Minimum and Maximum give NaN if either operand is NaN, Fmin and Fmax the other operand; -0 < +0
// for all four, as in wasm's f64x2.min. Example: Minimum(0.0, -0.0) = -0.0. Included by
// basic_loops.h only.
#pragma once

#include <cstring>

#include "interp/block.h"
#include "interp/loops_extremum.h"

namespace me::interp {
namespace {

struct Fmin {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return Minimum::of(a, b);
    } else {
      return a != a ? b : (b != b ? a : smaller(a, b));
    }
  }
};

struct Fmax {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return Maximum::of(a, b);
    } else {
      return a != a ? b : (b != b ? a : larger(a, b));
    }
  }
};

struct IsNonZero {
  static bool of(std::uint8_t v) { return v != 0; }
};

template <class T, unsigned kUniform>
void select(void* out, const void* mask, const void* a, const void* b, std::size_t n) {
  using Element = typename Unaligned<T>::type;
  Element* r = static_cast<Element*>(out);
  const typename Unaligned<std::uint8_t>::type* m =
      static_cast<const typename Unaligned<std::uint8_t>::type*>(mask);
  const Element* x = static_cast<const Element*>(a);
  const Element* y = static_cast<const Element*>(b);
  const T x0 = (kUniform & 1) != 0 ? x[0] : T{};
  const T y0 = (kUniform & 2) != 0 ? y[0] : T{};
  ME_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) {
    const T yes = (kUniform & 1) != 0 ? x0 : x[i];
    const T no = (kUniform & 2) != 0 ? y0 : y[i];
    // All ones or zeros: bits move without a branch whatever the mask looks like.
    const T chosen = static_cast<T>(-static_cast<T>(m[i]));
    r[i] = static_cast<T>((yes & chosen) | (no & static_cast<T>(~chosen)));
  }
}

template <class T>
void splat(void* out, const void* a, const void*, const void*, std::size_t n) {
  using Element = typename Unaligned<T>::type;
  const T value = *static_cast<const Element*>(a);
  Element* r = static_cast<Element*>(out);
  for (std::size_t i = 0; i < n; ++i) r[i] = value;
}

template <std::size_t kBytes>
void copy(void* out, const void* a, const void*, const void*, std::size_t n) {
  std::memmove(out, a, n * kBytes);
}

template <class F>
BlockFn extremum(DType t, unsigned uniform) {
  if (uniform != 0) return with_uniform<F>(t, uniform);
  return for_dtype(t, []<DType D>() -> BlockFn { return map2<F, Lane<D>, Lane<D>>; });
}

BlockFn extremum_loop(Op op, DType t, unsigned uniform) {
  if (op == Op::Minimum) return extremum<Minimum>(t, uniform);
  if (op == Op::Maximum) return extremum<Maximum>(t, uniform);
  if (op == Op::Fmin) return extremum<Fmin>(t, uniform);
  if (op == Op::Fmax) return extremum<Fmax>(t, uniform);
  return nullptr;
}

template <unsigned kUniform>
BlockFn select_of(std::size_t bytes) {
  switch (bytes) {
    case 1:
      return select<std::uint8_t, kUniform>;
    case 2:
      return select<std::uint16_t, kUniform>;
    case 4:
      return select<std::uint32_t, kUniform>;
    case 8:
      return select<std::uint64_t, kUniform>;
    default:
      return nullptr;
  }
}

BlockFn select_loop(std::size_t bytes, unsigned uniform) {
  switch (uniform) {
    case 0:
      return select_of<0>(bytes);
    case 1:
      return select_of<1>(bytes);
    case 2:
      return select_of<2>(bytes);
    default:
      return select_of<3>(bytes);
  }
}

BlockFn splat_loop(std::size_t bytes) {
  switch (bytes) {
    case 1:
      return splat<std::uint8_t>;
    case 2:
      return splat<std::uint16_t>;
    case 4:
      return splat<std::uint32_t>;
    case 8:
      return splat<std::uint64_t>;
    default:
      return nullptr;
  }
}

BlockFn copy_loop(std::size_t bytes) {
  switch (bytes) {
    case 1:
      return copy<1>;
    case 2:
      return copy<2>;
    case 4:
      return copy<4>;
    case 8:
      return copy<8>;
    default:
      return nullptr;
  }
}

BlockFn load_bool_loop() { return map1<IsNonZero, std::uint8_t, std::uint8_t>; }

}  // namespace
}  // namespace me::interp
