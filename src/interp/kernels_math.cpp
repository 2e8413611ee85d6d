// Rounding, square roots, signs and elementary functions over blocks.
//
// Enters: operation and dtype. Leaves: a loop. Elementary functions are vmath's recipes
// (recipe_loops.h); lanes for which a recipe gives up are computed again by its slow path at once.
// Example: Sin of [0, 1e300] runs the fast recipe over both and the slow one over the second. Of
// the host's libm only what IEEE 754 fixes is used: square roots and rounding. Tested by
// tests/unit/interp_kernels_test.cpp.
#include <cmath>
#include <type_traits>

#include "interp/kernels.h"
#include "interp/recipes.h"

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
  template <class T>
  static T of(T x, T y) {
    return std::copysign(x, y);
  }
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

}  // namespace

BlockFn math_kernel(Op op, DType t) {
  if (op == Op::Floor) return unary_of_floats<Floor>(t);
  if (op == Op::Ceil) return unary_of_floats<Ceil>(t);
  if (op == Op::Trunc) return unary_of_floats<Trunc>(t);
  if (op == Op::Rint) return unary_of_floats<Rint>(t);
  if (op == Op::Sqrt) return unary_of_floats<Sqrt>(t);
  if (op == Op::Copysign) return binary_of_floats<Copysign>(t);
  if (op == Op::Nextafter) return binary_of_floats<Nextafter>(t);
  if (info_of(op).impl != Impl::math || t != DType::Float64) return nullptr;
  return recipe_kernel(recipe_of(op));
}

BlockFn kernel_for(Op op, DType result, DType operand) {
  if (op == Op::Cast) return cast_kernel(operand, result);
  if (op == Op::Where) return select_kernel(size_of(result));
  if (const BlockFn f = compare_kernel(op, operand)) return result == DType::Bool ? f : nullptr;
  if (operand != result) return nullptr;
  if (const BlockFn f = arithmetic_kernel(op, result)) return f;
  if (const BlockFn f = extremum_kernel(op, result)) return f;
  return math_kernel(op, result);
}

}  // namespace me::interp
