// One compilation of one kernel to one tier.
//
// Enters: a kernel, a tier and a host. Leaves: code in the kernel's slot, or the reason why not. States:
// pending, running, then done, failed or cancelled. A kernel whose tier is as high already gives its
// present code. Modules are taken from the shelf, under the source that has the job's tier as its
// highest: what compile() of that source would find and keep.
// Example: job.cancel() while the host compiles: what it makes is given back to it.
// Tested by tests/unit/compile_job_test.cpp and tests/stress.
#include "jit/runtime/compile_job.h"

#include <new>
#include <utility>

#include "ir/assume_uniform.h"
#include "jit/compile.h"
#include "jit/runtime/this_process.h"

namespace me::jit {

// Of one process: the thread that runs a job does not survive a fork, and the mutex may have been held
// during it. What is read of a parent's Progress without its mutex was complete before `state` said so.
struct CompileJob::Progress {
  const std::int64_t process = this_process();
  std::mutex mutex;  // of the following
  std::condition_variable ended;
  std::atomic<State> state{State::Pending};
  std::string error;
  CodePtr result;

  Progress() = default;
  explicit Progress(const Progress& parents) : state(parents.state.load()) {
    if (state == State::Pending) return;
    if (state == State::Running) {
      error = "the process was forked while another thread compiled";
      state = State::Failed;
      return;
    }
    error = parents.error;
    result = parents.result;
  }

  bool is_complete() const { return state != State::Pending && state != State::Running; }
};

CompileJob::CompileJob(std::shared_ptr<const Kernel> kernel, Tier tier, HostPtr host,
                       std::string why_no_host, Metrics& metrics, JobOptions options)
    : kernel_(std::move(kernel)),
      tier_(tier),
      host_(std::move(host)),
      why_no_host_(std::move(why_no_host)),
      options_(options),
      epoch_(kernel_->code.epoch()),
      metrics_(metrics),
      progress_(new Progress) {}

CompileJob::~CompileJob() {
  Progress* const last = progress_.load();
  if (last->process == this_process()) delete last;
}

CompileJob::Progress& CompileJob::progress() const {
  Progress* known = progress_.load();
  if (known->process == this_process()) return *known;
  auto own = std::make_unique<Progress>(*known);
  if (progress_.compare_exchange_strong(known, own.get())) return *own.release();
  return *known;
}

void CompileJob::run() {
  try {
    auto modules = begin();
    if (modules) finish(instantiate(std::move(*modules), host_));
  } catch (const std::bad_alloc&) {
    Progress& p = progress();
    const std::scoped_lock lock(p.mutex);
    if (p.state == State::Running) end(p, State::Failed, "out of memory");
  }
}

std::optional<Modules> CompileJob::begin() {
  {
    Progress& p = progress();
    const std::scoped_lock lock(p.mutex);
    if (p.state != State::Pending) return std::nullopt;
    CodePtr present = kernel_->code.share();
    if (present && present->tier >= tier_ && !present->is_withdrawn()) {
      p.result = std::move(present);
      end(p, State::Done, "");
      return std::nullopt;
    }
    p.state = State::Running;
  }
  // What was seen since the job was made counts.
  const Profile& profile = *kernel_->profile;
  const std::uint64_t assumed = profile.was_wrong ? 0 : options_.assumed & profile.always_uniform();
  std::optional<ir::Program> assuming;
  if (assumed != 0) assuming = ir::assume_uniform(kernel_->program, assumed);
  const ir::Program& program = assuming ? *assuming : kernel_->program;
  if (auto why = obstacle(program, tier_, host_, why_no_host_, options_.if_faster)) {
    finish(std::move(*why));
    return std::nullopt;
  }
  // What assumes something is of no use to other processes.
  const int pointer_bits = static_cast<int>(host_->table().pointer_bits);
  auto made = assuming ? lower(program, pointer_bits, tier_)
                       : modules_of(*kernel_, tier_, pointer_bits, options_.shelf);
  if (auto* why = std::get_if<Decline>(&made)) {
    finish(std::move(*why));
    return std::nullopt;
  }
  auto& modules = std::get<Modules>(made);
  modules.assumed = assumed;
  return std::move(modules);
}

void CompileJob::finish(std::variant<CodePtr, Decline> made) {
  Progress& p = progress();
  const std::scoped_lock lock(p.mutex);
  if (p.state != State::Running) return;
  if (auto* why = std::get_if<Decline>(&made)) {
    decline(*kernel_, metrics_, *why);
    return end(p, State::Failed, std::move(why->reason));
  }
  CodePtr& code = std::get<CodePtr>(made);
  metrics_.add(Metric::JitCompiles, code->stages.size());
  code->times.count(metrics_);
  switch (kernel_->code.promote(code, epoch_)) {
    case CodeSlot::Promotion::Installed:
      kernel_->profile->promotions.fetch_add(1, std::memory_order_relaxed);
      metrics_.add(Metric::Promotions);
      break;
    case CodeSlot::Promotion::HasBetter: code = kernel_->code.share(); break;
    case CodeSlot::Promotion::Invalidated:
      return end(p, State::Cancelled, "the kernel was invalidated meanwhile");
  }
  p.result = std::move(code);
  end(p, State::Done, "");
}

bool CompileJob::cancel() {
  Progress& p = progress();
  const std::scoped_lock lock(p.mutex);
  if (!p.is_complete()) end(p, State::Cancelled, "cancelled");
  return p.state == State::Cancelled;
}

void CompileJob::wait() {
  run();
  if constexpr (!kHasThreads) return;
  Progress& p = progress();
  std::unique_lock lock(p.mutex);
  p.ended.wait(lock, [&] { return p.is_complete(); });
}

bool CompileJob::is_complete() const { return progress().is_complete(); }

bool CompileJob::is_cancelled() const { return progress().state == State::Cancelled; }

std::string CompileJob::error() const {
  Progress& p = progress();
  const std::scoped_lock lock(p.mutex);
  return p.error;
}

CodePtr CompileJob::result() const {
  Progress& p = progress();
  const std::scoped_lock lock(p.mutex);
  return p.result;
}

void CompileJob::end(Progress& progress, State state, std::string error) {
  progress.error = std::move(error);
  progress.state = state;
  if (state == State::Cancelled) metrics_.add(Metric::CancelledJobs);
  progress.ended.notify_all();
}

}  // namespace me::jit
