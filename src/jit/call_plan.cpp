// The plan of a kernel's calls.
//
// Enters: a program after all passes. Leaves: facts about it. Example: `a*b + 1` is flat, without loops,
// its work is 7; `a + _i0` is not flat, since positions follow from shapes.
// Tested by tests/unit/flat_test.cpp.
#include "jit/call_plan.h"

#include <algorithm>

#include "base/ops.h"

namespace me::jit {
namespace {

// An elementary function is some twenty instructions, a loop runs many times.
constexpr std::int64_t kFunctionWork = 20;
constexpr std::int64_t kLoopWork = 100;

bool is_flat(const ir::Program& program) {
  if (!program.script.empty() || is_text(program.result)) return false;
  const bool operands = std::all_of(
      program.operands.begin(), program.operands.end(), [](const ir::OperandSlot& slot) {
        return slot.source == ir::OperandSource::Param && !is_text(slot.dtype);
      });
  const bool scalars = std::all_of(
      program.scalars.begin(), program.scalars.end(), [](const ir::ScalarSlot& slot) {
        return slot.source == ir::ScalarSource::Param || slot.source == ir::ScalarSource::Count ||
               slot.source == ir::ScalarSource::Reduction;
      });
  const bool domains = std::all_of(
      program.domains.begin(), program.domains.end(),
      [](const ir::Domain& d) { return !d.array && (d.whole_call || !d.operands.empty()); });
  const bool stages = std::all_of(program.stages.begin(), program.stages.end() - 1,
                                  [](const ir::Stage& stage) { return stage.is_reduction(); });
  return operands && scalars && domains && stages && !program.operands.empty();
}

std::int64_t work_of(const ir::Stage& stage) {
  std::int64_t work = 0;
  std::int64_t factor = 1;
  for (const ir::Inst& inst : stage.insts) {
    if (inst.kind == ir::InstKind::Loop) factor = kLoopWork;
    const bool function = inst.kind == ir::InstKind::Op && info_of(inst.op).impl == Impl::math;
    work += function ? kFunctionWork : 1;
  }
  return work * factor;
}

}  // namespace

CallPlan plan_calls(const ir::Program& program) {
  CallPlan plan;
  plan.flat = is_flat(program);
  plan.keeps_shape = std::none_of(program.domains.begin(), program.domains.end(),
                                  [](const ir::Domain& d) { return d.array; });
  plan.loops = !program.script.empty();
  for (const ir::Stage& stage : program.stages) {
    plan.work.push_back(work_of(stage));
    for (const ir::Inst& inst : stage.insts) {
      if (inst.kind == ir::InstKind::Loop) plan.loops = true;
      if (inst.kind == ir::InstKind::Tick &&
          inst.index == static_cast<std::uint32_t>(ir::TickKind::While)) {
        plan.counts_while = true;
      }
    }
  }
  for (const ir::OperandSlot& slot : program.operands) {
    plan.item_bytes.push_back(static_cast<std::uint32_t>(size_of(slot.dtype, slot.width)));
  }
  return plan;
}

}  // namespace me::jit
