// Compilations off the calling thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "jit/compile_job.h"

namespace me::jit {

// Thread-safe. One worker thread, started with the first job; builds without threads run their jobs
// when asked.
class CompileQueue {
 public:
  CompileQueue() = default;
  ~CompileQueue();  // cancels what has not begun and waits for what has
  CompileQueue(const CompileQueue&) = delete;
  CompileQueue& operator=(const CompileQueue&) = delete;

  void submit(CompileJobPtr job);
  // Runs the jobs that wait, in this thread.
  void run_waiting();

 private:
  CompileJobPtr next(bool may_wait);  // null: none, or the queue ends
  void start_worker();                // with the mutex held

  std::mutex mutex_;  // of the following
  std::condition_variable changed_;
  std::deque<CompileJobPtr> waiting_;
  bool ends_ = false;
  std::thread worker_;
};

}  // namespace me::jit
