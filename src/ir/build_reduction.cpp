// Values of reductions, still in line: ir/stages moves them into stages of their own.
//
// Enters: a typed reduction and the value of its operand. Leaves: the reduction with the domain that it
// runs over, which for expressions of the numpy dialect is the broadcast shape of the arrays that its
// operand is made of. Example: in `sum(a*c) + b` the sum's domain is that of the slots of a and c, and
// in `a - mean(a, axis=0)` the mean's sum is a fold whose result has an operand slot of its own.
// Tested by tests/unit/ir_build_test.cpp and tests/golden/reductions.
#include <algorithm>
#include <limits>

#include "ir/build_expr.h"

namespace me::ir {

using lang::ExprId;
using lang::ExprKind;
using lang::TypedExpr;

std::vector<std::uint32_t> Slots::sources(ExprId root) const {
  std::vector<std::uint32_t> slots;
  std::vector<ExprId> pending = {root};
  std::vector<bool> seen(root + 1, false);
  while (!pending.empty()) {
    const ExprId id = pending.back();
    pending.pop_back();
    if (seen[id]) continue;
    seen[id] = true;
    const TypedExpr& e = typed_.exprs[id];
    if (e.kind == ExprKind::Param && !typed_.params[e.index].uniform) {
      slots.push_back(slot_of(e.index));
    }
    if (e.kind != ExprKind::Op) continue;
    if (info_of(e.op).impl == Impl::reduce) {
      if (e.index != 0) slots.push_back(fold_slot_.at(id));
      continue;
    }
    for (const ExprId a : e.args) {
      if (a != lang::kNone) pending.push_back(a);
    }
  }
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return slots;
}

// Of a reduction or a count, without the slot of the result.
Domain ExprBuilder::domain_of(const TypedExpr& e) const {
  Domain d;
  if (!typed_.own_shapes || e.args[0] == lang::kNone) return d;
  d.whole_call = false;
  d.operands = slots_.sources(e.args[0]);
  if (e.index == 0) return d;
  d.array = true;
  d.axes = typed_.axes[e.index - 1];
  return d;
}

// Of the items that take part: where some are switched off, they are counted one by one.
ValueId ExprBuilder::count(const TypedExpr& e) {
  if (mask_ != kNoValue) {
    return emit_.reduction(Op::Sum, DType::Int64, emit_.cast(mask_, DType::Int64), kNoValue);
  }
  Domain d = domain_of(e);
  d.axes.keepdims = false;  // as many, whatever becomes of the axes
  d.axes.span = {};
  return slots_.count(emit_, slots_.domain(std::move(d)));
}

// Sums and products accumulate in 64 bits whatever the result is: float32 in float64.
Pair ExprBuilder::reduce(ExprId id) {
  const TypedExpr& e = typed_.exprs[id];
  if (is_complex(e.dtype)) return reduce_complex(id);
  const ValueId v = value_of_[e.args[0]].re;
  DType over = emit_.dtype(v);
  if (e.op == Op::Sum || e.op == Op::Prod) {
    over = is_float(e.dtype)           ? DType::Float64
           : is_unsigned_int(e.dtype) ? DType::UInt64
                                       : DType::Int64;
  } else if (e.op == Op::Any || e.op == Op::All) {
    over = DType::Bool;
  }
  if (e.index != 0) {
    return {emit_.cast(reduce_to_array(id, e.op, emit_.cast(v, over)), e.dtype)};
  }
  if (e.op == Op::Argmin || e.op == Op::Argmax) return {position(e, v)};
  const std::uint32_t domain = slots_.domain(domain_of(e));
  return {emit_.cast(emit_.reduction(e.op, over, emit_.cast(v, over), mask_, domain), e.dtype)};
}

ValueId ExprBuilder::reduce_to_array(ExprId id, Op op, ValueId v) {
  const bool is_position = op == Op::Argmin || op == Op::Argmax;
  const DType to = is_position ? DType::Int64 : emit_.dtype(v);
  Domain d = domain_of(typed_.exprs[id]);
  d.result = slots_.fold(id, to);
  return emit_.fold(op, to, v, slots_.domain(std::move(d)));
}

// A sum is that of the real and that of the imaginary parts; products and extrema are not.
Pair ExprBuilder::reduce_complex(ExprId id) {
  const TypedExpr& e = typed_.exprs[id];
  const Pair v = value_of_[e.args[0]];
  const DType part = part_of(e.dtype);
  const ValueId re = emit_.cast(v.re, DType::Float64);
  const ValueId im = emit_.cast(v.im, DType::Float64);
  Domain d = domain_of(e);
  Pair r;
  if (e.op == Op::Sum && e.index != 0) {
    r.re = reduce_to_array(id, e.op, re);
    r.im = reduce_to_array(id, e.op, im);
  } else if (e.index != 0) {
    d.result = slots_.fold(id, DType::Complex128);
    const std::uint32_t domain = slots_.domain(std::move(d));
    r.re = emit_.pair_fold(e.op, re, im, 0, domain);
    r.im = emit_.pair_fold(e.op, re, im, 1, domain);
  } else {
    const std::uint32_t domain = slots_.domain(std::move(d));
    const bool sum = e.op == Op::Sum;
    r.re = sum ? emit_.reduction(e.op, DType::Float64, re, mask_, domain)
               : emit_.pair_reduction(e.op, re, im, mask_, 0, domain);
    r.im = sum ? emit_.reduction(e.op, DType::Float64, im, mask_, domain)
               : emit_.pair_reduction(e.op, re, im, mask_, 1, domain);
  }
  const ValueId x = emit_.cast(r.re, part);
  return {x, emit_.cast(r.im, part)};
}

// The first item that equals the extremum, or the first NaN if that is one; 0 where there is none.
ValueId ExprBuilder::position(const TypedExpr& e, ValueId v) {
  const DType t = emit_.dtype(v);
  const std::uint32_t domain = slots_.domain(domain_of(e));
  const Op op = e.op == Op::Argmin ? Op::Min : Op::Max;
  const ValueId extremum = emit_.reduction(op, t, v, mask_, domain);
  ValueId found = emit_.compare(Op::Eq, {v, extremum});
  if (is_float(t)) {
    const ValueId nan = emit_.compare(Op::Ne, {v, v});
    const ValueId any_nan = emit_.compare(Op::Ne, {extremum, extremum});
    found = emit_.op(Op::BitOr, DType::Bool,
                     {found, emit_.op(Op::BitAnd, DType::Bool, {nan, any_nan})});
  }
  const ValueId none = emit_.integer(DType::Int64, std::numeric_limits<std::int64_t>::max());
  const ValueId item = emit_.where({found, slots_.item(emit_), none});
  const ValueId first = emit_.reduction(Op::Min, DType::Int64, item, mask_, domain);
  const ValueId is_none = emit_.compare(Op::Eq, {first, none});
  return emit_.where({is_none, emit_.integer(DType::Int64, 0), first});
}

}  // namespace me::ir
