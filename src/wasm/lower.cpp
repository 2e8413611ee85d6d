// From a stage to a module.
//
// Enters: a program, the number of one of its stages, a target. Leaves: bytes, or the reason for
// none. Instructions are lowered one by one in their order; what does not depend on the element
// goes before the loop. Example: in `a*2`, Const and Splat set one local before the loop, Mul is
// one f64x2.mul per register. A uniform value is computed in a register too, with the same code as
// a varying one. Tested by tests/unit/wasm_*_test.cpp.
#include "wasm/lower.h"

#include <exception>
#include <new>

#include "base/status.h"
#include "base/tuning.h"
#include "wasm/convert.h"
#include "wasm/encode.h"
#include "wasm/lowering.h"
#include "wasm/nest.h"
#include "wasm/share_locals.h"
#include "wasm/recipes.h"
#include "wasm/relax.h"
#include "wasm/scalar.h"
#include "wasm/simd.h"

namespace me::wasm {

using ir::Inst;
using ir::InstKind;

Lowering::Lowering(Code& code, const ir::Program& program, const ir::Stage& stage, int opt_level)
    : code_(code),
      program_(program),
      stage_(stage),
      plan_(me::wasm::plan(program, stage, opt_level)) {
  if (plan_.cost > tuning::kMaxJitInstructions || plan_.code > tuning::kMaxJitCode) {
    throw Unsupported("the program is too large to compile");
  }
  for (const ir::Local& l : stage.locals) {
    Value v;
    v.dtype = l.dtype;
    v.width = is_bool(l.dtype) ? plan_.widest : bits_of(l.dtype);
    v.shape = shape_of(l.uniform);
    const unsigned count = v.shape.registers(v.width);
    for (unsigned i = 0; i < count; ++i) v.registers.push_back(code.add_local(bn::Type::v128));
    locals_.push_back(std::move(v));
  }
}

Registers Lowering::mask_registers(const Value& mask, unsigned width) {
  if (mask.any_width) return Registers(mask.shape.registers(width), mask.registers[0]);
  if (mask.splat) {
    const Registers one = mask_of_width(code_, Shape{}, {mask.registers[0]}, mask.width, width);
    return Registers(mask.shape.registers(width), one[0]);
  }
  return mask_of_width(code_, mask.shape, mask.registers, mask.width, width);
}

Value Lowering::constant(Scalar v) {
  Value result;
  result.dtype = v.dtype;
  result.width = bits_of(v.dtype);
  const std::uint64_t bits = is_bool(v.dtype) ? (v.bits != 0 ? ~std::uint64_t{0} : 0) : v.bits;
  result.registers = {code_.splat_bits(result.width, bits)};
  result.any_width = is_bool(v.dtype);
  return result;
}

Value Lowering::splat(const Value& v) {
  Value result = v;
  result.shape = shape_of(false);
  result.registers.assign(result.shape.registers(v.width), v.registers[0]);
  result.splat = true;
  return result;
}

Value Lowering::bool_operation(const Inst& inst, const Value& a, const Value* b) {
  Value result = a;
  if (inst.op == Op::BitNot) {
    for (Local& r : result.registers) r = code_.keep(code_.unary(bn::NotVec128, r));
    return result;
  }
  bn::BinaryOp op;
  switch (inst.op) {
    case Op::BitAnd:
    case Op::Minimum:
      op = bn::AndVec128;
      break;
    case Op::BitOr:
    case Op::Maximum:
      op = bn::OrVec128;
      break;
    case Op::BitXor:
      op = bn::XorVec128;
      break;
    default:
      throw Unsupported("no " + std::string(info_of(inst.op).name) + " of bools");
  }
  result.width = std::max(a.width, b->width);
  result.any_width = false;
  const Registers x = mask_registers(a, result.width);
  const Registers y = mask_registers(*b, result.width);
  result.registers.clear();
  for (std::size_t i = 0; i < x.size(); ++i) {
    result.registers.push_back(code_.keep(code_.binary(op, x[i], y[i])));
  }
  return result;
}

Value Lowering::compare(const Inst& inst, const Value& a, const Value& b) {
  Value result = a;
  result.dtype = DType::Bool;
  result.any_width = false;
  result.width = std::max(a.width, b.width);
  result.registers.clear();
  const bool masks = is_bool(a.dtype);
  const Registers x = masks ? mask_registers(a, result.width) : a.registers;
  const Registers y = masks ? mask_registers(b, result.width) : b.registers;
  for (std::size_t i = 0; i < x.size(); ++i) {
    result.registers.push_back(code_.keep(masks
                                              ? mask_compare(code_, inst.op, x[i], y[i])
                                              : simd_compare(code_, inst.op, a.dtype, x[i], y[i])));
  }
  return result;
}

// a < b ? a : b and the like are one instruction, which is defined just so for floats.
std::optional<bn::BinaryOp> Lowering::as_extremum(const Inst& inst) const {
  if (!is_float(inst.dtype)) return std::nullopt;
  const Inst& test = stage_.insts[inst.args[0]];
  if (test.kind != InstKind::Op || (test.op != Op::Lt && test.op != Op::Gt)) return std::nullopt;
  const bool straight = test.args[0] == inst.args[1] && test.args[1] == inst.args[2];
  const bool crossed = test.args[0] == inst.args[2] && test.args[1] == inst.args[1];
  if (!straight && !crossed) return std::nullopt;
  const bool single = inst.dtype == DType::Float32;
  // pmin(x, y) is y < x ? y : x, pmax(x, y) is x < y ? y : x.
  if ((test.op == Op::Lt) == straight) return single ? bn::PMinVecF32x4 : bn::PMinVecF64x2;
  return single ? bn::PMaxVecF32x4 : bn::PMaxVecF64x2;
}

Value Lowering::where(const Inst& inst, const Value& m, const Value& a, const Value& b) {
  if (const auto op = as_extremum(inst)) {
    Value result = a;
    for (std::size_t i = 0; i < a.registers.size(); ++i) {
      result.registers[i] = code_.keep(code_.binary(*op, b.registers[i], a.registers[i]));
    }
    return result;
  }
  Value result = a;
  result.any_width = false;
  result.width = is_bool(inst.dtype) ? std::max({m.width, a.width, b.width}) : a.width;
  const bool masks = is_bool(inst.dtype);
  const Registers mask = mask_registers(m, result.width);
  const Registers x = masks ? mask_registers(a, result.width) : a.registers;
  const Registers y = masks ? mask_registers(b, result.width) : b.registers;
  result.registers.clear();
  for (std::size_t i = 0; i < mask.size(); ++i) {
    result.registers.push_back(code_.keep(code_.bitselect(mask[i], x[i], y[i])));
  }
  return result;
}

void Lowering::note_bad(Registers bad, unsigned width, Shape shape) {
  if (bad.empty()) return;
  const bool inside = !shape.uniform() && !regions_.empty() && regions_.back().lanes;
  // As wide as the masks of regions, also where a register has lanes past the elements.
  const bool partial = !shape.uniform() && shape.lanes * width < 128;
  if (width < 64 && (inside || partial)) bad = mask_of_width(code_, shape, bad, width, 64);
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const Local b =
        inside ? code_.keep(code_.binary(bn::AndVec128, bad[i], (*regions_.back().lanes)[i]))
               : bad[i];
    code_.set(bad_, code_.binary(bn::OrVec128, bad_, b));
  }
}

