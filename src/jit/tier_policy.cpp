// The thresholds of promotion by profile.
//
// Enters: calls and items times instructions. Leaves: a tier. A kernel is worth compiling when the
// interpreter has taken about as long as compiling takes: whoever stops right then has lost a factor of
// two at most. Example: a + b over 1e6 items (3 instructions) is 3e6 of work, past the baseline tier's
// threshold in its first call. Tested by tests/unit/tiers_test.cpp.
#include "jit/tier_policy.h"

#include <algorithm>

#include "base/tuning.h"

namespace me::jit {

Tier deserved_tier(std::uint64_t calls, std::uint64_t work, Tier highest) {
  const std::uint64_t cost = work + calls * tuning::kCallWork;
  Tier tier = Tier::Interpreter;
  if (cost >= tuning::kBaselineWork) tier = Tier::BaselineJit;
  if (cost >= tuning::kOptimizingWork) tier = Tier::OptimizingJit;
  return std::min(tier, highest);
}

}  // namespace me::jit
