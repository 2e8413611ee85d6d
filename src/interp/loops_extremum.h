// The smaller and the larger of two numbers: elementwise operations and reductions share them.
//
// Minimum and Maximum give NaN if either operand is NaN, as wasm's f64x2.min and max do; -0 < +0.
// Included by loops_select.h and loops_reduce.h only.
#pragma once

#include <cstdint>
#include <type_traits>

namespace me::interp {
namespace {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// Both orders of the comparison, joined bit by bit: two different values agree, zeros of both signs
// join to the right one. With a NaN among a and b, `smaller` is a NaN and `larger` is unspecified.
template <class T>
T smaller(T a, T b) {
  const T one = a < b ? a : b;
  const T other = b < a ? b : a;
  return __builtin_bit_cast(
      T, __builtin_bit_cast(BitsOf<T>, one) | __builtin_bit_cast(BitsOf<T>, other));
}

template <class T>
T larger(T a, T b) {
  const T one = a > b ? a : b;
  const T other = b > a ? b : a;
  return __builtin_bit_cast(
      T, __builtin_bit_cast(BitsOf<T>, one) & __builtin_bit_cast(BitsOf<T>, other));
}

struct Minimum {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>)
      return b < a ? b : a;
    else
      return smaller(a, b);
  }
};

struct Maximum {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return a < b ? b : a;
    } else {
      const T ordered = larger(a, b);
      return __builtin_isunordered(a, b) ? a + b : ordered;
    }
  }
};

}  // namespace
}  // namespace me::interp
