// The rules of RULES.md as code.
//
// Enters: a Program. Leaves: "" or the first broken rule, as "stage 0: %3: operands are not both
// varying".
// Example: an Add of float64 and float32 is refused with "operand dtypes".
// Tested by tests/unit/ir_verify_test.cpp.
#include "ir/verify.h"

#include <vector>

#include "base/single_recipes.h"
#include "ir/print.h"
#include "ir/rewrite.h"

namespace me::ir {
namespace {

bool is_arithmetic(DType t) { return is_int(t) || is_float(t); }

// Operand and result dtypes of operations.
bool dtypes_fit(Op op, DType t, DType a, DType b, DType c) {
  const bool same = a == t && b == t;
  switch (op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Fmin:
    case Op::Fmax: return same && is_arithmetic(t);
    case Op::Minimum:
    case Op::Maximum: return same && is_numeric(t);
    case Op::Div: return same && is_float(t);
    case Op::DivTrunc:
    case Op::FloorDivide:
    case Op::Mod:
    case Op::Fmod:
    case Op::Pow:
    case Op::Shl:
    case Op::Shr: return same && is_int(t);
    case Op::Neg:
    case Op::Abs: return a == t && is_arithmetic(t);
    case Op::BitAnd:
    case Op::BitOr:
    case Op::BitXor: return same && (is_int(t) || is_bool(t));
    case Op::BitNot: return a == t && (is_int(t) || is_bool(t));
    case Op::Lt:
    case Op::Le:
    case Op::Gt:
    case Op::Ge:
    case Op::Eq:
    case Op::Ne: return is_bool(t) && a == b && (is_numeric(a) || is_text(a));
    case Op::Where: return is_bool(a) && b == t && c == t && (is_numeric(t) || is_text(t));
    case Op::TextConcat:
    case Op::RemovePrefix:
    case Op::RemoveSuffix: return is_text(t) && same;
    case Op::TextResize:
    case Op::Lower:
    case Op::Upper:
    case Op::Title:
    case Op::Capitalize:
    case Op::Swapcase:
    case Op::Strip:
    case Op::Lstrip:
    case Op::Rstrip: return is_text(t) && a == t;
    case Op::TextRepeat: return is_text(t) && a == t && b == DType::Int64;
    case Op::Replace: return is_text(t) && same && c == t;
    case Op::Substr: return is_text(t) && a == t && b == DType::Int64 && c == DType::Int64;
    case Op::SplitPart: return is_text(t) && same && c == DType::Int64;
    case Op::Contains:
    case Op::StartsWith:
    case Op::EndsWith: return is_bool(t) && is_text(a) && a == b;
    case Op::TextLen: return t == DType::Int64 && is_text(a);
    case Op::Find:
    case Op::Rfind:
    case Op::TextCount: return t == DType::Int64 && is_text(a) && a == b;
    case Op::Floor:
    case Op::Ceil:
    case Op::Trunc:
    case Op::Rint:
    case Op::Sqrt: return a == t && is_float(t);
    case Op::Copysign:
    case Op::Nextafter: return same && is_float(t);
    case Op::Signbit: return is_bool(t) && is_float(a);
    case Op::Cast: return is_numeric(t) && is_numeric(a);
    default: break;
  }
  if (info_of(op).impl != Impl::math) return false;
  const unsigned arity = info_of(op).arity;
  if (t != DType::Float64 && !(t == DType::Float32 && has_single_recipe(op))) return false;
  return a == t && (arity < 2 || b == t) && (arity < 3 || c == t);
}

bool reduction_fits(const Reduction& r) {
  if (is_complex(r.dtype)) {
    return r.dtype == DType::Complex128 && (r.op == Op::Prod || r.op == Op::Min || r.op == Op::Max);
  }
  switch (r.op) {
    case Op::Sum:
    case Op::Prod:
      return r.dtype == DType::Int64 || r.dtype == DType::UInt64 || r.dtype == DType::Float64;
    case Op::Any:
    case Op::All: return is_bool(r.dtype);
    case Op::Min:
    case Op::Max: return is_numeric(r.dtype);
    default: return false;
  }
}

class Checker {
 public:
  Checker(const Program& program, const Stage& stage) : program_(program), stage_(stage) {}

  std::string run() {
    defined_.assign(stage_.insts.size(), false);
    for (ValueId i = 0; i < stage_.insts.size(); ++i) {
      const char* broken = check(i);
      if (broken != nullptr) return "%" + std::to_string(i) + ": " + broken;
    }
    if (!open_.empty()) return "a region is not ended";
    for (const Reduction& r : stage_.reductions) {
      if (!reduction_fits(r)) return "dtype of reduction " + snake_name(r.op);
    }
    const std::size_t wanted = stage_.is_reduction() ? 0 : 1;
    if (stores_ != wanted) return "number of stores";
    if (reduces_ != stage_.reductions.size()) return "number of reduces";
    return {};
  }

