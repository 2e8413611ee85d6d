// Moves reductions into stages of their own.
#pragma once

#include "ir/code.h"

namespace me::ir {

// `whole` is a map stage with reductions in line (Emitter::reduction), none of them inside a Loop, and
// one Store per target, whose index says which. Appends reduction stages and a map stage for each target
// to program.stages and the reductions' scalars to program.scalars. The map stages run over
// `result_domain` if there are reductions. False: too many stages, and nothing is to be used.
bool split_stages(Program& program, Stage whole,
                  const std::vector<std::uint32_t>& targets = {kResultTarget},
                  std::uint32_t result_domain = 0);

}  // namespace me::ir