// Operations whose operands are registers of like shape, none of them a splat unless all are not.
Value Lowering::plain_operation(const Inst& inst, Value* const (&args)[3]) {
  const Value& a = *args[0];
  const Value* b = args[1];
  const Registers none;
  switch (inst.op) {
    case Op::Cast:
      return cast(code_, a, inst.dtype);
    case Op::Lt:
    case Op::Le:
    case Op::Gt:
    case Op::Ge:
    case Op::Eq:
    case Op::Ne:
      return compare(inst, a, *b);
    case Op::Where:
      return where(inst, a, *b, *args[2]);
    default:
      break;
  }
  if (is_bool(a.dtype)) return bool_operation(inst, a, b);

  Value result = a;
  result.dtype = inst.dtype;
  if (inst.op == Op::Signbit) {
    for (Local& r : result.registers) {
      r = code_.keep(shift_right(code_, a.width, true, r, a.width - 1));
    }
    return result;
  }
  if (is_int(a.dtype)) {
    switch (inst.op) {
      case Op::DivTrunc:
      case Op::FloorDivide:
      case Op::Mod:
      case Op::Fmod:
        result.registers =
            integer_division(code_, a.shape, inst.op, a.dtype, a.registers, b->registers);
        return result;
      case Op::Shl:
      case Op::Shr:
        result.registers = shift(code_, inst.op, a, *b);
        return result;
      case Op::Pow:
        result.registers = integer_power(code_, a.dtype, a.registers, b->registers);
        return result;
      default:
        break;
    }
  }
  if (info_of(inst.op).impl == Impl::math) {
    auto r = math(code_, frame_.tables, inst.op, a.dtype, a.registers, b ? b->registers : none,
                  args[2] ? args[2]->registers : none);
    if (!r) throw Unsupported("no recipe for " + std::string(info_of(inst.op).name));
    note_bad(r->bad, a.width, a.shape);
    result.registers = std::move(r->registers);
    return result;
  }
  for (std::size_t i = 0; i < result.registers.size(); ++i) {
    Node node = simd(code_, inst.op, a.dtype, a.registers[i], b ? b->registers[i] : Local{0});
    if (node == nullptr) {
      throw Unsupported("no " + std::string(info_of(inst.op).name) + " of " +
                        std::string(name_of(a.dtype)));
    }
    result.registers[i] = code_.keep(node);
  }
  return result;
}

