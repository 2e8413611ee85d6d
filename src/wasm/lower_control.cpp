// Regions, locals, loop checks.
//
// Enters: If, Loop, LeaveUnless, End, Get, Set, Tick, Fail. Leaves: wasm's structured control flow;
// a varying condition counts as true if any lane of its mask is. Example: `Set x, v, m` is one
// bitselect per register. Loops poll the interrupt flag at their first and then every 64th
// iteration. Tested by tests/unit/wasm_run_test.cpp.
#include "base/status.h"
#include "wasm/convert.h"
#include "wasm/lowering.h"
#include "wasm/simd.h"

namespace me::wasm {
namespace {
constexpr std::int64_t kPollInterval = 64;
}

void Lowering::get_local(ir::ValueId id) {
  // A copy: the local may change while the value is still in use.
  Value v = locals_[stage_.insts[id].index];
  for (Local& r : v.registers) r = code_.copy(r);
  values_[id] = std::move(v);
}

// The registers of -v; of a constant they are another constant.
Registers Lowering::negated(ir::ValueId v) {
  const Value& value = values_[v];
  const ir::Inst& inst = stage_.insts[v];
  if (inst.kind == ir::InstKind::Splat) {
    const ir::Inst& from = stage_.insts[inst.args[0]];
    if (from.kind == ir::InstKind::Const) {
      const std::uint64_t sign = std::uint64_t{1} << (value.width - 1);
      return Registers(value.registers.size(),
                       code_.splat_bits(value.width, from.value.bits ^ sign));
    }
  }
  Registers result;
  for (const Local r : value.registers) {
    result.push_back(code_.keep(simd(code_, Op::Neg, value.dtype, r, 0)));
  }
  return result;
}

// Lanes that are switched off step by zero. Floats step by subtraction: x - 0 is x for every x, but
// -0 + 0 is 0; and x + c is x - -c.
void Lowering::step_local(const ir::Inst& inst, ir::ValueId by, const Registers& mask) {
  const Value& local = locals_[inst.index];
  Op op = stage_.insts[inst.args[0]].op;
  Registers step = values_[by].registers;
  if (is_float(local.dtype) && op == Op::Add) {
    op = Op::Sub;
    step = negated(by);
  }
  for (std::size_t i = 0; i < mask.size(); ++i) {
    const Local masked = code_.keep(code_.binary(bn::AndVec128, step[i], mask[i]));
    code_.set(local.registers[i], simd(code_, op, local.dtype, local.registers[i], masked));
  }
}

void Lowering::set_local(ir::ValueId id) {
  const ir::Inst& inst = stage_.insts[id];
  const Value& local = locals_[inst.index];
  const Value& value = values_[inst.args[0]];
  const Registers from =
      is_bool(local.dtype) ? mask_registers(value, local.width) : value.registers;
  if (inst.args[1] == ir::kNoValue) {
    for (std::size_t i = 0; i < from.size(); ++i) code_.set(local.registers[i], code_.get(from[i]));
    return;
  }
  const Registers mask = mask_registers(values_[inst.args[1]], local.width);
  if (plan_.masked_step[id] != ir::kNoValue) {
    return step_local(inst, plan_.masked_step[id], mask);
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    code_.set(local.registers[i], code_.bitselect(mask[i], from[i], local.registers[i]));
  }
}

std::optional<Registers> Lowering::active_lanes(const Value& mask) {
  // Only recipes that may give up want to know; note_bad brings their masks to this width.
  if (!plan_.may_redo || mask.shape.uniform()) return std::nullopt;
  return mask_registers(mask, 64);
}

void Lowering::begin_if(const ir::Inst& inst) {
  const Value& condition = values_[inst.args[0]];
  Region region{ir::InstKind::If, {}, {}, 0, 0, active_lanes(condition)};
  if (!region.lanes && !regions_.empty()) region.lanes = regions_.back().lanes;
  code_.begin_if(any_lane(code_, condition));
  regions_.push_back(std::move(region));
}

void Lowering::begin_loop(const ir::Inst& inst) {
  Region region{ir::InstKind::Loop, {}, {}, 0, 0, std::nullopt};
  if (!regions_.empty()) region.lanes = regions_.back().lanes;
  if (plan_.has_ticks) {
    region.left = code_.add_local(bn::Type::i64);
    code_.set(region.left, code_.i64(0));
    region.passed = code_.add_local(bn::Type::i64);
    const bool counted_before = inst.args[0] != ir::kNoValue;
    Node passed = counted_before ? code_.make().makeSIMDExtract(
                                       bn::ExtractLaneVecI64x2,
                                       code_.get(values_[inst.args[0]].registers[0]), 0)
                                 : code_.i64(0);
    code_.set(region.passed, passed);
  }
  region.leave = code_.begin_block();
  region.repeat = code_.begin_loop();
  regions_.push_back(std::move(region));
}

void Lowering::end_region() {
  ME_ASSERT(!regions_.empty());
  const Region region = std::move(regions_.back());
  regions_.pop_back();
  if (region.kind == ir::InstKind::Loop) {
    code_.leave(region.repeat);
    code_.end();
  }
  code_.end();
}

void Lowering::leave_unless(const ir::Inst& inst) {
  const Value& condition = values_[inst.args[0]];
  Region& loop = regions_.back();
  ME_ASSERT(loop.kind == ir::InstKind::Loop);
  code_.leave(loop.leave, code_.make().makeUnary(bn::EqZInt32, any_lane(code_, condition)));
  if (auto lanes = active_lanes(condition)) loop.lanes = std::move(lanes);
}

// The checks are made when `left` has run out; it is refilled with the ticks until the next ones.
void Lowering::tick(const ir::Inst& inst) {
  std::size_t i = regions_.size();
  while (i > 0 && regions_[i - 1].kind != ir::InstKind::Loop) --i;
  ME_ASSERT(i > 0);
  const Local left = regions_[i - 1].left;
  const Local passed = regions_[i - 1].passed;
  code_.begin_if(code_.make().makeUnary(bn::EqZInt64, code_.get(left)));
  if (inst.index == static_cast<std::uint32_t>(ir::TickKind::While)) {
    const Local remaining =
        code_.keep(code_.binary(bn::SubInt64, code_.get(frame_.while_limit), code_.get(passed)));
    code_.begin_if(code_.binary(bn::LeSInt64, code_.get(remaining), code_.i64(0)));
    code_.exit_function(status(ir::KernelStatus::WhileCap));
    code_.end();
    Node many = code_.binary(bn::GtSInt64, code_.get(remaining), code_.i64(kPollInterval));
    code_.set(left,
              code_.make().makeSelect(many, code_.i64(kPollInterval), code_.get(remaining)));
    code_.set(passed, code_.binary(bn::AddInt64, code_.get(passed), code_.get(left)));
  } else {
    code_.set(left, code_.i64(kPollInterval));
  }
  code_.begin_if(code_.memory64()
                     ? code_.binary(bn::NeInt64, code_.get(frame_.interrupt), code_.i64(0))
                     : code_.get(frame_.interrupt));
  code_.begin_if(code_.load_int(4, frame_.interrupt, 0));
  code_.exit_function(status(ir::KernelStatus::Interrupted));
  code_.end();
  code_.end();
  code_.end();
  code_.set(left, code_.binary(bn::SubInt64, code_.get(left), code_.i64(1)));
}

void Lowering::fail(const ir::Inst& inst) {
  code_.begin_if(any_lane(code_, values_[inst.args[0]]));
  code_.exit_function(code_.i32(static_cast<std::int32_t>(inst.index)));
  code_.end();
}

}  // namespace me::wasm
