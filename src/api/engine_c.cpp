// The entry points of include/me_engine.h.
//
// Enters: C arguments of any quality. Leaves: kernels, results in the caller's arrays, texts, counters.
// Tested by tests/c_abi/engine.c and, through the Python and JavaScript layers, by their suites.
#include "me_engine.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "api/compile_source.h"
#include "api/guard.h"
#include "api/kernel_handle.h"
#include "base/small_array.h"
#include "jit/runtime/engine.h"
#include "jit/driver/evaluate.h"
#include "jit/driver/flat.h"
#include "jit/driver/parallel.h"
#include "jit/driver/shapes.h"
#include "lang/frontend.h"

namespace me::api {
namespace {

int refuse_eval(const char* why) {
  set_error({Status::InvalidArg, {}, why, "", false}, "", "");
  return ME_EVAL_ERR_INVALID_ARG;
}

int checked_compile(const char* text, size_t length, const me_param* params, int param_count,
                    const me_compile_options* options, bool deferred, me_kernel** out) {
  clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&] {
    if (out == nullptr) return refuse_compile("a required argument is NULL or negative");
    *out = nullptr;
    jit::Source source;
    if (const int status = compile_source(text, length, params, param_count, options, &source)) {
      return status;
    }
    jit::Engine& engine = jit::default_engine();
    auto kernel = deferred ? engine.deferred(std::move(source)) : engine.kernel(std::move(source));
    if (!kernel) return refuse_compile(kernel.error(), {text, length});
    *out = new me_kernel{std::move(*kernel)};
    return ME_COMPILE_SUCCESS + 0;
  });
}

// The caller's array as a view, or false with the reason.
bool view_of(const me_array& a, jit::ArrayView* view, const char** why) {
  *why = nullptr;
  if (a.ndim < 0 || a.ndim > jit::kMaxNdim) *why = "an array has a wrong number of dimensions";
  else if (a.dtype <= ME_AUTO || a.dtype > ME_BYTES) *why = "an array has an unknown dtype";
  else if (a.ndim > 0 && a.shape == nullptr) *why = "an array has no shape";
  else if (!is_itemsize(static_cast<DType>(a.dtype), a.itemsize)) *why = "an array of strings has a wrong itemsize";
  if (*why) return false;
  view->data = static_cast<char*>(a.data);
  view->itemsize = is_text(static_cast<DType>(a.dtype)) ? a.itemsize : 0;
  view->dtype = static_cast<DType>(a.dtype);
  view->ndim = a.ndim;
  std::int64_t items = 1;
  bool empty = false;
  bool overflow = false;
  for (int d = 0; d < a.ndim; ++d) {
    if (a.shape[d] < 0) {
      *why = "an array has a negative extent";
      return false;
    }
    view->shape[d] = a.shape[d];
    empty = empty || a.shape[d] == 0;
    overflow = overflow || __builtin_mul_overflow(items, a.shape[d], &items);
  }
  if (overflow && !empty) *why = "an array has too many items";
  else if (a.data == nullptr && !empty) *why = "an array has no data";
  if (*why) return false;
  if (a.strides) std::copy_n(a.strides, a.ndim, view->strides.begin());
  else view->set_c_order();
  return true;
}

// The inputs as views, or false with the reason.
bool views_of(const me_array* inputs, int count, std::vector<jit::ArrayView>* views,
              const char** why) {
  views->resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (!view_of(inputs[i], &(*views)[static_cast<std::size_t>(i)], why)) return false;
  }
  return true;
}

int refuse_eval(const jit::Kernel& kernel, const Diagnostic& why) {
  const std::string& text = kernel.source.text;
  set_error(why, why.has_location ? text : "", lang::is_kernel_text(text) ? "kernel" : "expression");
  return eval_code_of(why.status);
}

int result_shape(const me_kernel* kernel, const me_array* inputs, int count, std::int32_t* ndim,
                 std::int64_t* shape) {
  const char* why = nullptr;
  std::vector<jit::ArrayView> views;
  if (!views_of(inputs, count, &views, &why)) return refuse_eval(why);
  const auto result = jit::result_shape(*kernel->kernel, views);
  if (!result) return refuse_eval(*kernel->kernel, result.error());
  *ndim = result->ndim;
  std::copy_n(result->shape.begin(), result->ndim, shape);
  return ME_EVAL_SUCCESS;
}

// Whether `a` is a C-order array of the shape of `like`, whose extents are known to be good.
bool has_shape_of(const me_array& a, const me_array& like) {
  if (a.ndim != like.ndim || (a.ndim > 0 && a.shape == nullptr)) return false;
  return std::equal(a.shape, a.shape + a.ndim, like.shape);
}

