// How many elements one iteration computes, and which instructions leave the loop.
//
// Enters: a stage. Leaves: a Plan. Example: a*2 + b over float64 computes 8 elements at a time, as
// four registers hide each other's latency and their loads share one bounds check; tgamma(a)
// computes 2, as its code is long enough to fill the machine. Code that is to be quick to compile
// computes one register of the widest lanes at a time. Tested by
// tests/unit/wasm_module_test.cpp.
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
  if (info_of(inst.op).impl == Impl::math) {
    switch (inst.op) {
      case Op::Exp:
      case Op::Exp2:
      case Op::Exp10:
      case Op::Log:
      case Op::Log2:
        return 40;
      case Op::Tgamma:
      case Op::Lgamma:
        return 600;
      default:
        return 90;
    }
  }
  switch (inst.op) {
    case Op::DivTrunc:
    case Op::FloorDivide:
    case Op::Mod:
    case Op::Fmod:
    case Op::Pow:
      return 20;
    case Op::Nextafter:
      return 15;
    default:
      return 1;
  }
}

bool is_ordered(const ir::Reduction& r) {
  if (is_complex(r.dtype)) return true;
  return is_float(r.dtype) && (r.op == Op::Sum || r.op == Op::Prod);
}

// Registers per value of the widest lanes. Benchmarks: simple arithmetic gains up to four, long
// functions nothing beyond two; loops gain as long as their state stays in registers. Long code
// takes long to compile.
unsigned unrolling(const ir::Stage& stage, const Plan& plan) {
  unsigned total = 0;
  unsigned in_loops = 0;
  int depth = 0;
  for (std::size_t i = 0; i < stage.insts.size(); ++i) {
    const Inst& inst = stage.insts[i];
    if (inst.kind == InstKind::Loop) ++depth;
    if (inst.kind == InstKind::If && depth > 0) ++depth;
    if (inst.kind == InstKind::End && depth > 0) --depth;
    if (inst.uniform || plan.invariant[i]) continue;
    total += cost(inst);
    if (depth > 0) in_loops += cost(inst);
  }
  if (in_loops > 0) return in_loops <= 40 ? 4 : in_loops <= 120 ? 2 : 1;
  // Extrema wait for each other: more accumulators, more speed.
  if (stage.is_reduction() && total <= 8) return 8;
  if (total <= 60) return 4;
  return total <= 500 ? 2 : 1;
}

// If instruction `id` is `Set x, x + c, mask` (or x - c) with an x that is as the sum read it: c. Then
// a step by c & mask does without a selection (Lowering::step_local).
ir::ValueId masked_step(const ir::Stage& stage, ir::ValueId id) {
  const Inst& set = stage.insts[id];
  if (set.args[1] == ir::kNoValue || stage.insts[set.args[1]].uniform) return ir::kNoValue;
  const Inst& sum = stage.insts[set.args[0]];
  if (sum.kind != InstKind::Op || is_bool(sum.dtype)) return ir::kNoValue;
  const auto reads = [&](ir::ValueId v) {
    const Inst& get = stage.insts[v];
    return get.kind == InstKind::Get && get.index == set.index;
  };
  int local = 0;
  if (sum.op == Op::Add) {
    local = reads(sum.args[0]) ? 0 : 1;
  } else if (sum.op != Op::Sub) {
    return ir::kNoValue;
  }
  if (!reads(sum.args[local])) return ir::kNoValue;
  for (ir::ValueId i = sum.args[local]; i < id; ++i) {
    const Inst& between = stage.insts[i];
    if (between.kind == InstKind::Set && between.index == set.index) return ir::kNoValue;
    if (between.kind == InstKind::If || between.kind == InstKind::Loop ||
        between.kind == InstKind::End) {
      return ir::kNoValue;
    }
  }
  return sum.args[1 - local];
}

}  // namespace

Plan plan(const ir::Program& program, const ir::Stage& stage, int opt_level) {
  Plan p;
  p.invariant.assign(stage.insts.size(), false);
  p.masked_step.assign(stage.insts.size(), ir::kNoValue);
  p.uses_operand.assign(program.operands.size(), false);
  unsigned widest = 8;
  unsigned most_bytes = 1;
  const auto see = [&](DType t) {
    widest = std::max(widest, bits_of(t));
    most_bytes = std::max(most_bytes, widest / 8);
  };
  for (std::size_t i = 0; i < stage.insts.size(); ++i) {
    const Inst& inst = stage.insts[i];
    if (inst.dtype != DType::Auto && !inst.uniform) see(inst.dtype);
    p.cost += cost(inst);
    switch (inst.kind) {
      case InstKind::Operand:
        p.uses_operand[inst.index] = true;
        most_bytes = std::max(most_bytes,
                              static_cast<unsigned>(size_of(program.operands[inst.index].dtype)));
        break;
      case InstKind::Scalar:
        p.uses_scalars = true;
        [[fallthrough]];
      case InstKind::Const:
        p.invariant[i] = true;
        break;
      case InstKind::Splat:
        p.invariant[i] = p.invariant[inst.args[0]];
        break;
      case InstKind::Op: {
        bool all = true;
        for (const ir::ValueId a : inst.args) all = all && (a == ir::kNoValue || p.invariant[a]);
        p.invariant[i] = all;
        if (info_of(inst.op).impl == Impl::math) p.uses_tables = true;
        if (math_may_redo(inst.op, inst.dtype)) p.may_redo = true;
        break;
      }
      case InstKind::Tick:
        p.has_ticks = true;
        break;
      case InstKind::Set:
        p.masked_step[i] = masked_step(stage, static_cast<ir::ValueId>(i));
        break;
      case InstKind::Get:
      case InstKind::If:
      case InstKind::Loop:
      case InstKind::End:
      case InstKind::LeaveUnless:
      case InstKind::Fail:
      case InstKind::Store:
      case InstKind::Reduce:
      case InstKind::Call:
      case InstKind::Print:
        break;
    }
  }
  for (const ir::Local& local : stage.locals) {
    if (!local.uniform) see(local.dtype);
  }
  for (const ir::Reduction& r : stage.reductions) {
    see(is_complex(r.dtype) ? part_of(r.dtype) : r.dtype);
  }
  p.widest = widest;
  // Both parts of an element must fit the slots of the last vector.
  const DType stored = ir::stored_dtype(program, stage);
  if (is_complex(stored)) most_bytes = std::max(most_bytes, static_cast<unsigned>(size_of(stored)));
  const unsigned base = 128 / widest;
  p.lanes = std::min<unsigned>(base * (opt_level > 0 ? unrolling(stage, p) : 1), ir::kTailSlotBytes / most_bytes);
  for (const ir::Reduction& r : stage.reductions) {
    // The order of sums is that of as many lanes.
    if (is_ordered(r)) p.lanes = vmath::kReduceLanes;
  }
  p.code = p.cost * std::max(p.lanes / base, 1u);
  return p;
}

}  // namespace me::wasm
