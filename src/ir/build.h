// From the typed program to the IR.
#pragma once

#include "base/status.h"
#include "ir/code.h"
#include "lang/typed.h"

namespace me::ir {

// A legal program (RULES.md), not optimised. The only error is a reduction inside a loop, which has
// no number of passes over the data that is known in advance.
Result<Program> build(const lang::TypedProgram& typed);

}  // namespace me::ir