bool is_c_order(const me_array& a, std::size_t item_bytes) {
  if (a.strides == nullptr) return true;
  auto stride = static_cast<std::int64_t>(item_bytes);
  for (int d = a.ndim; d-- > 0;) {
    if (a.shape[d] != 1 && a.strides[d] != stride) return false;
    stride *= a.shape[d];
  }
  return true;
}

// Items of a good shape, or -1.
std::int64_t items_of(const me_array& a) {
  if (a.ndim < 0 || a.ndim > jit::kMaxNdim || (a.ndim > 0 && a.shape == nullptr)) return -1;
  std::int64_t items = 1;
  for (int d = 0; d < a.ndim; ++d) {
    if (a.shape[d] <= 0 || __builtin_mul_overflow(items, a.shape[d], &items)) return -1;
  }
  return items;
}

// Contiguous arrays of one shape and of the right dtypes, by parameter. False: the call is not of that
// kind, good or not.
bool flat_call(const jit::Kernel& kernel, const me_array* inputs, int count, const me_array& out,
               const void** data, jit::FlatCall* call) {
  const auto& params = kernel.source.signature.params;
  if (!kernel.plan.flat || static_cast<std::size_t>(count) != params.size()) return false;
  const me_array* first = nullptr;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const me_array& a = inputs[i];
    if (static_cast<DType>(a.dtype) != params[i].dtype || a.data == nullptr) return false;
    data[i] = a.data;
    if (params[i].uniform) {
      if (a.ndim != 0) return false;
      continue;
    }
    if (first == nullptr) {
      first = &a;
      call->items = items_of(a);
      if (call->items < 0) return false;
    } else if (!has_shape_of(a, *first)) {
      return false;
    }
    if (!is_c_order(a, size_of(params[i].dtype))) return false;
  }
  const ir::Program& program = kernel.program;
  if (static_cast<DType>(out.dtype) != program.result || out.data == nullptr) return false;
  const bool fits = program.result_uniform
                        ? items_of(out) > 0
                        : has_shape_of(out, *first) && is_c_order(out, size_of(program.result));
  call->inputs = data;
  call->out = out.data;
  return fits && jit::takes_flat(kernel, *call);
}

int evaluate(const me_kernel* kernel, const me_array* inputs, int count, const me_array* out,
             me_tier tier) {
  const auto max_tier =
      tier < ME_TIER_INTERPRETER ? jit::Tier::OptimizingJit : static_cast<jit::Tier>(tier);
  SmallArray<const void*, 32> data(static_cast<std::size_t>(count));
  jit::FlatCall call{};
  if (flat_call(*kernel->kernel, inputs, count, *out, data.data(), &call)) {
    const auto done = jit::evaluate_flat(jit::default_engine(), *kernel->kernel, call, max_tier);
    return done ? ME_EVAL_SUCCESS : refuse_eval(*kernel->kernel, done.error());
  }
  const char* why = nullptr;
  std::vector<jit::ArrayView> views;
  if (!views_of(inputs, count, &views, &why)) return refuse_eval(why);
  jit::ArrayView result;
  if (!view_of(*out, &result, &why)) return refuse_eval(why);
  const auto done = jit::evaluate(jit::default_engine(), *kernel->kernel, views, result, max_tier);
  return done ? ME_EVAL_SUCCESS : refuse_eval(*kernel->kernel, done.error());
}

std::optional<Metric> metric_named(std::string_view name) {
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (name_of(static_cast<Metric>(i)) == name) return static_cast<Metric>(i);
  }
  return std::nullopt;
}

}  // namespace
}  // namespace me::api

using me::api::guarded;

