// Integer operations that SIMD128 has for floats only: division, and shifts by vectors.
#pragma once

#include "base/ops.h"
#include "wasm/shape.h"

namespace me::wasm {

// DivTrunc, FloorDivide, Mod, Fmod of integers of at most 32 bits.
Registers divide_through_floats(Code& code, Shape shape, Op op, DType t, const Registers& a,
                                const Registers& b);

// The same of 64 bits, right where both operands lie between -2^51 and 2^51. `any_large`, an i32
// expression, is not zero if some item does not.
struct SmallDivision {
  Registers registers;
  Node any_large = nullptr;
};
SmallDivision divide_small_longs(Code& code, Shape shape, Op op, DType t, const Registers& a,
                                 const Registers& b);

// Shl, Shr of integers of at most 32 bits, one count per lane, with RULES.md's treatment of counts
// outside the width.
Registers shift_through_floats(Code& code, Op op, DType t, Shape shape, const Registers& a,
                               const Registers& count);

}  // namespace me::wasm
