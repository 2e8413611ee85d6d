// Threads for one evaluation: the caller, and helpers from a pool that the process keeps.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "ir/kernel_abi.h"

namespace me::jit {

// How many threads an evaluation may use, the caller's own among them: ME_NUM_THREADS, else 1, until it is
// set. 0 sets as many as the process may run at once. Returns the setting before. Setting 1 ends the pool's
// threads.
int set_thread_count(int count);
int thread_count();

// Numbered pieces of work. Each is given out once, in ascending order.
class Pieces {
 public:
  explicit Pieces(std::int64_t count) : end_(count) {}
  // The next piece, or -1. Any thread.
  std::int64_t next() {
    const std::int64_t piece = next_.fetch_add(1, std::memory_order_relaxed);
    return piece < end_.load(std::memory_order_relaxed) ? piece : -1;
  }
  // That piece ended so: no later ones are given out. The first piece that fails is the one that counts,
  // as it would be if they ran one after the other.
  void fail(std::int64_t piece, ir::KernelStatus status);
  ir::KernelStatus status() const { return status_; }  // once all threads are done

 private:
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> end_;
  std::mutex mutex_;  // of status_ and changes of end_
  ir::KernelStatus status_ = ir::KernelStatus::Done;
};

// Calls work(true) here and work(false) in at most `helpers` other threads, at the same time, as far as there
// are threads to be had; returns when all of them have returned. The first exception is passed on.
void run_in_threads(int helpers, const std::function<void(bool is_caller)>& work);

}  // namespace me::jit
