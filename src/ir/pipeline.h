// Optimisation: the passes of passes.def.
#pragma once

#include "base/status.h"
#include "base/steps.h"
#include "ir/code.h"

namespace me::ir {

// Runs all passes over all stages until nothing changes. The shape of the result stays what the
// program says: a | -1 is one value per element of a, however well its value is known.
void run_passes(Program& program);
// The same, a pass at a time.
Steps<Unit> pass_steps(Program& program);
// Fills in program.result_uniform before any pass: the final Store is of one splatted value.
void update_result_uniform(Program& program);

}  // namespace me::ir
