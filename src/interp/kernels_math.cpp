// Rounding, square roots, signs and elementary functions over blocks.
//
// Enters: operation and dtype. Leaves: a loop. Elementary functions are vmath's recipes over kLanes
// float64 lanes; lanes for which a recipe gives up are computed again by its slow path at once.
// Example: Sin of [0, 1e300] runs the fast recipe over both and the slow one over the second. Of
// the host's libm only what IEEE 754 fixes is used: square roots and rounding. Tested by
// tests/unit/interp_kernels_test.cpp.
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

#include "interp/kernels.h"
#include "vmath/functions.h"
#include "vmath/native_value.h"

namespace me::interp {
namespace {

// Two registers of 128 bits side by side hide latencies without running out of registers.
constexpr int kLanes = 4;

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

using Lanes = vmath::Native<kLanes>;

// Recipe R over n elements, n a multiple of kLanes. Flattened: GCC would leave the larger recipes
// as calls, which costs up to twice the time. Pointers may be unaligned; they only pass through
// memcpy.
template <class R>
[[gnu::flatten]] void whole_vectors(double* out, const double* a, const double* b, const double* c,
                                    std::size_t n) {
  for (std::size_t i = 0; i < n; i += kLanes) {
    if constexpr (R::kArity == 1) {
      R::evaluate(Lanes::load(a + i)).store(out + i);
    } else if constexpr (R::kArity == 2) {
      R::evaluate(Lanes::load(a + i), Lanes::load(b + i)).store(out + i);
    } else {
      R::evaluate(Lanes::load(a + i), Lanes::load(b + i), Lanes::load(c + i)).store(out + i);
    }
  }
}

// Recipe R over n elements; the last, incomplete vector is computed over padded copies.
template <class R>
void recipe(void* out, const void* a, const void* b, const void* c, std::size_t n) {
  const std::array<const double*, 3> inputs = {
      static_cast<const double*>(a), static_cast<const double*>(b), static_cast<const double*>(c)};
  double* result = static_cast<double*>(out);
  const std::size_t whole = n - n % kLanes;
  whole_vectors<R>(result, inputs[0], inputs[1], inputs[2], whole);
  if (whole == n) return;
  std::array<std::array<double, kLanes>, 3> x;
  for (int k = 0; k < R::kArity; ++k) {
    x[k].fill(1.0);
    std::memcpy(x[k].data(), inputs[k] + whole, (n - whole) * sizeof(double));
  }
  std::array<double, kLanes> y;
  whole_vectors<R>(y.data(), x[0].data(), x[1].data(), x[2].data(), kLanes);
  std::memcpy(result + whole, y.data(), (n - whole) * sizeof(double));
}

struct NamedRecipe {
  std::string_view name;
  BlockFn kernel;
};

constexpr NamedRecipe kRecipes[] = {
#define ME_RECIPE(arity, name) {#name, recipe<vmath::fn::name>},
    ME_VMATH_FUNCTIONS(ME_RECIPE, ME_RECIPE)
#undef ME_RECIPE
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
  const std::string_view name = recipe_of(op);
  for (const NamedRecipe& row : kRecipes) {
    if (row.name == name) return row.kernel;
  }
  return nullptr;
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