extern "C" {

int me_kernel_compile(const char* text, size_t length, const me_param* params, int param_count,
                      const me_compile_options* options, me_kernel** out) {
  return me::api::checked_compile(text, length, params, param_count, options, false, out);
}

int me_kernel_compile_deferred(const char* text, size_t length, const me_param* params,
                               int param_count, const me_compile_options* options,
                               me_kernel** out) {
  return me::api::checked_compile(text, length, params, param_count, options, true, out);
}

void me_kernel_free(me_kernel* kernel) { delete kernel; }

int me_kernel_eval(const me_kernel* kernel, const me_array* inputs, int input_count,
                   const me_array* out, me_tier tier) {
  return guarded<int>(ME_EVAL_ERR_OOM, ME_EVAL_ERR_INVALID_ARG, [&]() -> int {
    if (kernel == nullptr) return ME_EVAL_ERR_NULL_EXPR;
    if (input_count < 0 || (input_count > 0 && inputs == nullptr) || out == nullptr) {
      return me::api::refuse_eval("a required argument is NULL or negative");
    }
    return me::api::evaluate(kernel, inputs, input_count, out, tier);
  });
}

size_t me_kernel_itemsize(const me_kernel* kernel) {
  if (kernel == nullptr) return 0;
  const me::ir::Program& program = kernel->kernel->program;
  return me::size_of(program.result, program.result_width);
}

me_dtype me_kernel_dtype(const me_kernel* kernel) {
  return kernel ? static_cast<me_dtype>(kernel->kernel->program.result) : ME_AUTO;
}

bool me_kernel_is_scalar(const me_kernel* kernel) {
  return kernel != nullptr && kernel->kernel->program.result_uniform;
}

bool me_kernel_has_reduction(const me_kernel* kernel) {
  return kernel != nullptr && kernel->kernel->program.has_reduction;
}

bool me_kernel_reduces_call(const me_kernel* kernel) {
  if (kernel == nullptr) return false;
  const auto& stages = kernel->kernel->program.stages;
  return std::any_of(stages.begin(), stages.end(), [](const me::ir::Stage& stage) {
    return stage.is_reduction() && stage.domain == 0;
  });
}

bool me_kernel_keeps_shape(const me_kernel* kernel) {
  return kernel != nullptr && kernel->kernel->plan.keeps_shape;
}

bool me_kernel_has_loops(const me_kernel* kernel) {
  return kernel != nullptr && kernel->kernel->plan.loops;
}

int me_kernel_result_shape(const me_kernel* kernel, const me_array* inputs, int input_count,
                           int32_t* ndim, int64_t* shape) {
  return guarded<int>(ME_EVAL_ERR_OOM, ME_EVAL_ERR_INVALID_ARG, [&]() -> int {
    if (kernel == nullptr) return ME_EVAL_ERR_NULL_EXPR;
    if (input_count < 0 || (input_count > 0 && inputs == nullptr) || !ndim || !shape) {
      return me::api::refuse_eval("a required argument is NULL or negative");
    }
    return me::api::result_shape(kernel, inputs, input_count, ndim, shape);
  });
}

me_tier me_kernel_tier(const me_kernel* kernel) {
  return kernel ? static_cast<me_tier>(kernel->kernel->code.tier()) : ME_TIER_INTERPRETER;
}

int me_kernel_param_count(const me_kernel* kernel) {
  return kernel ? static_cast<int>(kernel->kernel->source.signature.params.size()) : 0;
}

char* me_kernel_text(const me_kernel* kernel, const char* stage) {
  return guarded<char*>(nullptr, nullptr, [&]() -> char* {
    if (kernel == nullptr || stage == nullptr) return nullptr;
    if (std::string_view(stage) == "source") {
      return me::api::give(kernel->kernel->source.text);
    }
    if (std::string_view(stage) == "explain") return me::api::give(explain(*kernel->kernel));
    const std::string text = me::jit::stage_text(*kernel->kernel, stage);
    return text.empty() ? nullptr : me::api::give(text);
  });
}

size_t me_kernel_wasm(const me_kernel* kernel, int index, char** bytes) {
  if (bytes == nullptr) return 0;
  *bytes = nullptr;
  if (kernel == nullptr || index < 0) return 0;
  const me::jit::CodePtr code = kernel->kernel->code.share();
  if (!code || static_cast<std::size_t>(index) >= code->stages.size()) return 0;
  return guarded<std::size_t>(0, 0, [&]() -> std::size_t {
    const me::jit::Kernel& k = *kernel->kernel;
    std::vector<std::uint8_t> module = code->stages[static_cast<std::size_t>(index)].bytes;
    if (code->assumed != 0) {
      // What runs takes more scalars than ir/kernel_abi.h says.
      auto plain = me::jit::lower(k.program, static_cast<int>(code->host->table().pointer_bits), code->tier);
      const auto* modules = std::get_if<me::jit::Modules>(&plain);
      if (modules == nullptr) return 0;
      module = modules->stages[static_cast<std::size_t>(index)];
    }
    *bytes = me::api::give({reinterpret_cast<const char*>(module.data()), module.size()});
    return *bytes ? module.size() : 0;
  });
}

void me_text_free(char* text) { std::free(text); }

char* me_free_names(const char* text, size_t length, me_dialect dialect) {
  me::api::clear_error();
  return guarded<char*>(nullptr, nullptr, [&]() -> char* {
    if (text == nullptr) return nullptr;
    const std::string_view source(text, length);
    const auto found = me::lang::names_in(source, me::api::dialect_of(dialect));
    if (!found) {
      me::api::refuse_compile(found.error(), source);
      return nullptr;
    }
    std::string names;
    for (const std::string& name : *found) names += name + "\n";
    return me::api::give(names);
  });
}

int me_broadcast(const me_array* inputs, int input_count, int32_t* ndim, int64_t* shape) {
  return guarded<int>(ME_EVAL_ERR_OOM, ME_EVAL_ERR_INVALID_ARG, [&]() -> int {
    if (input_count < 0 || (input_count > 0 && inputs == nullptr) || !ndim || !shape) {
      return me::api::refuse_eval("a required argument is NULL or negative");
    }
    std::vector<me::jit::ArrayView> views(static_cast<std::size_t>(input_count));
    std::vector<const me::jit::ArrayView*> pointers;
    const char* why = nullptr;
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (!me::api::view_of(inputs[i], &views[i], &why)) return me::api::refuse_eval(why);
      pointers.push_back(&views[i]);
    }
    me::jit::ArrayView space;
    const auto done = me::jit::broadcast(pointers, &space);
    if (!done) {
      me::api::set_error(done.error(), "", "");
      return me::eval_code_of(done.error().status);
    }
    *ndim = space.ndim;
    std::copy_n(space.shape.begin(), space.ndim, shape);
    return ME_EVAL_SUCCESS;
  });
}

