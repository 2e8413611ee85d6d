// Comparisons over blocks, and the sign bit of floats: results are bool, bytes 0 or 1.
//
// Enters: operation and operand dtype. Leaves: a loop. Example: Lt of float64 NaN and 1 is 0, Ne is
// 1; Signbit of -0.0 is 1. Tested by tests/unit/interp_kernels_test.cpp.
#include <cmath>

#include "interp/kernels.h"

namespace me::interp {
namespace {

#define ME_COMPARISON(Name, op) \
  struct Name {                 \
    template <class T>          \
    static bool of(T a, T b) {  \
      return a op b;            \
    }                           \
  };
ME_COMPARISON(Lt, <)
ME_COMPARISON(Le, <=)
ME_COMPARISON(Gt, >)
ME_COMPARISON(Ge, >=)
ME_COMPARISON(Eq, ==)
ME_COMPARISON(Ne, !=)
#undef ME_COMPARISON

struct Signbit {
  static bool of(float a) { return __builtin_bit_cast(std::uint32_t, a) >> 31 != 0; }
  static bool of(double a) { return __builtin_bit_cast(std::uint64_t, a) >> 63 != 0; }
};

template <class F>
BlockFn comparison(DType t) {
  return for_dtype(t, []<DType D>() -> BlockFn { return map2<F, std::uint8_t, Lane<D>>; });
}

}  // namespace

BlockFn compare_kernel(Op op, DType t) {
  if (op == Op::Lt) return comparison<Lt>(t);
  if (op == Op::Le) return comparison<Le>(t);
  if (op == Op::Gt) return comparison<Gt>(t);
  if (op == Op::Ge) return comparison<Ge>(t);
  if (op == Op::Eq) return comparison<Eq>(t);
  if (op == Op::Ne) return comparison<Ne>(t);
  if (op == Op::Signbit && t == DType::Float32) return map1<Signbit, std::uint8_t, float>;
  if (op == Op::Signbit && t == DType::Float64) return map1<Signbit, std::uint8_t, double>;
  return nullptr;
}

}  // namespace me::interp
