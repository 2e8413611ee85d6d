// The entry points of include/me_engine.h that move kernels between tiers.
//
// Enters: kernels, ids and jobs, NULL and unknown ones too. Leaves: code in their slots, and what the
// profile counted. Example: me_kernel_compile_async(k, tier), evaluations meanwhile, then
// me_compile_job_result. Tested by tests/c_abi/tiers.c.
#include <algorithm>
#include <new>

#include "api/guard.h"
#include "api/kernel_handle.h"
#include "jit/runtime/engine.h"
#include "jit/runtime/tiers.h"
#include "me_engine.h"

struct me_compile_job {
  me::jit::CompileJobPtr job;
};

struct me_code {
  me::jit::CodePtr code;
};

namespace me::api {
namespace {

bool is_tier(me_tier tier) { return tier >= ME_TIER_INTERPRETER && tier <= ME_TIER_OPTIMIZING_JIT; }

int refuse(const char* why) {
  set_error({Status::InvalidArg, {}, why, "", false}, "", "");
  return ME_COMPILE_ERR_INVALID_ARG;
}

jit::FunctionIds& functions() { return jit::default_engine().functions(); }

me_code* give_code(jit::CodePtr code) {
  if (!code || code->is_withdrawn()) return nullptr;
  return new (std::nothrow) me_code{std::move(code)};
}

jit::CodePtr code_of(me_function_id id) {
  const auto kernel = functions().kernel_of(id);
  return kernel ? kernel->code.share() : nullptr;
}

int stats_of(const jit::Kernel& kernel, me_kernel_stats* out) {
  const jit::Profile& profile = *kernel.profile;
  const jit::CodePtr code = kernel.code.share();
  out->tier = static_cast<me_tier>(kernel.code.tier());
  std::copy(profile.calls.begin(), profile.calls.end(), out->calls);
  out->recorded_calls = profile.recorded;
  out->promotions = profile.promotions;
  out->deoptimizations = profile.deoptimizations;
  out->osr_entries = profile.osr_entries;
  out->compile_ns = kernel.times.total() + (code ? code->times.total() : 0);
  return 0;
}

}  // namespace
}  // namespace me::api

using me::api::guarded;
using me::jit::default_engine;

extern "C" {

int me_kernel_promote(const me_kernel* kernel, me_tier tier) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&] {
    if (kernel == nullptr || !me::api::is_tier(tier)) {
      return me::api::refuse("no kernel, or no tier to compile for");
    }
    const auto job =
        me::jit::make_job(default_engine(), *kernel->kernel, static_cast<me::jit::Tier>(tier));
    job->run();
    return job->result() ? 0 : me::api::refuse(job->error().c_str());
  });
}

void me_kernel_invalidate(const me_kernel* kernel) {
  if (kernel != nullptr) me::jit::invalidate(default_engine(), *kernel->kernel);
}

int me_kernel_get_stats(const me_kernel* kernel, me_kernel_stats* out) {
  if (kernel == nullptr || out == nullptr || out->struct_size < sizeof *out) {
    return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG,
                        [] { return me::api::refuse("no kernel, or statistics of unknown size"); });
  }
  return me::api::stats_of(*kernel->kernel, out);
}

me_compile_job* me_kernel_compile_async(const me_kernel* kernel, me_tier tier) {
  me::api::clear_error();
  return guarded<me_compile_job*>(nullptr, nullptr, [&]() -> me_compile_job* {
    if (kernel == nullptr || !me::api::is_tier(tier)) {
      me::api::refuse("no kernel, or no tier to compile for");
      return nullptr;
    }
    return new me_compile_job{me::jit::compile_async(default_engine(), *kernel->kernel,
                                                     static_cast<me::jit::Tier>(tier))};
  });
}

bool me_compile_job_is_complete(const me_compile_job* job) {
  return job != nullptr && job->job->is_complete();
}

bool me_compile_job_is_cancelled(const me_compile_job* job) {
  return job != nullptr && job->job->is_cancelled();
}

