// Reductions of complex numbers whose parts depend on each other, as folds of pairs of float64.
// The order is that of reduce_order.h; kernels of the code generator execute the same operations.
//
// An extremum compares real parts first and imaginary parts where those are equal. The first operand
// is kept where it has a NaN or is not beaten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "vmath/reduce_order.h"

namespace me::vmath {

struct PairValue {
  double re = 0, im = 0;
};

inline bool has_nan(PairValue v) { return v.re != v.re || v.im != v.im; }

struct MultiplyPairs {
  static constexpr PairValue kIdentity = {1.0, 0.0};
  static PairValue combine(PairValue a, PairValue b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
};

struct SmallerPair {
  static constexpr PairValue kIdentity = {std::numeric_limits<double>::infinity(),
                                          std::numeric_limits<double>::infinity()};
  static PairValue combine(PairValue a, PairValue b) {
    const bool first = (a.re < b.re && b.im == b.im) || (a.re == b.re && a.im <= b.im);
    return has_nan(a) || first ? a : b;
  }
};

struct LargerPair {
  static constexpr PairValue kIdentity = {-std::numeric_limits<double>::infinity(),
                                          -std::numeric_limits<double>::infinity()};
  static PairValue combine(PairValue a, PairValue b) {
    const bool first = (a.re > b.re && b.im == b.im) || (a.re == b.re && a.im >= b.im);
    return has_nan(a) || first ? a : b;
  }
};

}  // namespace me::vmath
