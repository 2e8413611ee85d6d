// The passes of opt_level 1, in order.
//
// Enters: a function with a local for every intermediate result. Leaves: the same with nested expressions and
// few locals; a third of the bytes. Example: 120 vector operations take under a millisecond natively. Passes that
// propagate constants are left out on purpose: vector constants belong in locals before the loop.
// Tested by tests/unit/wasm_module_test.cpp.
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
  for (bn::Pass* (*create)() :
       {bn::createOptimizeInstructionsPass, bn::createLocalCSEPass, bn::createSimplifyLocalsPass,
        bn::createVacuumPass, bn::createCoalesceLocalsPass, bn::createReorderLocalsPass,
        bn::createVacuumPass}) {
    runner.add(std::unique_ptr<bn::Pass>(create()));
  }
  // On this function directly: run() would start a pool of threads.
  runner.runOnFunction(&function);
}

}  // namespace me::wasm
