// Promotion and deoptimisation.
//
// Enters: requests, and the counts of evaluations. Leaves: code in kernels' slots, which evaluations
// follow from chunk to chunk (jit/driver/call.h). Promotion is monotonic until something invalidates.
// Example: a + b of the Profiled policy over 1e7 items: after the first chunks the queue gets a job,
// the evaluation goes on in the interpreter, and moves to the code some hundred chunks later.
// Tested by tests/unit/tiers_test.cpp and tests/stress.
#include "jit/runtime/tiers.h"

#include <bit>
#include <utility>

#include "base/tuning.h"

namespace me::jit {
namespace {

CompileJobPtr job_for(Engine& engine, const Kernel& kernel, Tier tier, bool if_faster,
                      std::uint64_t assumed = 0) {
  const HostPtr host = engine.hosts().current();
  return std::make_shared<CompileJob>(kernel.shared_from_this(), tier, host,
                                      host ? "" : engine.hosts().description(), engine.metrics(),
                                      JobOptions{if_faster, assumed, &engine.disk_cache()});
}

// Only code that takes long to make, and for as long as no assumption about this kernel was wrong.
std::uint64_t assumption_for(const Profile& profile, Tier tier) {
  const bool speculates = tier == Tier::OptimizingJit && !profile.was_wrong.load(std::memory_order_relaxed);
  return speculates ? profile.always_uniform() : 0;
}

CompileJobPtr submit(Engine& engine, CompileJobPtr job) {
  engine.metrics().add(Metric::CompileJobs);
  engine.queue().submit(job);
  return job;
}

// Asks the queue for the tier that the kernel deserves by now.
void promote_if_deserved(Engine& engine, const Kernel& kernel) {
  Profile& profile = *kernel.profile;
  Tier requested = profile.requested.load(std::memory_order_relaxed);
  if (requested >= kernel.source.max_tier) return;
  if (profile.deoptimizations.load(std::memory_order_relaxed) >= tuning::kMaxDeoptimizations) return;
  const Tier tier = deserved_tier(profile.warmth.load(std::memory_order_relaxed),
                                  profile.work.load(std::memory_order_relaxed),
                                  kernel.source.max_tier);
  if (tier <= requested) return;
  // One of several threads that see this asks.
  if (!profile.requested.compare_exchange_strong(requested, tier)) return;
  submit(engine, job_for(engine, kernel, tier, kernel.source.fastest, assumption_for(profile, tier)));
  if (!kHasThreads) engine.queue().run_waiting();
}

}  // namespace

CompileJobPtr make_job(Engine& engine, const Kernel& kernel, Tier tier) {
  return job_for(engine, kernel, tier, false);
}

CodePtr compile_to(Engine& engine, const Kernel& kernel, Tier tier) {
  const CompileJobPtr job = make_job(engine, kernel, tier);
  job->run();
  return job->result();
}

CompileJobPtr compile_async(Engine& engine, const Kernel& kernel, Tier tier) {
  return submit(engine, make_job(engine, kernel, tier));
}

void invalidate(Engine& engine, const Kernel& kernel) {
  kernel.code.invalidate("invalidated");
  kernel.profile->cool();  // after it: what was asked for before is for nothing
  engine.metrics().add(Metric::Invalidations);
}

void deoptimize(Engine& engine, const Kernel& kernel, const Code* code, std::string why) {
  if (!kernel.code.invalidate_code(code, std::move(why))) return;
  kernel.profile->deoptimizations.fetch_add(1, std::memory_order_relaxed);
  kernel.profile->cool();
  engine.metrics().add(Metric::Deoptimizations);
}

void break_assumption(Engine& engine, const Kernel& kernel, const Code* code, std::uint64_t operands) {
  kernel.profile->was_wrong.store(true, std::memory_order_relaxed);
  const auto slot = static_cast<std::size_t>(std::countr_zero(operands));
  const Param& param = kernel.source.signature.params[kernel.program.operands[slot].param];
  deoptimize(engine, kernel, code, "'" + param.name + "' is no longer one value for all items");
}

void record_calls(Engine& engine, const Kernel& kernel, std::uint64_t calls) {
  kernel.profile->warmth.fetch_add(calls, std::memory_order_relaxed);
  promote_if_deserved(engine, kernel);
}

void record_work(Engine& engine, const Kernel& kernel, std::size_t stage, std::int64_t items) {
  record_steps(engine, kernel, items * static_cast<std::int64_t>(kernel.program.stages[stage].insts.size()));
}

void record_steps(Engine& engine, const Kernel& kernel, std::int64_t work) {
  kernel.profile->work.fetch_add(static_cast<std::uint64_t>(work), std::memory_order_relaxed);
  promote_if_deserved(engine, kernel);
}

bool is_osr_edge(std::int64_t offset) { return offset >= 0 && offset % tuning::kChunkItems == 0; }

bool can_osr(const Kernel& kernel, std::int64_t offset) {
  return is_osr_edge(offset) && kernel.code.has_code();
}

}  // namespace me::jit
