// How often and how long a kernel has run: what its promotion is decided by.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "jit/tier.h"

namespace me::jit {

// Thread-safe, all relaxed: a count that is seen late promotes late.
struct Profile {
  std::array<std::atomic<std::uint64_t>, kTierCount> calls{};  // evaluations by the tier they began in
  std::atomic<std::uint64_t> recorded{0};  // calls that somebody else counted
  std::atomic<std::uint64_t> work{0};      // items times instructions, since the last invalidation
  std::atomic<std::uint64_t> warmth{0};    // calls since the last invalidation
  std::atomic<std::uint64_t> promotions{0};
  std::atomic<std::uint64_t> deoptimizations{0};
  std::atomic<std::uint64_t> osr_entries{0};
  // Operands, by slot, that some evaluation saw as one value for all its items, and such as varied.
  std::atomic<std::uint64_t> uniform{0};
  std::atomic<std::uint64_t> varied{0};
  std::atomic<bool> was_wrong{false};  // an assumption about them
  // The tier that was asked for last, so that it is asked for once.
  std::atomic<Tier> requested{Tier::Interpreter};

  std::uint64_t total_calls() const {
    std::uint64_t sum = recorded.load(std::memory_order_relaxed);
    for (const auto& n : calls) sum += n.load(std::memory_order_relaxed);
    return sum;
  }
  // The operands that code may assume to be one value.
  std::uint64_t always_uniform() const {
    return uniform.load(std::memory_order_relaxed) & ~varied.load(std::memory_order_relaxed);
  }
  // As at the beginning, but for the counts that are told to humans and what operands were like.
  void cool() {
    work.store(0, std::memory_order_relaxed);
    warmth.store(0, std::memory_order_relaxed);
    requested.store(Tier::Interpreter, std::memory_order_relaxed);
  }
};

}  // namespace me::jit
