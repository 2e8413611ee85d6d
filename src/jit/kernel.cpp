// What a kernel says of itself.
//
// Enters: a Kernel. Leaves: text such as
//   tier: optimizing JIT (wasm helpers)
//   result: float64
//   stage 0 reduction: 5 instructions, 412 bytes of wasm
// Tested by tests/python/test_kernel.py.
#include "jit/kernel.h"

#include "ir/print.h"

namespace me::jit {

std::string_view name_of(Tier t) {
  switch (t) {
    case Tier::Interpreter: return "interpreter";
    case Tier::BaselineJit: return "baseline JIT";
    case Tier::OptimizingJit: return "optimizing JIT";
    case Tier::AotOptimized: return "ahead-of-time code";
  }
  return "";
}

std::string explain(const Kernel& kernel) {
  std::string out = "tier: " + std::string(name_of(kernel.tier));
  if (!kernel.host.empty()) out += " (" + kernel.host + ")";
  out += "\n";
  if (!kernel.decline.empty()) out += "why not compiled: " + kernel.decline + "\n";
  out += "result: " + std::string(name_of(kernel.program.result));
  if (kernel.program.result_uniform) out += ", one value";
  out += "\n";
  for (std::size_t i = 0; i < kernel.program.stages.size(); ++i) {
    const ir::Stage& stage = kernel.program.stages[i];
    out += "stage " + std::to_string(i) +
           (stage.is_reduction() ? " reduction" : ir::stage_kind(kernel.program, stage)) + ": " +
           std::to_string(stage.insts.size()) + " instructions";
    if (i < kernel.compiled.size()) {
      out += ", " + std::to_string(kernel.compiled[i].bytes.size()) + " bytes of wasm";
    }
    out += "\n";
  }
  return out;
}

}  // namespace me::jit
