// Operations without a vector form: lane by lane, or as a loop over vectors.
#pragma once

#include "base/ops.h"
#include "wasm/shape.h"

namespace me::wasm {

// DivTrunc, FloorDivide, Mod, Fmod of integers.
Registers integer_division(Code& code, Shape shape, Op op, DType t, const Registers& a,
                           const Registers& b);

// Shl, Shr with RULES.md's treatment of counts outside the width. A splat count is one shift
// instruction.
Registers shift(Code& code, Op op, const Value& a, const Value& count);

// Pow of integers.
Registers integer_power(Code& code, DType t, const Registers& a, const Registers& b);

}  // namespace me::wasm
