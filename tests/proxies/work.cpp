// Jobs whose instructions are counted.
//
// Enters: a list on standard input, one job a line (job.h). Leaves: the job was done once to warm
// up and once inside proxy_measured, which callgrind watches (--toggle-collect=proxy_measured
// --dump-after=proxy_measured gives one file per job, in order). Kernels of the tier jit go to a
// host that runs nothing, so that a call is all that is counted. Example: `evaluate jit 1 float64
// a,b a+b` is the overhead of one call. tests/proxies/check.py makes the list and compares the
// counts.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "job.h"
#include "me_engine.h"

extern "C" __attribute__((noinline)) void proxy_measured(const std::function<void()>& job) {
  job();
}

namespace {

// Takes every module and computes nothing.
me_host idle_host() {
  me_host h{};
  h.abi_version = ME_HOST_ABI_VERSION;
  h.struct_size = sizeof(me_host);
  h.pointer_bits = 64;
  h.address_bias = -ME_HOST_MEMORY64_BASE;
  h.instantiate = [](void*, const std::uint8_t*, std::size_t) -> std::uintptr_t { return 1; };
  h.release = [](void*, std::uintptr_t) {};
  h.call = [](void*, std::uintptr_t, const void* const*, void*, std::int64_t) -> std::int32_t {
    return 0;
  };
  h.last_error = [](void*) { return ""; };
  return h;
}

using me::proxies::Job;

me_dtype dtype_of(const Job& job) { return static_cast<me_dtype>(job.dtype()); }

me_kernel* compile(const Job& job, const std::string& text) {
  std::vector<me_param> params;
  for (const auto& name : job.names) params.push_back({name.c_str(), dtype_of(job), 0, 0});
  me_compile_options options = ME_COMPILE_OPTIONS_DEFAULTS;
  options.max_tier = job.tier == "jit" ? ME_TIER_OPTIMIZING_JIT : ME_TIER_INTERPRETER;
  me_kernel* kernel = nullptr;
  const int count = static_cast<int>(params.size());
  if (me_kernel_compile(text.data(), text.size(), params.data(), count, &options, &kernel) != 0) {
    std::fprintf(stderr, "%s\n", me_last_error_report());
    std::exit(2);
  }
  return kernel;
}

// An array and its description. Values lie where every function is easy, and are the same in each
// run.
struct Array {
  std::vector<std::int64_t> storage;
  std::int64_t shape;
  me_array view{};

  Array(std::int64_t items, me_dtype dtype, std::size_t which)
      : storage(static_cast<std::size_t>(items) + 1), shape(items) {
    for (std::int64_t i = 0; i < items; ++i) put(dtype, i, value(i, which));
    view = {storage.data(), dtype, 1, &shape, nullptr, 0};
  }

  static double value(std::int64_t i, std::size_t which) {
    const std::int64_t mixed = i * 37 + static_cast<std::int64_t>(which) * 101;
    return 0.25 + static_cast<double>(mixed % 997) / 1000;
  }
  void put(me_dtype dtype, std::int64_t i, double v) {
    void* data = storage.data();
    if (dtype == ME_FLOAT64) static_cast<double*>(data)[i] = v;
    if (dtype == ME_FLOAT32) static_cast<float*>(data)[i] = static_cast<float>(v);
    const auto whole = static_cast<std::int32_t>(std::lround(1000 * v));
    if (dtype == ME_INT64) static_cast<std::int64_t*>(data)[i] = whole;
    if (dtype == ME_INT32) static_cast<std::int32_t*>(data)[i] = whole;
  }
};

void evaluate(const Job& job) {
  me_kernel* kernel = compile(job, job.text);
  std::vector<Array> arrays;
  arrays.reserve(job.names.size() + 1);
  for (std::size_t k = 0; k <= job.names.size(); ++k) {
    const me_dtype dtype = k < job.names.size() ? dtype_of(job) : me_kernel_dtype(kernel);
    arrays.emplace_back(job.items, dtype, k);
  }
  std::vector<me_array> views;
  for (const auto& array : arrays) views.push_back(array.view);
  me_array out = views.back();
  if (me_kernel_is_scalar(kernel)) out.ndim = 0;
  const me_tier tier = me_kernel_tier(kernel);
  const auto call = [&] {
    const int count = static_cast<int>(job.names.size());
    if (me_kernel_eval(kernel, views.data(), count, &out, tier) != 0) std::exit(2);
  };
  for (int i = 0; i < 3; ++i) call();
  proxy_measured(call);
  me_kernel_free(kernel);
}

void compile_anew(const Job& job) {
  me_kernel_free(compile(job, job.text + " "));
  me_kernel* kernel = nullptr;
  proxy_measured([&] { kernel = compile(job, job.text); });
  me_kernel_free(kernel);
}

void find_again(const Job& job) {
  me_kernel* kernel = compile(job, job.text);
  proxy_measured([&] { me_kernel_free(compile(job, job.text)); });
  me_kernel_free(kernel);
}

}  // namespace

int main() {
  const me_host host = idle_host();
  me_set_host(&host);
  for (std::string line; std::getline(std::cin, line);) {
    const Job job = me::proxies::parse_job(line);
    if (job.what == "evaluate") evaluate(job);
    if (job.what == "compile") compile_anew(job);
    if (job.what == "find") find_again(job);
  }
  return 0;
}
