// Typing of operations on complex numbers.
#pragma once

#include "lang/operations.h"

namespace me::lang {

// Whether apply_complex() types this use: an operand is complex (but and, or, not ask for truth
// alone), or the operation is about parts.
bool concerns_complex(const Application& use);

// As apply(), for those uses.
Result<Value> apply_complex(Emitter& emit, const Rules& rules, const Application& use);

}  // namespace me::lang
