// The queue of compilations and its worker.
//
// Enters: jobs, in order. Leaves: each run once, unless it was cancelled or run by who waits for it.
// Example: three kernels are submitted, the caller evaluates all in the interpreter meanwhile.
// Tested by tests/unit/compile_job_test.cpp and tests/stress.
#include "jit/compile_queue.h"

#include <system_error>
#include <utility>

namespace me::jit {

CompileQueue::~CompileQueue() {
  std::deque<CompileJobPtr> dropped;
  {
    const std::scoped_lock lock(mutex_);
    ends_ = true;
    dropped.swap(waiting_);
  }
  for (const CompileJobPtr& job : dropped) job->cancel();
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
}

void CompileQueue::submit(CompileJobPtr job) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(job));
    if (!worker_.joinable()) start_worker();
  }
  changed_.notify_one();
}

void CompileQueue::run_waiting() {
  while (const CompileJobPtr job = next(false)) job->run();
}

CompileJobPtr CompileQueue::next(bool may_wait) {
  std::unique_lock lock(mutex_);
  if (may_wait) changed_.wait(lock, [&] { return ends_ || !waiting_.empty(); });
  if (ends_ || waiting_.empty()) return nullptr;
  CompileJobPtr job = std::move(waiting_.front());
  waiting_.pop_front();
  return job;
}

void CompileQueue::start_worker() {
  if constexpr (kHasThreads) {
    try {
      worker_ = std::thread([this] {
        while (const CompileJobPtr job = next(true)) job->run();
      });
    } catch (const std::system_error&) {
      // No thread is to be had: jobs wait for who asks.
    }
  }
}

}  // namespace me::jit
