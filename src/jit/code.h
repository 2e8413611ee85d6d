// The compiled code of one kernel in one tier, inside one host.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/phases.h"
#include "jit/host.h"
#include "jit/loop_entries.h"
#include "jit/tier.h"

namespace me::jit {

// A stage inside the host.
struct CompiledStage {
  Entry entry;
  std::vector<std::uint8_t> bytes;  // of its module
};

// Immutable. Kernels, evaluations under way and whoever inspects it share it; its entries go back to
// the host with the last of them.
struct Code {
  Tier tier = Tier::Interpreter;
  HostPtr host;
  PhaseTimes times;  // of its generation and instantiation
  std::uint64_t assumed = 0;  // operands, by slot, that it takes to be one value (ir/assume_uniform.h)
  std::vector<CompiledStage> stages;  // one for each stage of the program, never empty
  // What evaluations enter in the middle of their loops: the one thing that grows, by what they ask for.
  std::shared_ptr<LoopEntries> loops = std::make_shared<LoopEntries>();

  std::int64_t address_bias() const { return host->table().address_bias; }
  // The host may not be called any more.
  bool is_withdrawn() const { return host->is_withdrawn(); }
};

using CodePtr = std::shared_ptr<const Code>;

}  // namespace me::jit
