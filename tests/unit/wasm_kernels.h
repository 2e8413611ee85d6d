// Generated kernels in tests: hand-built programs compiled for the native engine and called on
// arrays.
//
// The engine is the one that ME_WASMTIME names; without one, tests that run kernels say so and
// pass.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/env.h"
#include "engine/native_kernels.h"
#include "interp_programs.h"
#include "ir/kernel_abi.h"
#include "vmath/tables.h"
#include "wasm/lower.h"

namespace me::test {

// Null without an engine.
inline engine::NativeKernels* native_engine() {
  static std::string why;
  static const std::unique_ptr<engine::NativeKernels> shared =
      engine::NativeKernels::create(nullptr, &why);
  if (shared == nullptr && env::wasmtime_path()) FAIL_CHECK("the named engine fails: " << why);
  if (shared == nullptr) MESSAGE("skipped, no native engine: " << why);
  return shared.get();
}

// One compiled stage.
class WasmKernel {
 public:
  WasmKernel(const Builder& b, int opt_level = 1)
      : host_(native_engine()->host()), operands_(b.program.operands.size()) {
    auto lowered = wasm::lower(b.program, 0, {true, opt_level});
    if (const auto* declined = std::get_if<wasm::Decline>(&lowered)) {
      FAIL("declined: " << declined->reason);
    }
    module = std::get<wasm::Module>(std::move(lowered));
    entry_ = host_.instantiate(host_.user, module.bytes.data(), module.bytes.size());
    if (entry_ == 0) {
      FAIL("refused: " << host_.last_error(host_.user) << "\n" << wasm::to_text(module.bytes));
    }
  }
  WasmKernel(const WasmKernel&) = delete;
  WasmKernel& operator=(const WasmKernel&) = delete;
  ~WasmKernel() { host_.release(host_.user, entry_); }

  ir::KernelStatus run(const std::vector<const void*>& inputs, void* out, std::int64_t n,
                       const Call& call = {}) const {
    std::vector<std::uint64_t> scratch((operands_ + 1) * ir::kTailSlotBytes / 8,
                                       0xabababababababab);
    ir::KernelContext context{};
    context.tables = biased(&vmath::kTables);
    context.scalars = biased(call.scalars.data());
    context.scratch = biased(scratch.data());
    context.interrupt = biased(&call.interrupt);
    context.while_cap = call.while_cap;
    std::vector<const void*> words;
    for (const void* p : inputs) words.push_back(reinterpret_cast<const void*>(biased(p)));
    words.push_back(reinterpret_cast<const void*>(biased(&context)));
    return static_cast<ir::KernelStatus>(host_.call(host_.user, entry_, words.data(), out, n));
  }

  wasm::Module module;

 private:
  std::uint64_t biased(const void* p) const {
    return reinterpret_cast<std::uintptr_t>(p) + static_cast<std::uint64_t>(host_.address_bias);
  }

  me_host host_;
  std::size_t operands_;
  std::uintptr_t entry_ = 0;
};

// Whether two elements of dtype t are the same, any NaN being like any other.
inline bool same_element(DType t, const void* a, const void* b) {
  if (std::memcmp(a, b, size_of(t)) == 0) return true;
  if (!is_float(t)) return false;
  const double x = load_scalar(t, a).as_double();
  const double y = load_scalar(t, b).as_double();
  return x != x && y != y;
}

}  // namespace me::test
