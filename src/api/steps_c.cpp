// Compiling and saving in steps, for C callers that have an event loop to turn.
//
// Enters: what me_kernel_compile_deferred and me_kernel_save take. Leaves: after so many calls of
// me_steps_next, what those give. Example: a sum of ten terms takes some ten steps, each far below a
// millisecond; of a program at the limits, the longest is a phase of the front end.
// Tested by tests/c_abi/steps.c.
#include <string>
#include <variant>
#include <vector>

#include "api/compile_source.h"
#include "api/guard.h"
#include "api/kernel_handle.h"
#include "base/steps.h"
#include "jit/runtime/engine.h"
#include "jit/store/kernel_file.h"
#include "me_engine.h"

namespace me::api {
namespace {

struct Compiling {
  std::string text;  // for errors
  Steps<Result<std::shared_ptr<const jit::Kernel>>> steps;
};

struct Saving {
  std::shared_ptr<const jit::Kernel> kernel;  // outlives the steps
  Steps<Result<std::vector<std::uint8_t>>> steps;
};

// 0, or the error of work that has ended.
int outcome(Compiling& work) {
  return work.steps.result() ? 0 : refuse_compile(work.steps.result().error(), work.text);
}

int outcome(Saving& work) {
  return work.steps.result() ? 0 : refuse_compile(work.steps.result().error(), {});
}

}  // namespace
}  // namespace me::api

struct me_steps {
  std::variant<me::api::Compiling, me::api::Saving> work;
  int status = 1;           // what me_steps_next gave last
  bool has_thrown = false;  // it stays at that
};

using me::api::guarded;

extern "C" {

me_steps* me_kernel_compile_steps(const char* text, size_t length, const me_param* params,
                                  int param_count, const me_compile_options* options) {
  me::api::clear_error();
  return guarded<me_steps*>(nullptr, nullptr, [&]() -> me_steps* {
    me::jit::Source source;
    if (me::api::compile_source(text, length, params, param_count, options, &source)) {
      return nullptr;
    }
    std::string copy = source.text;
    auto steps = me::jit::default_engine().deferred_steps(std::move(source));
    return new me_steps{me::api::Compiling{std::move(copy), std::move(steps)}};
  });
}

me_steps* me_kernel_save_steps(const me_kernel* kernel, uint32_t pointer_bits) {
  me::api::clear_error();
  return guarded<me_steps*>(nullptr, nullptr, [&]() -> me_steps* {
    if (kernel == nullptr || (pointer_bits != 0 && pointer_bits != 32 && pointer_bits != 64)) {
      me::api::refuse_compile("a required argument is NULL, or the pointer width is none");
      return nullptr;
    }
    std::vector<int> widths = {32, 64};
    if (pointer_bits != 0) widths = {static_cast<int>(pointer_bits)};
    auto steps = me::jit::save_steps(*kernel->kernel, std::move(widths));
    return new me_steps{me::api::Saving{kernel->kernel, std::move(steps)}};
  });
}

int me_steps_next(me_steps* steps) {
  me::api::clear_error();
  if (steps == nullptr) return me::api::refuse_compile("a required argument is NULL");
  if (steps->status < 0 && steps->has_thrown) return steps->status;
  steps->has_thrown = true;
  steps->status = guarded<int>(ME_COMPILE_ERR_OOM, ME_COMPILE_ERR_INVALID_ARG, [&] {
    const int status = std::visit(
        [](auto& work) { return work.steps.next() ? 1 : me::api::outcome(work); }, steps->work);
    steps->has_thrown = false;
    return status;
  });
  return steps->status;
}

me_kernel* me_steps_kernel(me_steps* steps) {
  return guarded<me_kernel*>(nullptr, nullptr, [&]() -> me_kernel* {
    if (steps == nullptr || steps->status != 0) return nullptr;
    auto* work = std::get_if<me::api::Compiling>(&steps->work);
    return work ? new me_kernel{*work->steps.result()} : nullptr;
  });
}

size_t me_steps_file(me_steps* steps, char** bytes) {
  if (bytes == nullptr) return 0;
  *bytes = nullptr;
  auto* work = steps && steps->status == 0 ? std::get_if<me::api::Saving>(&steps->work) : nullptr;
  if (work == nullptr) return 0;
  const std::vector<std::uint8_t>& file = *work->steps.result();
  *bytes = me::api::give({reinterpret_cast<const char*>(file.data()), file.size()});
  return *bytes ? file.size() : 0;
}

void me_steps_free(me_steps* steps) { delete steps; }

}  // extern "C"
