// Rewrites what the language has and RULES.md does not: operations of kind `expand`, elementary
// functions on float32, and powers, remainders and floor divisions of floats. Every tier sees the
// outcome only, so whatever is decided here is decided for all of them.
#pragma once

#include <array>

#include "ir/emit.h"

namespace me::ir {

// The value of op(args) with result dtype `dtype`. Operands have the dtypes that type inference
// gives: `dtype` itself, a float for predicates, bool for the condition of where, the compared
// dtype for comparisons. Unused entries of `args` are kNoValue. Not for reductions.
ValueId expand(Emitter& emit, Op op, DType dtype, const std::array<ValueId, 3>& args);

}  // namespace me::ir