char* me_compile_job_error(const me_compile_job* job) {
  return guarded<char*>(nullptr, nullptr, [&]() -> char* {
    const std::string error = job ? job->job->error() : "";
    return error.empty() ? nullptr : me::api::give(error);
  });
}

me_tier me_compile_job_result(const me_compile_job* job) {
  const me::jit::CodePtr code = job ? job->job->result() : nullptr;
  return code ? static_cast<me_tier>(code->tier) : ME_TIER_INTERPRETER;
}

bool me_compile_job_cancel(me_compile_job* job) { return job != nullptr && job->job->cancel(); }

void me_compile_job_wait(me_compile_job* job) {
  guarded<int>(0, 0, [&] {
    if (job != nullptr) job->job->wait();
    return 0;
  });
}

void me_compile_job_free(me_compile_job* job) { delete job; }

void me_run_compile_jobs(void) {
  guarded<int>(0, 0, [&] {
    default_engine().queue().run_waiting();
    return 0;
  });
}

me_function_id me_get_function_id(const char* name, size_t length) {
  return guarded<me_function_id>(0, 0, [&]() -> me_function_id {
    return name == nullptr ? 0 : me::api::functions().id_of({name, length});
  });
}

bool me_bind_function(me_function_id id, const me_kernel* kernel) {
  return kernel != nullptr && me::api::functions().bind(id, kernel->kernel);
}

void me_record_call(me_function_id id, uint64_t calls) {
  guarded<int>(0, 0, [&] {
    me::api::functions().record(id, calls);
    const auto kernel = me::api::functions().kernel_of(id);
    if (kernel && kernel->source.policy == me::jit::TierPolicy::Profiled) {
      me::jit::record_calls(default_engine(), *kernel, calls);
    }
    return 0;
  });
}

uint64_t me_call_count(me_function_id id) { return me::api::functions().calls(id); }

me_tier me_get_tier(me_function_id id) {
  const auto kernel = me::api::functions().kernel_of(id);
  return kernel ? static_cast<me_tier>(kernel->code.tier()) : ME_TIER_INTERPRETER;
}

bool me_has_compiled(me_function_id id, me_tier tier) {
  const me::jit::CodePtr code = me::api::code_of(id);
  return code && !code->is_withdrawn() && static_cast<int>(code->tier) >= static_cast<int>(tier);
}

void me_invalidate_function(me_function_id id) {
  if (const auto kernel = me::api::functions().kernel_of(id)) {
    me::jit::invalidate(default_engine(), *kernel);
  }
}

me_code* me_compile_function(me_function_id id, me_tier tier) {
  return guarded<me_code*>(nullptr, nullptr, [&]() -> me_code* {
    const auto kernel = me::api::functions().kernel_of(id);
    if (!kernel || !me::api::is_tier(tier)) return nullptr;
    return me::api::give_code(
        me::jit::compile_to(default_engine(), *kernel, static_cast<me::jit::Tier>(tier)));
  });
}

me_code* me_get_compiled(me_function_id id) { return me::api::give_code(me::api::code_of(id)); }

bool me_can_osr(me_function_id id, int64_t offset) {
  const auto kernel = me::api::functions().kernel_of(id);
  return kernel && me::jit::can_osr(*kernel, offset);
}

me_code* me_get_entry(me_function_id id, int64_t offset) {
  return me_can_osr(id, offset) ? me_get_compiled(id) : nullptr;
}

bool me_do_osr(me_function_id id, int64_t offset) {
  return guarded<bool>(false, false, [&] {
    const auto kernel = me::api::functions().kernel_of(id);
    return kernel && me::jit::is_osr_edge(offset) &&
           me::jit::compile_to(default_engine(), *kernel, kernel->source.max_tier) != nullptr;
  });
}

me_tier me_code_tier(const me_code* code) {
  return code ? static_cast<me_tier>(code->code->tier) : ME_TIER_INTERPRETER;
}

void me_code_free(me_code* code) { delete code; }

}  // extern "C"
