// A compiled program: its IR, the interpreter's form of each stage, and the code that a host runs, where
// there is some.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/phases.h"
#include "base/signature.h"
#include "interp/schedule.h"
#include "ir/code.h"
#include "jit/call_plan.h"
#include "jit/code_slot.h"
#include "jit/profile.h"
#include "jit/tier_policy.h"
#include "lang/dialect.h"

namespace me::jit {

// What identifies a kernel: same text, signature and options, same kernel.
struct Source {
  std::string text;
  Signature signature;
  lang::Dialect dialect = lang::Dialect::Numpy;
  Tier max_tier = Tier::OptimizingJit;
  bool fastest = false;  // the interpreter will do where it is faster (jit/tier_choice.h)
  TierPolicy policy = TierPolicy::Immediate;
};

// Immutable after compile but for the code, which may be replaced at any time; evaluated by any number
// of threads at once.
struct Kernel : std::enable_shared_from_this<Kernel> {
  Source source;
  ir::Program program;
  std::vector<interp::StageProgram> stages;
  std::vector<std::vector<std::uint32_t>> reads;  // by stage: the operand slots that it reads
  CallPlan plan;
  PhaseTimes times;  // of everything but the code
  std::shared_ptr<Profile> profile = std::make_shared<Profile>();
  mutable CodeSlot code;
};

// Tier, stages, sizes and the reason for not being faster, for humans.
std::string explain(const Kernel& kernel);

}  // namespace me::jit
