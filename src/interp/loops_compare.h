// Comparisons over blocks, and the sign bit of floats: results are bool, bytes 0 or 1.
//
// Example: Lt of float64 NaN and 1 is 0, Ne is 1; Signbit of -0.0 is 1. Included by basic_loops.h
// only.
#pragma once

#include "interp/block.h"

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
BlockFn comparison(DType t, unsigned uniform) {
  if (uniform != 0) return with_uniform<F, std::uint8_t>(t, uniform);
  return for_dtype(t, []<DType D>() -> BlockFn { return map2<F, std::uint8_t, Lane<D>>; });
}

BlockFn comparison_loop(Op op, DType t, unsigned uniform) {
  if (op == Op::Lt) return comparison<Lt>(t, uniform);
  if (op == Op::Le) return comparison<Le>(t, uniform);
  if (op == Op::Gt) return comparison<Gt>(t, uniform);
  if (op == Op::Ge) return comparison<Ge>(t, uniform);
  if (op == Op::Eq) return comparison<Eq>(t, uniform);
  if (op == Op::Ne) return comparison<Ne>(t, uniform);
  if (uniform != 0) return nullptr;
  if (op == Op::Signbit && t == DType::Float32) return map1<Signbit, std::uint8_t, float>;
  if (op == Op::Signbit && t == DType::Float64) return map1<Signbit, std::uint8_t, double>;
  return nullptr;
}

}  // namespace
}  // namespace me::interp
