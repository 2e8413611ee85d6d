// Elementary functions: vmath's recipes expanded into code.
#pragma once

#include <optional>

#include "base/dtype.h"
#include "base/ops.h"
#include "wasm/shape.h"

namespace me::wasm {

struct MathResult {
  Registers registers;
  // Per register the lanes that need the slow path; empty if the recipe has none.
  Registers bad;
};

// The recipe of `op` over registers of `t`, float64 or float32, one after the other. Nothing if vmath
// has none of that name.
std::optional<MathResult> math(Code& code, Local tables, Op op, DType t, const Registers& a,
                               const Registers& b, const Registers& c);

bool math_may_redo(Op op, DType t);

}  // namespace me::wasm
