// A compilation that may be under way: the future of a kernel's code.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "base/metrics.h"
#include "jit/instantiate.h"
#include "jit/kernel.h"
#include "jit/module_shelf.h"

namespace me::jit {

#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
constexpr bool kHasThreads = false;
#else
constexpr bool kHasThreads = true;
#endif

struct JobOptions {
  bool if_faster = false;        // it fails as well where the interpreter is faster (jit/tier_choice.h)
  std::uint64_t assumed = 0;     // Code::assumed
  ModuleShelf* shelf = nullptr;  // where modules come from and are put; null: they are made
};

// Thread-safe. Its two steps run in one thread, or the first here and the second wherever a host with
// an event loop instantiates. The kernel evaluates in its present tier meanwhile, and goes on doing so
// when the job fails or is cancelled. In a forked child, where the thread that runs it is not, a job
// that was running has failed.
class CompileJob {
 public:
  // `host` null: the job will fail with `why_no_host`. `metrics` outlives the job, and so does the shelf.
  CompileJob(std::shared_ptr<const Kernel> kernel, Tier tier, HostPtr host, std::string why_no_host,
             Metrics& metrics, JobOptions options = {});
  ~CompileJob();
  CompileJob(const CompileJob&) = delete;
  CompileJob& operator=(const CompileJob&) = delete;

  // Both steps; nothing if somebody else has begun or cancelled it.
  void run();

  // The first step, which begins the job: the modules to instantiate. Nothing if it was begun,
  // cancelled, or is declined, which ends it.
  std::optional<Modules> begin();
  // The second step's result, which ends the job and promotes the kernel, unless it was cancelled or
  // the kernel was invalidated since the job was made.
  void finish(std::variant<CodePtr, Decline> made);

  // True: nothing of it will be installed. False: it is too late.
  bool cancel();
  // Until it is complete; a job that nobody has begun is run here. Without threads nothing else would
  // complete one that a host is busy with: it returns.
  void wait();

  bool is_complete() const;   // done, failed or cancelled
  bool is_cancelled() const;
  std::string error() const;  // why there is no code; empty while it runs and when there is
  CodePtr result() const;     // null until it is done, and when it failed or was cancelled

  const std::shared_ptr<const Kernel>& kernel() const { return kernel_; }
  Tier tier() const { return tier_; }
  const HostPtr& host() const { return host_; }

 private:
  enum class State { Pending, Running, Done, Failed, Cancelled };
  struct Progress;

  Progress& progress() const;
  void end(Progress& progress, State state, std::string error);  // with its mutex held

  const std::shared_ptr<const Kernel> kernel_;
  const Tier tier_;
  const HostPtr host_;
  const std::string why_no_host_;
  const JobOptions options_;
  const std::uint64_t epoch_;  // of the kernel's slot when the job was made
  Metrics& metrics_;
  mutable std::atomic<Progress*> progress_;  // of this process; its parents' are left alone
};

using CompileJobPtr = std::shared_ptr<CompileJob>;

}  // namespace me::jit
