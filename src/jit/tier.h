// The tiers that a kernel runs in, from the fastest start to the fastest code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace me::jit {

enum class Tier : std::uint8_t { Interpreter, BaselineJit, OptimizingJit, AotOptimized };

constexpr int kTierCount = 4;

constexpr std::string_view name_of(Tier t) {
  constexpr std::string_view kNames[] = {"interpreter", "baseline JIT", "optimizing JIT",
                                         "ahead-of-time code"};
  return kNames[static_cast<std::size_t>(t)];
}

}  // namespace me::jit
