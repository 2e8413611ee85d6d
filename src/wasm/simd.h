// Operations on single registers. The dtype says how lanes are to be read; bool is not among them.
#pragma once

#include "base/ops.h"
#include "wasm/shape.h"

namespace me::wasm {

// Per lane width: the instruction for 8, 16, 32 and 64 bits.
struct PerWidth {
  bn::BinaryOp ops[4];
  bn::BinaryOp at(unsigned width) const {
    return ops[width == 8 ? 0 : width == 16 ? 1 : width == 32 ? 2 : 3];
  }
};

// Add, Sub, Mul, Div, Neg, Abs, BitAnd/Or/Xor/Not, Minimum, Maximum, Fmin, Fmax, Floor, Ceil,
// Trunc, Rint, Sqrt, Copysign, Nextafter. Null for an operation or dtype without a vector form.
Node simd(Code& code, Op op, DType t, Local a, Local b);

// Lt, Le, Gt, Ge, Eq, Ne of lanes of t: a mask of t's width.
Node simd_compare(Code& code, Op op, DType t, Local a, Local b);

// The same of masks, read as 0 and 1.
Node mask_compare(Code& code, Op op, Local a, Local b);

// Lanes shifted by a constant.
Node shift_left(Code& code, unsigned width, Local a, unsigned count);
Node shift_right(Code& code, unsigned width, bool is_signed, Local a, unsigned count);
bn::SIMDShiftOp shift_op(Op op, DType t);

}  // namespace me::wasm
