// Thread-safe counters of an engine, one per row of metrics.def.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace me {

enum class Metric : std::uint8_t {
#define ME_METRIC(Id, name, unit, sentence) Id,
#include "metrics.def"
};

constexpr std::size_t kMetricCount = 0
#define ME_METRIC(Id, name, unit, sentence) +1
#include "metrics.def"
    ;

class Metrics {
 public:
  void add(Metric m, std::uint64_t n = 1) {
    counters_[static_cast<std::size_t>(m)].fetch_add(n, std::memory_order_relaxed);
  }
  std::uint64_t get(Metric m) const {
    return counters_[static_cast<std::size_t>(m)].load(std::memory_order_relaxed);
  }
  void reset() {
    for (auto& c : counters_) c.store(0, std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kMetricCount> counters_{};
};

constexpr std::string_view name_of(Metric m) {
  constexpr std::string_view kNames[] = {
#define ME_METRIC(Id, name, unit, sentence) name,
#include "metrics.def"
  };
  return kNames[static_cast<std::size_t>(m)];
}

constexpr std::string_view sentence_of(Metric m) {
  constexpr std::string_view kSentences[] = {
#define ME_METRIC(Id, name, unit, sentence) sentence,
#include "metrics.def"
  };
  return kSentences[static_cast<std::size_t>(m)];
}

}  // namespace me
