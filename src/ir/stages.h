// Moves reductions into stages of their own.
#pragma once

#include "ir/code.h"

namespace me::ir {

// `whole` is a map stage with reductions in line (Emitter::reduction), none of them inside a Loop, and
// one Store per target, whose index says which. Appends reduction stages and a map stage for each target
// to program.stages and the reductions' scalars to program.scalars.
void split_stages(Program& program, Stage whole,
                  const std::vector<std::uint32_t>& targets = {kResultTarget});

}  // namespace me::ir
