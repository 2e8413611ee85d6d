// The queue of compilations and its worker.
//
// Enters: jobs, in order. Leaves: each run once, unless it was cancelled or run by who waits for it.
// Example: three kernels are submitted, the caller evaluates all in the interpreter meanwhile.
// Tested by tests/unit/compile_job_test.cpp and tests/stress.
#include "jit/runtime/compile_queue.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "jit/runtime/this_process.h"
#include "jit/signals_blocked.h"

namespace me::jit {

// Of one process: threads do not survive a fork, and a mutex may have been held during it.
struct CompileQueue::State {
  const std::int64_t process = this_process();
  std::mutex mutex;  // of the following
  std::condition_variable changed;
  std::deque<CompileJobPtr> waiting;
  bool ends = false;
  std::thread worker;

  CompileJobPtr next(bool may_wait);  // null: none, or the queue ends
  void start_worker();                // with the mutex held
};

CompileQueue::CompileQueue() : state_(new State) {}

CompileQueue::~CompileQueue() {
  end();
  delete state_.load();
}

void CompileQueue::end() {
  ended_.store(true, std::memory_order_relaxed);
  State& s = state();
  std::deque<CompileJobPtr> dropped;
  std::thread worker;
  {
    const std::scoped_lock lock(s.mutex);
    s.ends = true;
    dropped.swap(s.waiting);
    worker.swap(s.worker);
  }
  for (const CompileJobPtr& job : dropped) job->cancel();
  s.changed.notify_all();
  if (worker.joinable()) worker.join();
}

CompileQueue::State& CompileQueue::state() {
  State* known = state_.load();
  if (known->process == this_process()) return *known;
  // The parent's state is left alone: its mutex may be locked and its thread is not here.
  auto own = std::make_unique<State>();
  if (state_.compare_exchange_strong(known, own.get())) return *own.release();
  return *known;
}

void CompileQueue::submit(CompileJobPtr job) {
  State& s = state();
  {
    const std::scoped_lock lock(s.mutex);
    if (!s.ends) {
      s.waiting.push_back(std::move(job));
      if (!s.worker.joinable()) s.start_worker();
    }
  }
  if (job) job->cancel();
  s.changed.notify_one();
}

void CompileQueue::run_waiting() {
  while (const CompileJobPtr job = state().next(false)) job->run();
}

CompileJobPtr CompileQueue::State::next(bool may_wait) {
  std::unique_lock lock(mutex);
  if (may_wait) changed.wait(lock, [&] { return ends || !waiting.empty(); });
  if (ends || waiting.empty()) return nullptr;
  CompileJobPtr job = std::move(waiting.front());
  waiting.pop_front();
  return job;
}

void CompileQueue::State::start_worker() {
  if constexpr (kHasThreads) {
    try {
      const SignalsBlocked blocked;
      worker = std::thread([this] {
        while (const CompileJobPtr job = next(true)) job->run();
      });
    } catch (const std::system_error&) {
      // No thread is to be had: jobs wait for who asks.
    }
  }
}

}  // namespace me::jit
