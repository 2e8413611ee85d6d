// Cheap masked branches become straight code.
//
// Enters: a stage. Leaves: the stage where a region under a varying condition is gone if running it
// costs about as much as finding out whether to run it: its assignments carry masks already, so
// that it changes nothing when no element is on. What then stands in straight code is open to all
// other passes. Regions with loops, failures or expensive operations stay.
// Example: `if %c { set x %v where %c }` becomes `set x %v where %c`.
// Tested by tests/unit/ir_passes_test.cpp and ir_random_test.cpp.
#include <vector>

#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace me::ir {
namespace {

// About a dozen simple vector instructions: what a test, a branch and its misprediction now and
// then cost.
constexpr unsigned kMaxCost = 24;
constexpr unsigned kNever = 1000;

unsigned cost_of(const Inst& inst) {
  switch (inst.kind) {
    case InstKind::Op: break;
    case InstKind::Set: return inst.args[1] == kNoValue ? 0 : 1;
    case InstKind::Operand: return 1;
    case InstKind::Scalar:
    case InstKind::Const:
    case InstKind::Get:
    case InstKind::Splat:
    case InstKind::End: return 0;
    case InstKind::If: return inst.uniform ? kNever : 0;
    case InstKind::Loop:
    case InstKind::LeaveUnless:
    case InstKind::Tick:
    case InstKind::Fail:
    case InstKind::Store:
    case InstKind::Reduce:
    case InstKind::Call:
    case InstKind::Print: return kNever;
  }
  if (inst.uniform) return 1;
  if (info_of(inst.op).impl != Impl::basic) return kNever;
  switch (inst.op) {
    case Op::Div:
    case Op::Sqrt: return 8;
    case Op::DivTrunc:
    case Op::FloorDivide:
    case Op::Mod:
    case Op::Fmod:
    case Op::Pow:
    case Op::Nextafter: return kNever;
    default: return 2;
  }
}

}  // namespace

void flatten_branches(Stage& stage) {
  const Regions regions = find_regions(stage);
  std::vector<bool> dropped(stage.insts.size(), false);
  std::vector<unsigned> cost_before(stage.insts.size() + 1, 0);
  for (ValueId i = 0; i < stage.insts.size(); ++i) {
    cost_before[i + 1] = cost_before[i] + cost_of(stage.insts[i]);
  }
  for (ValueId i = 0; i < stage.insts.size(); ++i) {
    const Inst& inst = stage.insts[i];
    if (inst.kind != InstKind::If || inst.uniform) continue;
    const ValueId end = regions.end_of[i];
    if (cost_before[end] - cost_before[i + 1] > kMaxCost) continue;
    dropped[i] = dropped[end] = true;
  }
  std::vector<ValueId> order;
  for (ValueId i = 0; i < stage.insts.size(); ++i) {
    if (!dropped[i]) order.push_back(i);
  }
  reorder(stage, order);
}

}  // namespace me::ir
