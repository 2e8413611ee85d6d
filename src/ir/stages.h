// Moves reductions into stages of their own.
#pragma once

#include "ir/code.h"

namespace me::ir {

// `whole` is a map stage with reductions in line (Emitter::reduction), none of them inside a Loop.
// Fills in program.stages and appends the reductions' scalars to program.scalars.
void split_stages(Program& program, Stage whole);

}  // namespace me::ir
