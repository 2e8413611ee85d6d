// The smaller and the larger of two numbers: elementwise operations and reductions share them.
//
// Minimum and Maximum give NaN if either operand is NaN, as wasm's f64x2.min and max do; -0 < +0.
#pragma once

#include <cstdint>
#include <type_traits>

namespace me::interp {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// The smaller of two floats that are no NaNs. Equal ones may be zeros of both signs: a sign bit wins.
template <class T>
T smaller(T a, T b) {
  const BitsOf<T> both = __builtin_bit_cast(BitsOf<T>, a) | __builtin_bit_cast(BitsOf<T>, b);
  return a == b ? __builtin_bit_cast(T, both) : (a < b ? a : b);
}

template <class T>
T larger(T a, T b) {
  const BitsOf<T> common = __builtin_bit_cast(BitsOf<T>, a) & __builtin_bit_cast(BitsOf<T>, b);
  return a == b ? __builtin_bit_cast(T, common) : (a < b ? b : a);
}

struct Minimum {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) return b < a ? b : a;
    else return a != a || b != b ? a + b : smaller(a, b);
  }
};

struct Maximum {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_integral_v<T>) return a < b ? b : a;
    else return a != a || b != b ? a + b : larger(a, b);
  }
};

}  // namespace me::interp
