// Basic operations over single scalars, exactly as RULES.md has them: the one constant evaluator.
#pragma once

#include <array>
#include <optional>

#include "base/dtype.h"
#include "base/ops.h"

namespace me::ir {

// The value of op(args) with result dtype `dtype`; nothing for math operations, reductions, strings
// and Nextafter. Operand dtypes are as RULES.md demands.
std::optional<Scalar> evaluate(Op op, DType dtype, const std::array<Scalar, 3>& args);

}  // namespace me::ir
