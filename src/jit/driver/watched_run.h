// A chunk in the interpreter that goes over to code at the head of a loop, if it is there for long.
#pragma once

#include <cstdint>

#include "interp/vm.h"
#include "ir/kernel_abi.h"
#include "jit/code_slot.h"
#include "jit/runtime/engine.h"

namespace me::jit {

// Buffers for entering code, reused.
struct EntryScratch {
  std::vector<const void*> operands;
  std::vector<std::uint64_t> scalars;
  std::vector<char> tail;
  std::vector<char> out;
};

// What a run needs to know of its evaluation; references outlive it.
struct Watched {
  Engine& engine;
  const Kernel& kernel;
  const CodeSlot::Use& use;
  bool is_profiled;
  const void* const* operands;  // native, then the KernelContext
  const ir::KernelContext& context;
  interp::Workspace& workspace;
  EntryScratch& scratch;
};

// As interp::run, of a map stage: `count` items of `stage` to `out`.
ir::KernelStatus run_watched(const Watched& watched, std::size_t stage, void* out, std::int64_t count);

}  // namespace me::jit
