// Functions that are typed as the operations they consist of.
#pragma once

#include "lang/operations.h"

namespace me::lang {

// isclose, round with a number of decimals, complex(x, y), sinc of complex numbers.
bool is_composed(const Application& use);

Result<Value> apply_composed(Emitter& emit, const Rules& rules, const Application& use);

}  // namespace me::lang
