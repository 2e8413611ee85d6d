// Where compile time goes: nanoseconds per phase of one program's compilation.
//
// The phases are the rows of metrics.def whose unit is nanoseconds: each kernel keeps its own times,
// and the engine adds them up in its counters.
#pragma once

#include <array>
#include <chrono>
#include <coroutine>
#include <cstdint>

#include "metrics.h"

namespace me {

constexpr Metric kFirstPhase = Metric::ParseNs;
constexpr Metric kLastPhase = Metric::InstantiateNs;
constexpr std::size_t kPhaseCount =
    static_cast<std::size_t>(kLastPhase) - static_cast<std::size_t>(kFirstPhase) + 1;

class PhaseTimes {
 public:
  std::uint64_t& operator[](Metric phase) { return ns_[index(phase)]; }
  std::uint64_t operator[](Metric phase) const { return ns_[index(phase)]; }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t ns : ns_) sum += ns;
    return sum;
  }
  PhaseTimes& operator+=(const PhaseTimes& other) {
    for (std::size_t i = 0; i < kPhaseCount; ++i) ns_[i] += other.ns_[i];
    return *this;
  }
  void count(Metrics& metrics) const {
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      metrics.add(static_cast<Metric>(static_cast<std::size_t>(kFirstPhase) + i), ns_[i]);
    }
  }

 private:
  static std::size_t index(Metric phase) {
    return static_cast<std::size_t>(phase) - static_cast<std::size_t>(kFirstPhase);
  }
  std::array<std::uint64_t, kPhaseCount> ns_{};
};

// A lap timer: each end() adds the time since the one before (or since it was made) to a phase.
class PhaseTimer {
 public:
  explicit PhaseTimer(PhaseTimes& times) : times_(times) {}
  void end(Metric phase) {
    const auto now = Clock::now();
    times_[phase] += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - last_).count());
    last_ = now;
  }

  // co_await timer.step_of(phase): a step of Steps ends, and time counts again from the next one on.
  auto step_of(Metric phase) {
    struct Pause {
      PhaseTimer& timer;
      Metric phase;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<>) { timer.end(phase); }
      void await_resume() { timer.last_ = Clock::now(); }
    };
    return Pause{*this, phase};
  }

 private:
  using Clock = std::chrono::steady_clock;
  PhaseTimes& times_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace me