 private:
  const Inst& at(ValueId id) const { return stage_.insts[id]; }
  DType dtype_of(const Inst& inst, std::size_t i) const {
    return inst.args[i] == kNoValue ? DType::Auto : at(inst.args[i]).dtype;
  }
  std::size_t arg_count(const Inst& inst) const {
    std::size_t n = 0;
    while (n < 3 && inst.args[n] != kNoValue) ++n;
    return n;
  }

  const char* check(ValueId id) {
    const Inst& inst = at(id);
    for (ValueId a : inst.args) {
      if (a == kNoValue) continue;
      if (a >= id || !defined_[a]) return "operand is not in scope";
      if (at(a).dtype == DType::Auto) return "operand has no value";
    }
    if (inst.dtype != DType::Auto && is_text(inst.dtype) != (inst.width != 0)) {
      return "width of a string";
    }
    if (const char* broken = check_kind(id, inst)) return broken;
    defined_[id] = true;
    values_.push_back(id);
    return nullptr;
  }

  const char* check_kind(ValueId id, const Inst& inst) {
    const std::size_t n = arg_count(inst);
    switch (inst.kind) {
      case InstKind::Operand:
        if (inst.index >= program_.operands.size()) return "no such operand";
        if (!operand_fits(inst)) return "dtype of operand";
        if (program_.operands[inst.index].width != inst.width) return "width of a string";
        return inst.uniform ? "operands are varying" : nullptr;
      case InstKind::Scalar:
        if (inst.index >= program_.scalars.size()) return "no such scalar";
        if (program_.scalars[inst.index].dtype != inst.dtype) return "dtype of scalar";
        return inst.uniform ? nullptr : "scalars are uniform";
      case InstKind::Const:
        if (inst.value.dtype != inst.dtype) return "dtype of constant";
        if (is_text(inst.dtype)) {
          if (inst.value.bits >= program_.texts.size()) return "no such text";
          if (program_.texts[inst.value.bits].size() > inst.width) return "width of a string";
        } else if (!is_numeric(inst.dtype)) {
          return "dtype of constant";
        }
        return inst.uniform ? nullptr : "constants are uniform";
      case InstKind::Get:
        if (inst.index >= stage_.locals.size()) return "no such local";
        if (stage_.locals[inst.index].dtype != inst.dtype) return "dtype of local";
        if (stage_.locals[inst.index].width != inst.width) return "width of a string";
        return stage_.locals[inst.index].uniform == inst.uniform ? nullptr : "uniformity of local";
      case InstKind::Set: return check_set(inst, n);
      case InstKind::Op: return check_op(inst, n);
      case InstKind::Splat:
        if (n != 1 || !at(inst.args[0]).uniform || inst.uniform) return "splat of a varying value";
        if (at(inst.args[0]).width != inst.width) return "width of a string";
        return dtype_of(inst, 0) == inst.dtype ? nullptr : "dtype of splat";
      case InstKind::If:
      case InstKind::Loop:
        if (inst.kind == InstKind::If) {
          if (const char* broken = check_condition(inst, n)) return broken;
        } else if (n != 0 && (n != 1 || !at(inst.args[0]).uniform || dtype_of(inst, 0) != DType::Int64)) {
          return "iterations so far are one int64";
        }
        open_.push_back({id, values_.size()});
        return nullptr;
      case InstKind::End:
        if (open_.empty()) return "end without a region";
        while (values_.size() > open_.back().values) {
          defined_[values_.back()] = false;
          values_.pop_back();
        }
        open_.pop_back();
        return nullptr;
      case InstKind::LeaveUnless:
        if (open_.empty() || at(open_.back().begin).kind != InstKind::Loop) {
          return "leave_unless stands directly in a loop";
        }
        return check_condition(inst, n);
      case InstKind::Tick:
        if (open_.empty() || at(open_.back().begin).kind != InstKind::Loop) {
          return "tick stands directly in a loop";
        }
        return inst.index <= 1 ? nullptr : "kind of tick";
      case InstKind::Fail: return check_condition(inst, n);
      case InstKind::Store:
        ++stores_;
        if (!open_.empty()) return "store stands at top level";
        return check_store(inst, n);
      case InstKind::Reduce: return check_reduce(inst, n);
      case InstKind::Call:
      case InstKind::Print: return "stands in no stage";
    }
    return "unknown kind of instruction";
  }

  bool operand_fits(const Inst& inst) const {
    const DType array = program_.operands[inst.index].dtype;
    if (is_complex(array)) return inst.dtype == part_of(array) && inst.part <= 1;
    return inst.dtype == array && inst.part == 0;
  }

