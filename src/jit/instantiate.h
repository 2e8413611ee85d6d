// From a program to code in a host, in two steps: to modules, which may as well come from a file, and
// from modules to code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/metrics.h"
#include "base/steps.h"
#include "ir/code.h"
#include "jit/code.h"

namespace me::jit {

// The modules of all stages of one program.
struct Modules {
  Tier tier = Tier::OptimizingJit;
  int pointer_bits = 32;  // of the hosts that take them: me_host.h
  PhaseTimes times;       // of their generation
  std::uint64_t assumed = 0;  // Code::assumed
  std::vector<std::vector<std::uint8_t>> stages;
};

// Why there is no code: a line for humans, and what counts it.
struct Decline {
  Metric counter;
  std::string reason;
};

// Why no tier has code for this program, if so: cheap, before any host is asked for.
std::optional<Decline> unfit(const ir::Program& program);

// What stands between the program and code of `tier` in `host`, if anything does: cheap, nothing is
// compiled. `host` null: `why_no_host` says why. `if_faster`: the interpreter's being faster does, too.
std::optional<Decline> obstacle(const ir::Program& program, Tier tier, const HostPtr& host,
                                const std::string& why_no_host, bool if_faster);

// A pure function of its arguments; runs in any thread. All stages or none. `tier`: BaselineJit does
// not unroll, all others do.
std::variant<Modules, Decline> lower(const ir::Program& program, int pointer_bits, Tier tier);
// The same in steps. `program` outlives them.
Steps<std::variant<Modules, Decline>> lower_steps(const ir::Program& program, int pointer_bits,
                                                  Tier tier);

// The modules inside `host`, whose pointer width is theirs. Calls the host only.
std::variant<CodePtr, Decline> instantiate(Modules modules, const HostPtr& host);

}  // namespace me::jit
