// Per-element control flow as masks.
#pragma once

#include "base/status.h"
#include "ir/build_expr.h"
#include "ir/divergence.h"

namespace me::ir {

// Appends the statements of `typed` to the emitter's empty stage, up to and including the Store.
// Reductions stay in line (Emitter::reduction). The stage's first locals are the program's.
Outcome emit_statements(const lang::TypedProgram& typed, Slots& slots, Stage& stage);

}  // namespace me::ir
