// The engine: host choice, counters, kernel cache, interrupt flag. One default engine per process stands
// behind the C interface.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <span>
#include <unordered_map>

#include "base/env.h"
#include "base/metrics.h"
#include "jit/compile.h"
#include "jit/runtime/compile_queue.h"
#include "jit/runtime/function_ids.h"
#include "jit/store/disk_cache.h"
#include "jit/host.h"
#include "jit/kernel.h"
#include "jit/runtime/tier_dice.h"
#include "jit/store/kernel_file.h"

namespace me::jit {

class Engine {
 public:
  // With the kernel cache on disk that the environment asks for, if it does.
  Engine();

  // From the cache, or compiled and put there.
  Result<std::shared_ptr<const Kernel>> kernel(Source source);

  // The kernel of a file (jit/store/kernel_file), at the tier AotOptimized, which kernel() gives from now on,
  // too. Another ABI or build is an error or, with `recompile`, a reason to compile the file's source.
  Result<std::shared_ptr<const Kernel>> load(KernelFile file, bool recompile);

  // As kernel(), but what is not in the cache stays without code, in the interpreter, until adopt().
  Result<std::shared_ptr<const Kernel>> deferred(Source source);
  // The same in steps.
  Steps<Result<std::shared_ptr<const Kernel>>> deferred_steps(Source source);
  // Gives a kernel the code that somebody has made of `file`, a file of this kernel, inside the host in
  // force: one entry per stage. The entries are the engine's from now on, in any case.
  Outcome adopt(const std::shared_ptr<const Kernel>& kernel, KernelFile file,
                std::span<const std::uintptr_t> entries);

  // The kernel cache on disk from now on, for modules and for machine code; empty: none.
  Outcome use_disk_cache(const std::string& directory, std::uint64_t max_bytes);
  DiskCache& disk_cache() { return disk_; }

  HostChoice& hosts() { return hosts_; }
  CompileQueue& queue() { return queue_; }
  TierDice& dice() { return dice_; }
  // After how much work in the interpreter a loop is entered in code (tuning::kLoopEntryWork).
  std::int64_t loop_entry_work() const { return loop_entry_work_.load(std::memory_order_relaxed); }
  void set_loop_entry_work(std::int64_t work) { loop_entry_work_.store(work, std::memory_order_relaxed); }
  FunctionIds& functions() { return functions_; }
  Metrics& metrics() { return metrics_; }
  // Where print() writes; nullptr: standard output.
  using PrintSink = void (*)(void* user, const char* text, std::size_t length);
  void set_print_sink(PrintSink sink, void* user);
  void print(const std::string& text);
  void interrupt(bool on) { interrupt_.store(on ? 1 : 0, std::memory_order_relaxed); }
  const std::atomic<std::uint32_t>& interrupt_flag() const { return interrupt_; }

 private:
  using Cached = std::pair<std::string, std::shared_ptr<const Kernel>>;

  // From the cache in memory, or null.
  std::shared_ptr<const Kernel> remembered(const std::string& key);
  // Puts a kernel into the cache in memory. Gives the one that is there, or else this one.
  std::shared_ptr<const Kernel> remember(const std::string& key, std::shared_ptr<const Kernel> kernel,
                                         bool replace);

  HostChoice hosts_;
  Metrics metrics_;
  DiskCache disk_{metrics_};
  std::atomic<std::uint32_t> interrupt_{0};
  std::mutex mutex_;
  std::mutex print_mutex_;  // of the sink's two words
  PrintSink print_sink_ = nullptr;
  void* print_user_ = nullptr;
  std::list<Cached> recent_;  // most recently used first
  std::unordered_map<std::string_view, std::list<Cached>::iterator> index_;  // keys live in recent_
  FunctionIds functions_;
  TierDice dice_{env::tier_dice()};
  std::atomic<std::int64_t> loop_entry_work_{env::loop_entry_work()};
  CompileQueue queue_;  // ends first: its jobs count in metrics_
};

Engine& default_engine();

}  // namespace me::jit