const char* me_last_error_report(void) {
  const me::api::LastError& e = me::api::last_error();
  return e.present ? e.report.c_str() : nullptr;
}

bool me_last_error_span(int64_t* begin, int64_t* end) {
  const me::api::LastError& e = me::api::last_error();
  if (!e.present || !e.has_span || !begin || !end) return false;
  *begin = e.span.begin;
  *end = e.span.end;
  return true;
}

uint64_t me_counter(const char* name) {
  const auto metric = name ? me::api::metric_named(name) : std::nullopt;
  return metric ? me::jit::default_engine().metrics().get(*metric) : 0;
}

const char* me_counter_name(int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= me::kMetricCount) return nullptr;
  return me::name_of(static_cast<me::Metric>(index)).data();
}

const char* me_counter_help(int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= me::kMetricCount) return nullptr;
  return me::sentence_of(static_cast<me::Metric>(index)).data();
}

void me_counters_reset(void) { me::jit::default_engine().metrics().reset(); }

bool me_function_at(int index, me_function_info* out) {
  const auto names = me::function_names();
  if (out == nullptr || index < 0 || static_cast<std::size_t>(index) >= names.size()) return false;
  const me::OpName& row = names[static_cast<std::size_t>(index)];
  const me::OpInfo& info = me::info_of(row.op);
  *out = {row.spelling.data(), info.help.data(), static_cast<int>(info.arity), info.ulp};
  return true;
}

int me_set_host(const me_host* host) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&] {
    const auto done = me::jit::default_engine().hosts().set(host);
    if (done) return 0;
    me::api::set_error(done.error(), "", "");
    return me::compile_code_of(done.error().status);
  });
}

int me_use_wasmtime(const char* library_path) {
  me::api::clear_error();
  return guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&] {
    const auto done = me::jit::default_engine().hosts().use_wasmtime(library_path);
    if (done) return 0;
    me::api::set_error(done.error(), "", "");
    return me::compile_code_of(done.error().status);
  });
}

void me_prepare_wasmtime(const char* fallback_path) {
  me::api::clear_error();
  guarded<int>(0, 0, [&] {
    me::jit::default_engine().hosts().prepare_wasmtime(fallback_path);
    return 0;
  });
}

const char* me_host_description(void) {
  thread_local std::string text;
  return guarded<const char*>("", "", [&] {
    text = me::jit::default_engine().hosts().description();
    return text.c_str();
  });
}

uint64_t me_host_generation(void) { return me::jit::default_engine().hosts().generation(); }

void me_set_print_sink(me_print_sink sink, void* user) {
  guarded<int>(0, 0, [&] {
    me::jit::default_engine().set_print_sink(sink, user);
    return 0;
  });
}

int me_set_num_threads(int count) { return me::jit::set_thread_count(count); }

int me_get_num_threads(void) { return me::jit::thread_count(); }

void me_interrupt(bool on) { me::jit::default_engine().interrupt(on); }

}  // extern "C"
