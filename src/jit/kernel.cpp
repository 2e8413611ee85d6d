// What a kernel says of itself.
//
// Enters: a Kernel. Leaves: text such as
//   tier: optimizing JIT (wasm helpers)
//   result: float64
//   compiled in 1310 us: parse 4 infer 11 build 8 lower 27 optimize 107 encode 42 instantiate 840
//   stage 0 reduction: 5 instructions, 412 bytes of wasm
// Tested by tests/python/test_kernel.py.
#include "jit/kernel.h"

#include "ir/assume_uniform.h"
#include "ir/print.h"

namespace me::jit {

namespace {

std::string compile_times(const PhaseTimes& times) {
  std::string out = "compiled in " + std::to_string(times.total() / 1000) + " us:";
  for (std::size_t i = 0; i < kPhaseCount; ++i) {
    const auto phase = static_cast<Metric>(static_cast<std::size_t>(kFirstPhase) + i);
    const std::string_view name = name_of(phase);
    if (times[phase] < 1000) continue;
    out += " " + std::string(name.substr(0, name.rfind('_'))) + " " +
           std::to_string(times[phase] / 1000);
  }
  return out + "\n";
}

// The tiers that evaluations began in, and what moved the kernel between them.
std::string history(const Profile& profile) {
  std::string out;
  for (int t = 0; t < kTierCount; ++t) {
    const std::uint64_t calls = profile.calls[static_cast<std::size_t>(t)];
    if (calls == 0) continue;
    out += (out.empty() ? "calls: " : ", ") + std::to_string(calls) + " in " +
           std::string(name_of(static_cast<Tier>(t)));
  }
  if (!out.empty()) out += "\n";
  if (profile.deoptimizations + profile.osr_entries > 0) {
    out += "promotions: " + std::to_string(profile.promotions) +
           ", deoptimizations: " + std::to_string(profile.deoptimizations) +
           ", on-stack replacements: " + std::to_string(profile.osr_entries) + "\n";
  }
  return out;
}

std::string assumed_names(const Kernel& kernel, const Code& code) {
  std::string names;
  for (std::size_t i = 0; i < kernel.program.operands.size() && i < ir::kAssumableOperands; ++i) {
    if ((code.assumed >> i & 1) == 0) continue;
    names += (names.empty() ? "" : ", ") + kernel.source.signature.params[kernel.program.operands[i].param].name;
  }
  return names;
}

}  // namespace

std::string explain(const Kernel& kernel) {
  const CodePtr code = kernel.code.share();
  std::string out = "tier: " + std::string(name_of(code ? code->tier : Tier::Interpreter));
  if (code) out += " (" + code->host->description() + ")";
  out += "\n";
  if (code && code->assumed != 0) out += "assumes one value each: " + assumed_names(kernel, *code) + "\n";
  const std::string decline = kernel.code.decline();
  if (!decline.empty()) {
    out += "why not compiled: " + decline + "\n";
  } else if (!code && kernel.source.policy == TierPolicy::Profiled) {
    out += "why not compiled: its profile does not deserve it yet\n";
  }
  out += history(*kernel.profile);
  out += "result: " + std::string(name_of(kernel.program.result));
  if (kernel.program.result_uniform) out += ", one value";
  out += "\n";
  PhaseTimes times = kernel.times;
  if (code) times += code->times;
  out += compile_times(times);
  for (std::size_t i = 0; i < kernel.program.stages.size(); ++i) {
    const ir::Stage& stage = kernel.program.stages[i];
    out += "stage " + std::to_string(i) +
           (stage.is_reduction() ? " reduction" : ir::stage_kind(kernel.program, stage)) + ": " +
           std::to_string(stage.insts.size()) + " instructions";
    if (code) out += ", " + std::to_string(code->stages[i].bytes.size()) + " bytes of wasm";
    out += "\n";
  }
  return out;
}

}  // namespace me::jit
