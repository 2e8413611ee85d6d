// A compiled program: its IR, the interpreter's form of each stage, and the host's, where there is one.
#pragma once

#include <string>
#include <vector>

#include "base/phases.h"
#include "base/signature.h"
#include "interp/schedule.h"
#include "ir/code.h"
#include "jit/host.h"
#include "lang/dialect.h"

namespace me::jit {

enum class Tier : std::uint8_t { Interpreter, BaselineJit, OptimizingJit, AotOptimized };
std::string_view name_of(Tier t);

// What identifies a kernel: same text, signature and options, same kernel.
struct Source {
  std::string text;
  Signature signature;
  lang::Dialect dialect = lang::Dialect::Numpy;
  Tier max_tier = Tier::OptimizingJit;
};

// A stage inside the host.
struct CompiledStage {
  Entry entry;
  std::vector<std::uint8_t> bytes;
};

// Immutable after compile; evaluated by any number of threads at once.
struct Kernel {
  Source source;
  ir::Program program;
  std::vector<interp::StageProgram> stages;
  std::vector<std::vector<std::uint32_t>> reads;  // by stage: the operand slots that it reads
  std::vector<CompiledStage> compiled;  // one per stage, or empty: interpreter only
  Tier tier = Tier::Interpreter;
  std::string decline;  // why the tier is not higher; empty if it is the wished one
  std::string host;     // description of the host, if compiled
  PhaseTimes times;     // of its compilation
};

// Tier, stages, sizes and the reason for not being faster, for humans.
std::string explain(const Kernel& kernel);

}  // namespace me::jit
