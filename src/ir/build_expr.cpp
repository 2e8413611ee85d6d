// Values of typed expressions.
//
// Enters: a root in the typed program's expression array. Leaves: instructions for it and all it
// needs, each shared subexpression once per call of value().
// Example: the typed expression `a*2` appends `operand 0`, `const 2`, `splat`, `mul`.
// Trees may be as deep as the text is long, so the walk keeps a stack of its own.
// Tested by tests/unit/ir_build_test.cpp.
#include "ir/build_expr.h"

#include <algorithm>
#include <string>

#include "base/status.h"
#include "ir/expand.h"

namespace me::ir {

using lang::ExprId;
using lang::ExprKind;
using lang::TypedExpr;

Slots::Slots(const lang::TypedProgram& typed, Program& program)
    : typed_(typed), program_(program) {
  index_slots_.fill(kNoValue);
  for (std::uint32_t i = 0; i < typed.params.size(); ++i) {
    const Param& p = typed.params[i];
    // One string for the whole call is an operand that is broadcast.
    const bool scalar = p.uniform && !is_text(p.dtype);
    uniform_.push_back(scalar);
    complex_.push_back(is_complex(p.dtype));
    if (scalar) {
      slot_.push_back(static_cast<std::uint32_t>(program.scalars.size()));
      const DType part = is_complex(p.dtype) ? part_of(p.dtype) : p.dtype;
      program.scalars.push_back({part, ScalarSource::Param, i, 0, 0, 0});
      if (is_complex(p.dtype)) program.scalars.push_back({part, ScalarSource::Param, i, 0, 0, 1});
    } else {
      slot_.push_back(static_cast<std::uint32_t>(program.operands.size()));
      const auto width = static_cast<std::uint32_t>(p.itemsize / unit_of(p.dtype));
      program.operands.push_back({p.dtype, i, OperandSource::Param, is_text(p.dtype) ? width : 0});
    }
  }
}

Pair Slots::load(Emitter& emit, std::uint32_t param) const {
  const std::uint32_t slot = slot_[param];
  if (uniform_[param]) {
    const DType dtype = program_.scalars[slot].dtype;
    const ValueId re = emit.scalar(slot, dtype);
    return complex_[param] ? Pair{re, emit.scalar(slot + 1, dtype)} : Pair{re};
  }
  const OperandSlot& array = program_.operands[slot];
  if (!complex_[param]) return {emit.operand(slot, array.dtype, array.width)};
  const ValueId re = emit.operand(slot, part_of(array.dtype), 0, 0);
  return {re, emit.operand(slot, part_of(array.dtype), 0, 1)};
}

ValueId Slots::count(Emitter& emit, std::uint32_t domain) {
  for (std::uint32_t i = 0; i < program_.scalars.size(); ++i) {
    const ScalarSlot& slot = program_.scalars[i];
    if (slot.source == ScalarSource::Count && slot.domain == domain) {
      return emit.scalar(i, DType::Int64);
    }
  }
  ScalarSlot slot;
  slot.dtype = DType::Int64;
  slot.source = ScalarSource::Count;
  slot.domain = domain;
  program_.scalars.push_back(slot);
  return emit.scalar(static_cast<std::uint32_t>(program_.scalars.size() - 1), DType::Int64);
}

ValueId Slots::item(Emitter& emit) {
  if (item_ == kNoValue) {
    item_ = static_cast<std::uint32_t>(program_.operands.size());
    program_.operands.push_back({DType::Int64, 0, OperandSource::Item});
  }
  return emit.operand(item_, DType::Int64);
}

std::uint32_t Slots::fold(ExprId id, DType dtype) {
  program_.operands.push_back({dtype, 0, OperandSource::Fold});
  return fold_slot_[id] = static_cast<std::uint32_t>(program_.operands.size() - 1);
}

std::uint32_t Slots::domain(Domain domain) {
  for (std::uint32_t i = 0; i < program_.domains.size(); ++i) {
    if (program_.domains[i] == domain) return i;
  }
  program_.domains.push_back(std::move(domain));
  return static_cast<std::uint32_t>(program_.domains.size() - 1);
}

ValueId Slots::index(Emitter& emit, lang::IndexSymbol symbol) {
  using Kind = lang::IndexSymbol::Kind;
  std::uint32_t& slot = index_slots_[symbol.code()];
  if (symbol.uniform()) {
    if (slot == kNoValue) {
      slot = static_cast<std::uint32_t>(program_.scalars.size());
      const auto source = symbol.kind == Kind::Ndim ? ScalarSource::Ndim : ScalarSource::Extent;
      program_.scalars.push_back({DType::Int64, source, symbol.axis, 0, 0});
    }
    return emit.scalar(slot, DType::Int64);
  }
  if (slot == kNoValue) {
    slot = static_cast<std::uint32_t>(program_.operands.size());
    const auto source =
        symbol.kind == Kind::FlatIndex ? OperandSource::FlatIndex : OperandSource::Position;
    program_.operands.push_back({DType::Int64, symbol.axis, source, 0});
  }
  return emit.operand(slot, DType::Int64);
}

std::vector<ExprId> needed_exprs(const lang::TypedProgram& typed, ExprId root,
                                 std::vector<std::uint32_t>& walk_of, std::uint32_t walk) {
  std::vector<ExprId> needed;
  std::vector<ExprId> pending = {root};
  walk_of[root] = walk;
  while (!pending.empty()) {
    const ExprId id = pending.back();
    pending.pop_back();
    needed.push_back(id);
    const TypedExpr& e = typed.exprs[id];
    for (ExprId arg : e.args) {
      if (arg == lang::kNone || walk_of[arg] == walk) continue;
      walk_of[arg] = walk;
      pending.push_back(arg);
    }
  }
  std::sort(needed.begin(), needed.end());
  return needed;
}

ExprBuilder::ExprBuilder(const lang::TypedProgram& typed, Slots& slots, Emitter& emit)
    : typed_(typed),
      slots_(slots),
      emit_(emit),
      value_of_(typed.exprs.size()),
      walk_of_(typed.exprs.size(), 0),
      override_(typed.locals.size(), kNoValue),
      imag_local_(typed.locals.size(), kNoLocal) {}

Pair ExprBuilder::pair(ExprId root) {
  ++walk_;
  for (ExprId id : needed_exprs(typed_, root, walk_of_, walk_)) {
    value_of_[id] = emit(id);
  }
  return value_of_[root];
}

Pair ExprBuilder::emit(ExprId id) {
  const TypedExpr& e = typed_.exprs[id];
  switch (e.kind) {
    case ExprKind::Literal: return {emit_.constant(e.value, e.width)};
    case ExprKind::Param: return slots_.load(emit_, e.index);
    case ExprKind::Local: {
      if (override_[e.index] != kNoValue) return {override_[e.index]};
      const ValueId re = emit_.get(e.index);
      const LocalId imag = imag_local_[e.index];
      return imag == kNoLocal ? Pair{re} : Pair{re, emit_.get(imag)};
    }
    case ExprKind::Count: return {count(e)};
    case ExprKind::Index: return {slots_.index(emit_, lang::IndexSymbol::of(e.index))};
    case ExprKind::Call: return call(e);
    case ExprKind::Argument: return {};  // part of its Call
    case ExprKind::Op: break;
  }
  if (info_of(e.op).impl == Impl::reduce) return reduce(id);
  std::array<Pair, 3> args;
  bool any_complex = is_complex(e.dtype);
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (e.args[i] == lang::kNone) continue;
    args[i] = value_of_[e.args[i]];
    any_complex = any_complex || args[i].is_complex();
  }
  if (any_complex) return expand_complex(emit_, e.op, e.dtype, args);
  const std::array<ValueId, 3> values = {args[0].re, args[1].re, args[2].re};
  const bool of_text = is_text(e.dtype) || is_text(emit_.dtype(values[0]));
  if (of_text) return {emit_.text_op(e.op, e.dtype, e.width, values)};
  return {expand(emit_, e.op, e.dtype, values)};
}

