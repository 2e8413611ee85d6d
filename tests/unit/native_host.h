// A host for tests of tiers: it runs native functions in the place of the modules of known programs (under
// sanitizers no generated code could run), and
// fails, refuses or waits when the test says so. Thread-safe but for its settings.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "interp/schedule.h"
#include "interp/vm.h"
#include "ir/assume_uniform.h"
#include "ir/continuation.h"
#include "ir/kernel_abi.h"
#include "jit/instantiate.h"
#include "me_host.h"

namespace me::test {

class NativeHost {
 public:
  using Function = std::function<std::int32_t(const void* const* operands, void* out, std::int64_t items)>;
  static constexpr std::int64_t kBias = -ME_HOST_MEMORY64_BASE;

  // Called before each kernel call with the number of the call; its answer instead of the kernel's
  // status if not 0, after rubbish was written. And before each instantiation: false refuses.
  std::function<std::int32_t(std::uint64_t call, std::uintptr_t entry)> on_call;
  std::function<bool()> on_instantiate;

  // The functions that stand for the program's stages, in both tiers.
  void learn(const ir::Program& program, const std::vector<Function>& functions) {
    for (const jit::Tier tier : {jit::Tier::BaselineJit, jit::Tier::OptimizingJit}) {
      const auto modules = std::get<jit::Modules>(jit::lower(program, sizeof(void*) * 8, tier));
      for (std::size_t i = 0; i < functions.size(); ++i) known_[modules.stages[i]] = functions[i];
    }
  }

  // Everything that the kernel's profile or its loops may ask for: the program, the program with operands
  // that are one value, and its continuations. What stands for them is the interpreter, reached the way that
  // code is.
  void learn(const ir::Program& program) {
    learn(program, interpreted(program));
    const std::uint64_t all = (std::uint64_t{1} << program.operands.size()) - 1;
    for (std::uint64_t assumed = 1; assumed <= all; ++assumed) {
      const ir::Program p = ir::assume_uniform(program, assumed);
      learn(p, interpreted(p));
    }
    for (std::size_t s = 0; s < program.stages.size(); ++s) {
      const std::uint32_t loops = interp::schedule(program, s).counter_count;
      for (std::uint32_t counter = 0; counter < loops; ++counter) {
        const interp::LoopState state = interp::loop_state(program, s, counter);
        const auto c = ir::continue_at(program, s, state.loop, interp::values_at_hand(state));
        if (c) learn(c->program, interpreted(c->program));
      }
    }
  }

  // Operand `i` of a call, as the caller meant it.
  template <class T>
  static const T* operand(const void* const* operands, std::size_t i) {
    return reinterpret_cast<const T*>(reinterpret_cast<std::uintptr_t>(operands[i]) -
                                      static_cast<std::uintptr_t>(kBias));
  }

  int alive() const { return alive_; }
  std::uint64_t calls() const { return calls_; }

  me_host table() {
    me_host h{};
    h.abi_version = ME_HOST_ABI_VERSION;
    h.struct_size = sizeof(me_host);
    h.pointer_bits = sizeof(void*) * 8;
    h.address_bias = kBias;
    h.user = this;
    h.instantiate = [](void* user, const std::uint8_t* bytes, std::size_t size) -> std::uintptr_t {
      return static_cast<NativeHost*>(user)->instantiate({bytes, bytes + size});
    };
    h.release = [](void* user, std::uintptr_t entry) {
      delete reinterpret_cast<Entry*>(entry);
      --static_cast<NativeHost*>(user)->alive_;
    };
    h.call = [](void* user, std::uintptr_t entry, const void* const* operands, void* out,
                std::int64_t items) -> std::int32_t {
      auto* self = static_cast<NativeHost*>(user);
      const std::uint64_t call = self->calls_++;
      const std::int32_t answer = self->on_call ? self->on_call(call, entry) : 0;
      if (answer == 0) return reinterpret_cast<Entry*>(entry)->function(operands, out, items);
      *static_cast<std::int64_t*>(out) = -77;
      return answer;
    };
    h.last_error = [](void*) { return "the test says no"; };
    return h;
  }

 private:
  // A function for each stage.
  static std::vector<Function> interpreted(const ir::Program& program) {
    std::vector<Function> functions;
    for (std::size_t s = 0; s < program.stages.size(); ++s) {
      functions.push_back([stage = interp::schedule(program, s)](const void* const* operands, void* out,
                                                                 std::int64_t items) {
        thread_local interp::Workspace workspace;
        std::vector<const void*> native;
        for (std::size_t i = 0; i < stage.operand_count; ++i) native.push_back(operand<char>(operands, i));
        ir::KernelContext context = *operand<ir::KernelContext>(operands, stage.operand_count);
        for (std::uint64_t* field : {&context.tables, &context.scalars, &context.scratch, &context.interrupt}) {
          *field -= static_cast<std::uint64_t>(kBias);
        }
        native.push_back(&context);
        return static_cast<std::int32_t>(interp::run(stage, native.data(), out, items, workspace));
      });
    }
    return functions;
  }

  struct Entry {
    Function function;
  };

  std::uintptr_t instantiate(const std::vector<std::uint8_t>& bytes) {
    if (on_instantiate && !on_instantiate()) return 0;
    const auto it = known_.find(bytes);
    if (it == known_.end()) return 0;
    ++alive_;
    return reinterpret_cast<std::uintptr_t>(new Entry{it->second});
  }

  std::map<std::vector<std::uint8_t>, Function> known_;
  std::atomic<int> alive_{0};
  std::atomic<std::uint64_t> calls_{0};
};

// The int64 programs `a * 3 + 1` and `a - sum(a)` and what stands for their stages.
struct NativeProgram {
  const char* text;
  std::vector<NativeHost::Function> functions;
};

inline const std::vector<NativeProgram>& native_programs() {
  static const NativeHost::Function line = [](const void* const* operands, void* out,
                                              std::int64_t items) -> std::int32_t {
    const auto* a = NativeHost::operand<std::int64_t>(operands, 0);
    for (std::int64_t i = 0; i < items; ++i) static_cast<std::int64_t*>(out)[i] = a[i] * 3 + 1;
    return 0;
  };
  static const NativeHost::Function sum = [](const void* const* operands, void* out,
                                             std::int64_t items) -> std::int32_t {
    const auto* a = NativeHost::operand<std::int64_t>(operands, 0);
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < items; ++i) total += a[i];
    *static_cast<std::int64_t*>(out) = total;
    return 0;
  };
  static const NativeHost::Function minus = [](const void* const* operands, void* out,
                                               std::int64_t items) -> std::int32_t {
    const auto* a = NativeHost::operand<std::int64_t>(operands, 0);
    const auto* context = NativeHost::operand<ir::KernelContext>(operands, 1);
    const auto scalars = static_cast<std::uintptr_t>(context->scalars) -
                         static_cast<std::uintptr_t>(NativeHost::kBias);
    const std::int64_t total = *reinterpret_cast<const std::int64_t*>(scalars);
    for (std::int64_t i = 0; i < items; ++i) static_cast<std::int64_t*>(out)[i] = a[i] - total;
    return 0;
  };
  static const std::vector<NativeProgram> programs = {{"a * 3 + 1", {line}},
                                                      {"a - sum(a)", {sum, minus}}};
  return programs;
}

}  // namespace me::test
