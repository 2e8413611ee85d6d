// The queue of compilations and its worker.
//
// Enters: jobs, in order. Leaves: each run once, unless it was cancelled or run by who waits for it.
// Example: three kernels are submitted, the caller evaluates all in the interpreter meanwhile.
// Tested by tests/unit/compile_job_test.cpp and tests/stress.
#include "jit/compile_queue.h"

#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace me::jit {

// Of one process: threads do not survive a fork, and a mutex may have been held during it.
struct CompileQueue::State {
  const pid_t process = getpid();
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
  const std::unique_ptr<State> s(&state());
  std::deque<CompileJobPtr> dropped;
  {
    const std::scoped_lock lock(s->mutex);
    s->ends = true;
    dropped.swap(s->waiting);
  }
  for (const CompileJobPtr& job : dropped) job->cancel();
  s->changed.notify_all();
  if (s->worker.joinable()) s->worker.join();
}

CompileQueue::State& CompileQueue::state() {
  State* known = state_.load();
  if (known->process == getpid()) return *known;
  // The parent's state is left alone: its mutex may be locked and its thread is not here.
  auto own = std::make_unique<State>();
  if (state_.compare_exchange_strong(known, own.get())) return *own.release();
  return *known;
}

void CompileQueue::submit(CompileJobPtr job) {
  State& s = state();
  {
    const std::scoped_lock lock(s.mutex);
    s.waiting.push_back(std::move(job));
    if (!s.worker.joinable()) s.start_worker();
  }
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
      worker = std::thread([this] {
        while (const CompileJobPtr job = next(true)) job->run();
      });
    } catch (const std::system_error&) {
      // No thread is to be had: jobs wait for who asks.
    }
  }
}

}  // namespace me::jit
