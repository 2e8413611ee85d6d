// One compilation of one kernel to one tier.
//
// Enters: a kernel, a tier and a host. Leaves: code in the kernel's slot, or the reason why not. States:
// pending, running, then done, failed or cancelled. A kernel whose tier is as high already gives its
// present code. Example: job.cancel() while the host compiles: what it makes is given back to it.
// Tested by tests/unit/compile_job_test.cpp and tests/stress.
#include "jit/runtime/compile_job.h"

#include <new>
#include <utility>

#include "ir/assume_uniform.h"
#include "jit/compile.h"

namespace me::jit {

CompileJob::CompileJob(std::shared_ptr<const Kernel> kernel, Tier tier, HostPtr host,
                       std::string why_no_host, Metrics& metrics, bool if_faster,
                       std::uint64_t assumed)
    : kernel_(std::move(kernel)),
      tier_(tier),
      host_(std::move(host)),
      why_no_host_(std::move(why_no_host)),
      if_faster_(if_faster),
      assumed_(assumed),
      epoch_(kernel_->code.epoch()),
      metrics_(metrics) {}

void CompileJob::run() {
  try {
    auto modules = begin();
    if (modules) finish(instantiate(std::move(*modules), host_));
  } catch (const std::bad_alloc&) {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::Running) end(State::Failed, "out of memory");
  }
}

std::optional<Modules> CompileJob::begin() {
  {
    const std::scoped_lock lock(mutex_);
    if (state_ != State::Pending) return std::nullopt;
    CodePtr present = kernel_->code.share();
    if (present && present->tier >= tier_ && !present->is_withdrawn()) {
      result_ = std::move(present);
      end(State::Done, "");
      return std::nullopt;
    }
    state_ = State::Running;
  }
  std::optional<ir::Program> assuming;
  if (assumed_ != 0) assuming = ir::assume_uniform(kernel_->program, assumed_);
  const ir::Program& program = assuming ? *assuming : kernel_->program;
  if (auto why = obstacle(program, tier_, host_, why_no_host_, if_faster_)) {
    finish(std::move(*why));
    return std::nullopt;
  }
  auto made = lower(program, static_cast<int>(host_->table().pointer_bits), tier_);
  if (auto* why = std::get_if<Decline>(&made)) {
    finish(std::move(*why));
    return std::nullopt;
  }
  auto& modules = std::get<Modules>(made);
  modules.assumed = assumed_;
  return std::move(modules);
}

void CompileJob::finish(std::variant<CodePtr, Decline> made) {
  const std::scoped_lock lock(mutex_);
  if (state_ != State::Running) return;
  if (auto* why = std::get_if<Decline>(&made)) {
    decline(*kernel_, metrics_, *why);
    return end(State::Failed, std::move(why->reason));
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
      return end(State::Cancelled, "the kernel was invalidated meanwhile");
  }
  result_ = std::move(code);
  end(State::Done, "");
}

bool CompileJob::cancel() {
  const std::scoped_lock lock(mutex_);
  if (state_ == State::Pending || state_ == State::Running) end(State::Cancelled, "cancelled");
  return state_ == State::Cancelled;
}

void CompileJob::wait() {
  run();
  if constexpr (!kHasThreads) return;
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return state_ != State::Pending && state_ != State::Running; });
}

bool CompileJob::is_complete() const {
  const std::scoped_lock lock(mutex_);
  return state_ != State::Pending && state_ != State::Running;
}

bool CompileJob::is_cancelled() const {
  const std::scoped_lock lock(mutex_);
  return state_ == State::Cancelled;
}

std::string CompileJob::error() const {
  const std::scoped_lock lock(mutex_);
  return error_;
}

CodePtr CompileJob::result() const {
  const std::scoped_lock lock(mutex_);
  return result_;
}

void CompileJob::end(State state, std::string error) {
  state_ = state;
  error_ = std::move(error);
  if (state == State::Cancelled) metrics_.add(Metric::CancelledJobs);
  ended_.notify_all();
}

}  // namespace me::jit
