// Optimisation: the passes of passes.def.
#pragma once

#include "ir/code.h"

namespace me::ir {

// Runs all passes over all stages until nothing changes, and fills in result_uniform.
void run_passes(Program& program);
// program.result_uniform as far as it shows: the final Store is of one splatted value.
void update_result_uniform(Program& program);

}  // namespace me::ir
