// Compilations off the calling thread.
#pragma once

#include <atomic>

#include "jit/runtime/compile_job.h"

namespace me::jit {

// Thread-safe. One worker thread, started with the first job; builds without threads run their jobs
// when asked. A forked child has a queue and a worker of its own: what waited in its parent is the
// parent's.
class CompileQueue {
 public:
  CompileQueue();
  ~CompileQueue();
  CompileQueue(const CompileQueue&) = delete;
  CompileQueue& operator=(const CompileQueue&) = delete;

  void submit(CompileJobPtr job);
  // Runs the jobs that wait, in this thread.
  void run_waiting();
  // Cancels what has not begun and waits for what has; jobs that come later are cancelled.
  void end();
  // Whether end() was called: nothing is compiled any more.
  bool has_ended() const { return ended_.load(std::memory_order_relaxed); }

 private:
  struct State;

  State& state();

  std::atomic<bool> ended_{false};
  std::atomic<State*> state_;  // of this process; its parents' are left alone
};

}  // namespace me::jit
