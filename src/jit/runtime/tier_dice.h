// Tiers that change at random, for tests: no result may show it.
#pragma once

#include <atomic>
#include <cstdint>

namespace me::jit {

// Thread-safe. Where it is thrown, and what for, is written there.
class TierDice {
 public:
  explicit TierDice(std::uint64_t seed) : state_(seed) {}
  // 0: nothing is left to chance.
  void seed(std::uint64_t seed) { state_.store(seed, std::memory_order_relaxed); }

  // True with a chance of `parts` in 256; always false without a seed.
  bool falls(unsigned parts) {
    if (state_.load(std::memory_order_relaxed) == 0) return false;
    // SplitMix64.
    std::uint64_t z = state_.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return ((z ^ (z >> 31)) & 255) < parts;
  }
  bool is_on() const { return state_.load(std::memory_order_relaxed) != 0; }

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace me::jit
