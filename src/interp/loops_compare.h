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

// f.template operator()<F>() for the comparison `op`; nothing for other operations.
template <class Choose>
auto for_comparison(Op op, Choose f) -> decltype(f.template operator()<Lt>()) {
  if (op == Op::Lt) return f.template operator()<Lt>();
  if (op == Op::Le) return f.template operator()<Le>();
  if (op == Op::Gt) return f.template operator()<Gt>();
  if (op == Op::Ge) return f.template operator()<Ge>();
  if (op == Op::Eq) return f.template operator()<Eq>();
  if (op == Op::Ne) return f.template operator()<Ne>();
  return {};
}

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
  if (op == Op::Signbit) {
    if (uniform != 0) return nullptr;
    if (t == DType::Float32) return map1<Signbit, std::uint8_t, float>;
    return t == DType::Float64 ? map1<Signbit, std::uint8_t, double> : nullptr;
  }
  return for_comparison(op, [=]<class F>() { return comparison<F>(t, uniform); });
}

}  // namespace
}  // namespace me::interp
