// Rounding, square roots and signs over blocks: of the host's arithmetic only what IEEE 754 fixes.
//
// Example: Rint of 2.5 is 2, Nextafter of 0 towards -1 the negative number closest to 0. Included by
// basic_loops.h only.
#pragma once

#include "interp/block.h"

namespace me::interp {
namespace {

#define ME_ROUNDING(Name, name)                                 \
  struct Name {                                                 \
    static float of(float x) { return __builtin_##name##f(x); } \
    static double of(double x) { return __builtin_##name(x); }  \
  };
ME_ROUNDING(Floor, floor)
ME_ROUNDING(Ceil, ceil)
ME_ROUNDING(Trunc, trunc)
ME_ROUNDING(Rint, nearbyint)
ME_ROUNDING(Sqrt, sqrt)
#undef ME_ROUNDING

struct Copysign {
  static float of(float x, float y) { return __builtin_copysignf(x, y); }
  static double of(double x, double y) { return __builtin_copysign(x, y); }
};

// One step along the bit patterns, which are ordered like the magnitudes.
struct Nextafter {
  template <class T>
  static T of(T x, T y) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    if (x != x || y != y) return x + y;
    if (x == y) return y;
    Bits bits = __builtin_bit_cast(Bits, x);
    if (x == 0) {
      const Bits sign = __builtin_bit_cast(Bits, y) & ~(~Bits{0} >> 1);
      return __builtin_bit_cast(T, static_cast<Bits>(sign | 1));
    }
    bits = (x < y) == (x > 0) ? bits + 1 : bits - 1;
    return __builtin_bit_cast(T, bits);
  }
};

BlockFn rounding_loop(Op op, DType t) {
  if (op == Op::Floor) return unary_of_floats<Floor>(t);
  if (op == Op::Ceil) return unary_of_floats<Ceil>(t);
  if (op == Op::Trunc) return unary_of_floats<Trunc>(t);
  if (op == Op::Rint) return unary_of_floats<Rint>(t);
  if (op == Op::Sqrt) return unary_of_floats<Sqrt>(t);
  if (op == Op::Copysign) return binary_of_floats<Copysign>(t);
  if (op == Op::Nextafter) return binary_of_floats<Nextafter>(t);
  return nullptr;
}

}  // namespace
}  // namespace me::interp