// Arguments and result go through locals: the driver makes the call.
Pair ExprBuilder::call(const TypedExpr& e) {
  CallSite site;
  site.callout = e.index;
  const std::string number = std::to_string(slots_.program().calls.size());
  bool uniform = typed_.callouts[e.index].pure;
  for (ExprId a = e.args[0]; a != lang::kNone; a = typed_.exprs[a].args[1]) {
    const ValueId v = value_of_[typed_.exprs[a].args[0]].re;
    uniform = uniform && emit_.is_uniform(v);
    site.args.push_back(keep(".argument" + number, v));
  }
  std::reverse(site.args.begin(), site.args.end());
  if (mask_ != kNoValue && !uniform) site.mask = keep(".called" + number, emit_.splat(mask_));
  site.result = emit_.add_local(".result" + number, DType::Float64, uniform);
  slots_.program().calls.push_back(site);
  emit_.call(static_cast<std::uint32_t>(slots_.program().calls.size() - 1));
  const ValueId result = emit_.get(site.result);
  if (!is_complex(e.dtype)) return {emit_.cast(result, e.dtype)};
  const ValueId re = emit_.cast(result, part_of(e.dtype));
  return {re, emit_.number(part_of(e.dtype), 0)};
}

LocalId ExprBuilder::keep(const std::string& name, ValueId v) {
  const LocalId local = emit_.add_local(name, emit_.dtype(v), emit_.is_uniform(v));
  emit_.set(local, v);
  return local;
}

}  // namespace me::ir