  const char* check_store(const Inst& inst, std::size_t n) const {
    const DType stored = stored_dtype(program_, stage_);
    const bool complex = is_complex(stored);
    if (n != (complex ? 2 : 1)) return "number of stored values";
    const DType wanted = complex ? part_of(stored) : stored;
    for (std::size_t i = 0; i < n; ++i) {
      if (at(inst.args[i]).uniform) return "store takes varying values";
      if (at(inst.args[i]).width != stored_width(program_, stage_)) return "width of a string";
      if (dtype_of(inst, i) != wanted) return "dtype of the result";
    }
    return nullptr;
  }

  const char* check_condition(const Inst& inst, std::size_t n) const {
    if (n != 1 || !is_bool(dtype_of(inst, 0))) return "condition is one bool";
    return at(inst.args[0]).uniform == inst.uniform ? nullptr : "uniformity of condition";
  }

  const char* check_set(const Inst& inst, std::size_t n) const {
    if (inst.index >= stage_.locals.size()) return "no such local";
    const Local& local = stage_.locals[inst.index];
    if (n < 1 || n > 2 || dtype_of(inst, 0) != local.dtype) return "dtype of local";
    if (at(inst.args[0]).width != local.width) return "width of a string";
    if (at(inst.args[0]).uniform != local.uniform) return "uniformity of local";
    if (n == 1) return nullptr;
    if (!is_bool(dtype_of(inst, 1))) return "mask is bool";
    return at(inst.args[1]).uniform == local.uniform ? nullptr : "uniformity of mask";
  }

  const char* check_op(const Inst& inst, std::size_t n) const {
    if (n != info_of(inst.op).arity) return "number of operands";
    for (std::size_t i = 0; i < n; ++i) {
      if (at(inst.args[i]).uniform != inst.uniform) return "uniformity of operands";
    }
    if (inst.op == Op::Where) {
      const bool same = at(inst.args[1]).width == inst.width && at(inst.args[2]).width == inst.width;
      if (!same) return "width of a string";
    }
    const bool fits = dtypes_fit(inst.op, inst.dtype, dtype_of(inst, 0), dtype_of(inst, 1),
                                 dtype_of(inst, 2));
    return fits ? nullptr : "operation or operand dtypes";
  }

  const char* check_reduce(const Inst& inst, std::size_t n) {
    ++reduces_;
    if (!open_.empty()) return "reduce stands at top level";
    if (inst.index >= stage_.reductions.size()) return "no such reduction";
    const DType over = stage_.reductions[inst.index].dtype;
    const bool pair = is_complex(over);
    if (n < 1 || n > 3 || at(inst.args[0]).uniform) return "reduce takes a varying value";
    if (pair != (n == 3)) return "reduce of pairs takes two values and a mask";
    if (dtype_of(inst, 0) != (pair ? part_of(over) : over)) return "dtype of reduction";
    if (pair && (at(inst.args[2]).uniform || dtype_of(inst, 2) != part_of(over))) {
      return "imaginary part of reduction";
    }
    if (n >= 2 && (at(inst.args[1]).uniform || !is_bool(dtype_of(inst, 1)))) {
      return "mask is a varying bool";
    }
    return nullptr;
  }

  struct Open {
    ValueId begin;
    std::size_t values;  // how many were in scope when it began, itself included below
  };

  const Program& program_;
  const Stage& stage_;
  std::vector<bool> defined_;
  std::vector<ValueId> values_;  // in scope, in order
  std::vector<Open> open_;
  std::size_t stores_ = 0;
  std::size_t reduces_ = 0;
};

}  // namespace

std::string verify(const Program& program, const Stage& stage) {
  return Checker(program, stage).run();
}

std::string verify(const Program& program) {
  if (program.stages.empty()) return "no stages";
  for (std::size_t i = 0; i < program.stages.size(); ++i) {
    const Stage& stage = program.stages[i];
    const bool last = i + 1 == program.stages.size();
    const std::string where = "stage " + std::to_string(i) + ": ";
    const bool stores_result =
        !stage.is_reduction() && !stage.is_fold() && stage.target == kResultTarget;
    if (stores_result != last) return where + "the last stage is the only one with the result";
    const bool combines = stage.is_reduction() || stage.is_fold();
    if (!last && !combines && program.script.empty()) return where + "is never run";
    if (stage.domain >= program.domains.size()) return where + "no such domain";
    if (stage.is_fold() && program.domains[stage.domain].result == kNoSlot) {
      return where + "a fold without a place for its result";
    }
    const std::string broken = verify(program, stage);
    if (!broken.empty()) return where + broken;
    for (const Inst& inst : stage.insts) {
      if (inst.kind != InstKind::Scalar) continue;
      const ScalarSlot& slot = program.scalars[inst.index];
      if (slot.source == ScalarSource::Reduction && slot.stage >= i) {
        return where + "uses a reduction that has not run";
      }
    }
  }
  return {};
}

}  // namespace me::ir