Value Lowering::operation(const Inst& inst) {
  Value* args[3] = {};
  bool all_splat = true;
  bool any_splat = false;
  for (int k = 0; k < 3; ++k) {
    if (inst.args[k] == ir::kNoValue) continue;
    args[k] = &values_[inst.args[k]];
    all_splat = all_splat && args[k]->splat;
    any_splat = any_splat || args[k]->splat;
  }
  if (all_splat) {
    Value one[3];
    for (int k = 0; k < 3; ++k) {
      if (args[k] == nullptr) continue;
      one[k] = *args[k];
      one[k].shape = Shape{};
      one[k].registers.resize(1);
      one[k].splat = false;
      args[k] = &one[k];
    }
    return splat(plain_operation(inst, args));
  }
  Value result = plain_operation(inst, args);
  if (any_splat) result.splat = false;
  return result;
}

void Lowering::lower(ir::ValueId id) {
  const Inst& inst = stage_.insts[id];
  switch (inst.kind) {
    case InstKind::Operand:
      values_[id] = load_operand(inst);
      break;
    case InstKind::Scalar:
      values_[id] = load_scalar(inst);
      break;
    case InstKind::Const:
      values_[id] = constant(inst.value);
      break;
    case InstKind::Get:
      get_local(id);
      break;
    case InstKind::Set:
      set_local(id);
      break;
    case InstKind::Op:
      values_[id] = operation(inst);
      break;
    case InstKind::Splat:
      values_[id] = splat(values_[inst.args[0]]);
      break;
    case InstKind::If:
      begin_if(inst);
      break;
    case InstKind::Loop:
      begin_loop(inst);
      break;
    case InstKind::End:
      end_region();
      break;
    case InstKind::LeaveUnless:
      leave_unless(inst);
      break;
    case InstKind::Tick:
      tick(inst);
      break;
    case InstKind::Fail:
      fail(inst);
      break;
    case InstKind::Store:
      if (inst.args[1] == ir::kNoValue) {
        store(values_[inst.args[0]]);
      } else {
        store_pairs(values_[inst.args[0]], values_[inst.args[1]]);
      }
      break;
    case InstKind::Reduce:
      reduce(inst);
      break;
    case InstKind::Call:
    case InstKind::Print:
      ME_ASSERT(!"in no stage");
      break;
  }
}

Steps<Unit> Lowering::body() {
  constexpr ir::ValueId kStepInstructions = 2048;
  values_.resize(stage_.insts.size());
  for (ir::ValueId id = 0; id < stage_.insts.size(); ++id) {
    if (plan_.invariant[id]) {
      code_.begin_prologue();
      lower(id);
      code_.end();
    } else {
      lower(id);
    }
    if (id % kStepInstructions == kStepInstructions - 1) co_await between_steps;
  }
  co_return Unit{};
}

namespace {

Steps<std::variant<Module, Decline>> unguarded_steps(const ir::Program& program, std::size_t stage,
                                                     Target target) {
  if (stage >= program.stages.size()) co_return Decline{"there is no such stage"};
  PhaseTimes times;
  PhaseTimer timer(times);
  bn::Module module;
  bn::Function& function = declare_kernel(module, target.memory64);
  Code code(module, function, target.memory64);
  const ir::Stage relaxed = relax_masks(program.stages[stage]);
  Lowering lowering(code, program, relaxed, target.opt_level);
  auto body = lowering.steps();
  while (body.next()) co_await timer.step_of(Metric::LowerNs);
  function.body = body.result();
  co_await timer.step_of(Metric::LowerNs);
  nest(function, code);
  share_locals(function, code);
  co_await timer.step_of(Metric::OptimizeNs);
#ifndef NDEBUG
  const std::string broken = validate(module);
  if (!broken.empty()) co_return Decline{"invalid code: " + broken};
#endif
  std::vector<std::uint8_t> bytes = encode(module);
  timer.end(Metric::EncodeNs);
  co_return Module{std::move(bytes), lowering.plan().may_redo, times};
}

}  // namespace

Steps<std::variant<Module, Decline>> lower_steps(const ir::Program& program, std::size_t stage,
                                                 Target target) {
  try {
    auto steps = unguarded_steps(program, stage, target);
    while (steps.next()) co_await between_steps;
    co_return std::move(steps.result());
  } catch (const std::bad_alloc&) {
    co_return Decline{"out of memory while compiling"};
  } catch (const std::exception& e) {
    co_return Decline{e.what()};
  }
}

std::variant<Module, Decline> lower(const ir::Program& program, std::size_t stage,
                                    const Target& target) {
  return lower_steps(program, stage, target).finish();
}

}  // namespace me::wasm
