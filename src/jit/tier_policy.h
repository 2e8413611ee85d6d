// When code is made: at once, or when a kernel's profile deserves it.
#pragma once

#include <cstdint>

#include "jit/tier.h"

namespace me::jit {

enum class TierPolicy : std::uint8_t {
  Immediate,  // compile() makes code of the highest tier allowed and returns then
  Profiled,   // the interpreter first, then tier after tier as the profile grows
};

// The tier that a kernel deserves after `calls` calls and `work` item instructions: about what the
// interpreter has cost compared with what the tier's compilation costs.
Tier deserved_tier(std::uint64_t calls, std::uint64_t work, Tier highest);

}  // namespace me::jit
