// How many elements one iteration computes, and which instructions leave the loop.
//
// Enters: a stage. Leaves: a Plan. Example: a*2 + b over float64 computes 8 elements at a time, as four
// registers hide each other's latency and their loads share one bounds check; tgamma(a) computes 2, as its
// code is long enough to fill the machine. Tested by tests/unit/wasm_module_test.cpp.
#include "wasm/plan.h"

#include <algorithm>

#include "ir/kernel_abi.h"
#include "vmath/reduce_order.h"
#include "wasm/recipes.h"

namespace me::wasm {
namespace {

using ir::Inst;
using ir::InstKind;

// Instructions of machine code per register, roughly.
unsigned cost(const Inst& inst) {
  if (inst.kind != InstKind::Op) return 1;
  if (info_of(inst.op).impl == Impl::math) return inst.op == Op::Sqrt ? 1 : 40;
  switch (inst.op) {
    case Op::DivTrunc:
    case Op::FloorDivide:
    case Op::Mod:
    case Op::Fmod:
    case Op::Pow: return 20;
    case Op::Nextafter: return 15;
    default: return 1;
  }
}

bool is_ordered(const ir::Reduction& r) {
  return is_float(r.dtype) && (r.op == Op::Sum || r.op == Op::Prod);
}

// Registers per 64-bit value.
unsigned unrolling(const ir::Stage& stage, const Plan& plan) {
  unsigned total = 0;
  unsigned loop_cost = 0;
  unsigned live = static_cast<unsigned>(stage.locals.size());
  int depth = 0;
  for (std::size_t i = 0; i < stage.insts.size(); ++i) {
    const Inst& inst = stage.insts[i];
    if (inst.kind == InstKind::Loop) ++depth;
    if (inst.kind == InstKind::If && depth > 0) ++depth;
    if (inst.kind == InstKind::End && depth > 0) --depth;
    if (inst.uniform || plan.invariant[i]) continue;
    total += cost(inst);
    if (depth > 0) loop_cost += cost(inst);
    if (inst.kind == InstKind::Operand) ++live;
  }
  // In a loop the state of all registers is live at once.
  if (loop_cost > 0) return loop_cost <= 60 && live <= 12 ? 2 : 1;
  if (total <= 24) return 4;
  return total <= 200 ? 2 : 1;
}

}  // namespace

Plan plan(const ir::Program& program, const ir::Stage& stage) {
  Plan p;
  p.invariant.assign(stage.insts.size(), false);
  p.uses_operand.assign(program.operands.size(), false);
  unsigned widest = 8;
  unsigned most_bytes = 1;
  const auto see = [&](DType t) {
    widest = std::max(widest, bits_of(t));
    most_bytes = std::max(most_bytes, widest / 8);
  };
  for (std::size_t i = 0; i < stage.insts.size(); ++i) {
    const Inst& inst = stage.insts[i];
    if (inst.dtype != DType::Auto) see(inst.dtype);
    switch (inst.kind) {
      case InstKind::Operand: p.uses_operand[inst.index] = true; break;
      case InstKind::Scalar: p.uses_scalars = true; [[fallthrough]];
      case InstKind::Const: p.invariant[i] = true; break;
      case InstKind::Splat: p.invariant[i] = p.invariant[inst.args[0]]; break;
      case InstKind::Op: {
        bool all = true;
        for (const ir::ValueId a : inst.args) all = all && (a == ir::kNoValue || p.invariant[a]);
        p.invariant[i] = all;
        if (info_of(inst.op).impl == Impl::math) p.uses_tables = true;
        if (math_may_redo(inst.op)) p.may_redo = true;
        break;
      }
      case InstKind::Tick: p.has_ticks = true; break;
      case InstKind::Get:
      case InstKind::Set:
      case InstKind::If:
      case InstKind::Loop:
      case InstKind::End:
      case InstKind::LeaveUnless:
      case InstKind::Fail:
      case InstKind::Store:
      case InstKind::Reduce: break;
    }
  }
  for (const ir::Local& local : stage.locals) see(local.dtype);
  for (const ir::Reduction& r : stage.reductions) see(r.dtype);
  p.widest = widest;
  const unsigned base = 128 / widest;
  p.lanes = std::min<unsigned>(base * unrolling(stage, p), ir::kTailSlotBytes / most_bytes);
  for (const ir::Reduction& r : stage.reductions) {
    // The order of sums is that of as many lanes.
    if (is_ordered(r)) p.lanes = vmath::kReduceLanes;
  }
  return p;
}

}  // namespace me::wasm
