// The passes of opt_level 1, in order.
//
// Enters: a function whose expressions are nested already (nest.h). Leaves: the same with simpler
// instructions and locals shared by results that are never needed at the same time. Example: the
// kernel of a Black-Scholes formula, 500 vector operations, takes 1.5 ms and keeps 130 of 630
// locals. Passes that move or propagate constants are left out on purpose, as vector constants
// belong in locals before the loop, and so are LocalCSE and SimplifyLocals, which take ten times as
// long and leave little better code. Tested by tests/unit/wasm_module_test.cpp.
#include "wasm/optimize.h"

#include <memory>

#include "pass.h"
#include "passes/passes.h"

namespace me::wasm {

void optimize(bn::Module& module, bn::Function& function) {
  bn::PassOptions options;
  options.optimizeLevel = 2;
  options.shrinkLevel = 0;
  options.validate = false;
  bn::PassRunner runner(&module, options);
  for (bn::Pass* (*create)() : {bn::createOptimizeInstructionsPass, bn::createCoalesceLocalsPass,
                                bn::createReorderLocalsPass, bn::createVacuumPass}) {
    runner.add(std::unique_ptr<bn::Pass>(create()));
  }
  // On this function directly: run() would start a pool of threads.
  runner.runOnFunction(&function);
}

}  // namespace me::wasm
