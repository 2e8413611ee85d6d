// The passes of opt_level 1, in order.
//
// Enters: a function whose expressions are nested already (nest.h). Leaves: the same with locals
// shared by results that are never needed at the same time; the baseline compilers of engines gain
// from that. Example: a Black-Scholes formula of 500 vector operations keeps 130 of 200 locals in
// a millisecond. Left out on purpose: passes that propagate constants, as vector constants belong
// in locals before the loop; LocalCSE, SimplifyLocals and OptimizeInstructions, which take ten
// times as long, or quadratic time on deep expressions, and leave no faster code.
// Tested by tests/unit/wasm_module_test.cpp.
#include "wasm/optimize.h"

#include <memory>

#include "pass.h"
#include "passes/passes.h"

namespace me::wasm {
namespace {

// CoalesceLocals takes time that grows with the square of this: 2 ms here, a minute for 20000.
constexpr bn::Index kMaxCoalescedLocals = 400;

}  // namespace

void optimize(bn::Module& module, bn::Function& function) {
  bn::PassOptions options;
  options.optimizeLevel = 2;
  options.shrinkLevel = 0;
  options.validate = false;
  bn::PassRunner runner(&module, options);
  const auto add = [&](bn::Pass* pass) { runner.add(std::unique_ptr<bn::Pass>(pass)); };
  if (function.getNumLocals() <= kMaxCoalescedLocals) add(bn::createCoalesceLocalsPass());
  add(bn::createReorderLocalsPass());
  add(bn::createVacuumPass());
  // On this function directly: run() would start a pool of threads.
  runner.runOnFunction(&function);
}

}  // namespace me::wasm
