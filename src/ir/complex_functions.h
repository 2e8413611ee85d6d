// Elementary functions of complex numbers over float64 parts.
#pragma once

#include "ir/float_code.h"

namespace me::ir {

struct Complex {
  Num re, im;
};

Num complex_abs(Complex z);    // |z|, no overflow in between
Num complex_angle(Complex z);  // in [-pi, pi]
Complex complex_power(Complex z, Complex w);
// `op` is one of the functions of ops.def that complex numbers have (lang/operations_complex.cpp).
Complex complex_function(Op op, Complex z);

}  // namespace me::ir
