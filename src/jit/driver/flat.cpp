// Calls over contiguous arrays of one shape.
//
// Enters: addresses and a number of items. Leaves: what jit/driver/evaluate.cpp gives for the same arrays, without
// its views, shapes and walks. Example: `a*b + 1` over 10 items is one chunk whose operands are a and b
// themselves. A stage's operands and domains all have the items of the call, or CallPlan::flat is false.
// Tested by tests/unit/flat_test.cpp, tests/c_abi and tests/golden.
#include "jit/driver/flat.h"

#include "jit/driver/call.h"

namespace me::jit {
namespace {

struct Bytes {
  std::uintptr_t begin;
  std::uintptr_t size;
};

bool overlap(Bytes a, Bytes b) {
  return a.begin < b.begin + b.size && b.begin < a.begin + a.size;
}

Bytes bytes_at(const void* data, std::int64_t items, std::size_t item_bytes) {
  return {reinterpret_cast<std::uintptr_t>(data), static_cast<std::uintptr_t>(items) * item_bytes};
}

void set_scalars(Call& call, const Kernel& kernel, const FlatCall& arrays) {
  const auto& slots = kernel.program.scalars;
  for (std::size_t s = 0; s < slots.size(); ++s) {
    const ir::ScalarSlot& slot = slots[s];
    if (slot.source == ir::ScalarSource::Count) {
      call.set_scalar(s, Scalar::of_int(DType::Int64, arrays.items));
    } else if (slot.source == ir::ScalarSource::Param) {
      const auto* item = static_cast<const char*>(arrays.inputs[slot.param]);
      call.set_scalar(s, load_scalar(slot.dtype, item + slot.part * size_of(slot.dtype)));
    }
  }
}

}  // namespace

bool takes_flat(const Kernel& kernel, const FlatCall& call) {
  if (!kernel.plan.flat) return false;
  const ir::Program& program = kernel.program;
  if (program.result_uniform) return true;
  const std::size_t out_bytes = size_of(program.result);
  const Bytes out = bytes_at(call.out, call.items, out_bytes);
  for (const std::uint32_t slot : kernel.reads.back()) {
    const void* const data = call.inputs[program.operands[slot].param];
    const std::size_t item_bytes = kernel.plan.item_bytes[slot];
    if (data == call.out && item_bytes == out_bytes) continue;
    if (overlap(out, bytes_at(data, call.items, item_bytes))) return false;
  }
  return true;
}

Outcome evaluate_flat(Engine& engine, const Kernel& kernel, const FlatCall& arrays, Tier max_tier) {
  const ir::Program& program = kernel.program;
  Call call(engine, kernel, max_tier);
  std::vector<const char*>& data = call.scratch().flat;
  if (data.size() < program.operands.size()) data.resize(program.operands.size());
  for (std::size_t i = 0; i < program.operands.size(); ++i) {
    data[i] = static_cast<const char*>(arrays.inputs[program.operands[i].param]);
  }
  const FlatOperands operands{data.data(), arrays.items};
  set_scalars(call, kernel, arrays);

  engine.metrics().add(call.compiled() ? Metric::JitExecutions : Metric::InterpreterExecutions);
  const std::size_t last = program.stages.size() - 1;
  for (std::size_t s = 0; s < last; ++s) ME_TRY_VOID(call.reduce(s, operands));
  if (program.result_uniform) return call.map_one(last, arrays.out);
  return call.map(last, operands, static_cast<char*>(arrays.out));
}

}  // namespace me::jit
