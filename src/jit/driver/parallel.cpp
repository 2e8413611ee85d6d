// The pool of threads.
//
// Enters: a function that draws pieces of work until there are none. Leaves: nothing but what it did. Jobs of
// several callers share the pool's threads; a caller works itself, so that its job ends even if no thread is
// free, or none can be made: then an evaluation is as serial as in wasm, where there are no threads.
// Threads do not survive fork(): a child makes a pool of its own when it first needs one. They take no
// signals but those of their own faults.
// Example: 3 helpers and 100 pieces: whoever is faster draws more pieces; which, no result can show.
// Tested by tests/unit/parallel_test.cpp, under the thread sanitizer too.
#include "jit/driver/parallel.h"

#include <algorithm>

#include "base/env.h"
#include "base/tuning.h"

#if defined(__wasm__) && !defined(__EMSCRIPTEN_PTHREADS__)
#define ME_HAS_THREADS 0
#else
#define ME_HAS_THREADS 1
#include <sched.h>
#include <unistd.h>

#include <condition_variable>
#include <exception>
#include <list>
#include <system_error>
#include <thread>
#include <vector>

#include "jit/signals_blocked.h"
#endif

namespace me::jit {

void Pieces::fail(std::int64_t piece, ir::KernelStatus status) {
  const std::scoped_lock lock(mutex_);
  if (piece >= end_.load(std::memory_order_relaxed)) return;
  end_.store(piece, std::memory_order_relaxed);
  status_ = status;
}

#if ME_HAS_THREADS

namespace {

class Pool {
 public:
  Pool() : process_(getpid()) {}
  bool is_ours() const { return process_ == getpid(); }

  void run(int helpers, const std::function<void(bool)>& work) {
    Job job{&work, helpers};
    const auto place = start(job);
    try {
      work(true);
    } catch (...) {
      job.error = std::current_exception();
    }
    std::unique_lock lock(mutex_);
    jobs_.erase(place);
    done_.wait(lock, [&] { return job.active == 0; });
    if (job.error) std::rethrow_exception(job.error);
  }

  void end_threads() {
    std::vector<std::thread> ending;
    {
      const std::scoped_lock lock(mutex_);
      ending.swap(threads_);
      ++generation_;
    }
    wake_.notify_all();
    for (std::thread& thread : ending) thread.join();
  }

 private:
  struct Job {
    const std::function<void(bool)>* work;
    int wanted;       // threads that may still join
    int active = 0;   // threads at work, without the caller
    std::exception_ptr error = nullptr;
  };

  std::list<Job*>::iterator start(Job& job) {
    std::unique_lock lock(mutex_);
    const auto missing = job.wanted - static_cast<int>(threads_.size());
    for (int i = 0; i < missing && add_thread(); ++i) {
    }
    const auto place = jobs_.insert(jobs_.end(), &job);
    const int called = std::min(job.wanted, static_cast<int>(threads_.size()));
    lock.unlock();
    for (int i = 0; i < called; ++i) wake_.notify_one();
    return place;
  }

  // With the mutex held.
  bool add_thread() {
    try {
      const SignalsBlocked blocked;
      threads_.emplace_back([this, generation = generation_] { serve(generation); });
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  void serve(unsigned generation) {
    std::unique_lock lock(mutex_);
    for (;;) {
      Job* job = nullptr;
      wake_.wait(lock, [&] { return generation != generation_ || (job = open_job()) != nullptr; });
      if (generation != generation_) return;
      --job->wanted;
      ++job->active;
      lock.unlock();
      std::exception_ptr error;
      try {
        (*job->work)(false);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      if (error && !job->error) job->error = error;
      if (--job->active == 0) done_.notify_all();
    }
  }

  Job* open_job() const {
    const auto it = std::find_if(jobs_.begin(), jobs_.end(), [](Job* j) { return j->wanted > 0; });
    return it == jobs_.end() ? nullptr : *it;
  }

  const pid_t process_;
  std::mutex mutex_;  // of everything below, and of the jobs
  std::condition_variable wake_;
  std::condition_variable done_;
  std::list<Job*> jobs_;
  std::vector<std::thread> threads_;
  unsigned generation_ = 0;  // of threads: those of older ones end
};

// Never destroyed: its threads may outlive everything else.
Pool& pool() {
  static std::atomic<Pool*> current{nullptr};
  Pool* found = current.load(std::memory_order_acquire);
  if (found != nullptr && found->is_ours()) return *found;
  auto* const made = new Pool;
  if (current.compare_exchange_strong(found, made, std::memory_order_acq_rel)) return *made;
  delete made;
  return *found;
}

int processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

void run_in_threads(int helpers, const std::function<void(bool)>& work) {
  if (helpers > 0) pool().run(helpers, work);
  else work(true);
}

#else

namespace {

int processors() { return 1; }

}  // namespace

void run_in_threads(int, const std::function<void(bool)>& work) { work(true); }

#endif

namespace {

int checked(int count) {
  return std::clamp(count == 0 ? processors() : count, 1, tuning::kMaxThreads);
}

std::atomic<int>& setting() {
  static std::atomic<int> count{checked(env::num_threads())};
  return count;
}

}  // namespace

int thread_count() { return setting().load(std::memory_order_relaxed); }

int set_thread_count(int count) {
  const int before = setting().exchange(checked(count));
#if ME_HAS_THREADS
  if (before > 1 && thread_count() == 1) pool().end_threads();
#endif
  return before;
}

}  // namespace me::jit
