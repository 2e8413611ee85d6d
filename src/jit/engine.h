// The engine: host choice, counters, kernel cache, interrupt flag. One default engine per process stands
// behind the C interface.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <unordered_map>

#include "base/metrics.h"
#include "jit/compile.h"
#include "jit/host.h"
#include "jit/kernel.h"

namespace me::jit {

class Engine {
 public:
  // From the cache, or compiled and put there.
  Result<std::shared_ptr<const Kernel>> kernel(Source source);

  HostChoice& hosts() { return hosts_; }
  Metrics& metrics() { return metrics_; }
  // Where print() writes; nullptr: standard output.
  using PrintSink = void (*)(void* user, const char* text, std::size_t length);
  void set_print_sink(PrintSink sink, void* user);
  void print(const std::string& text);
  void interrupt(bool on) { interrupt_.store(on ? 1 : 0, std::memory_order_relaxed); }
  const std::atomic<std::uint32_t>& interrupt_flag() const { return interrupt_; }

 private:
  using Cached = std::pair<std::string, std::shared_ptr<const Kernel>>;

  HostChoice hosts_;
  Metrics metrics_;
  std::atomic<std::uint32_t> interrupt_{0};
  std::mutex mutex_;
  std::mutex print_mutex_;  // of the sink's two words
  PrintSink print_sink_ = nullptr;
  void* print_user_ = nullptr;
  std::list<Cached> recent_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Cached>::iterator> index_;  // keys live in recent_
};

Engine& default_engine();

}  // namespace me::jit
