// Formulas over an Emitter: floats and masks with operators, so that numerical code reads as such.
//
// A Num is a value of one float dtype, a Mask a bool value. Operators append the instruction of
// their name; a double beside a Num is a constant of its dtype. In which order a compiler appends
// the two operands of an operator is its own choice and changes no bit.
#pragma once

#include <limits>

#include "ir/emit.h"

namespace me::ir {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct Mask {
  Emitter* emit = nullptr;
  ValueId id = kNoValue;
};

struct Num {
  Emitter* emit = nullptr;
  ValueId id = kNoValue;
  DType dtype() const { return emit->dtype(id); }
  // A constant of the same dtype.
  Num like(double v) const { return {emit, emit->real(dtype(), v)}; }
};

inline Num apply(Op op, Num a) { return {a.emit, a.emit->op(op, a.dtype(), {a.id})}; }
inline Num apply(Op op, Num a, Num b) { return {a.emit, a.emit->op(op, a.dtype(), {a.id, b.id})}; }
inline Mask compare(Op op, Num a, Num b) { return {a.emit, a.emit->compare(op, {a.id, b.id})}; }

#define ME_FLOAT_OPERATOR(symbol, Name)                                             \
  inline Num operator symbol(Num a, Num b) { return apply(Op::Name, a, b); }        \
  inline Num operator symbol(Num a, double b) { return apply(Op::Name, a, a.like(b)); } \
  inline Num operator symbol(double a, Num b) { return apply(Op::Name, b.like(a), b); }
ME_FLOAT_OPERATOR(+, Add)
ME_FLOAT_OPERATOR(-, Sub)
ME_FLOAT_OPERATOR(*, Mul)
ME_FLOAT_OPERATOR(/, Div)
#undef ME_FLOAT_OPERATOR

#define ME_FLOAT_COMPARISON(symbol, Name)                                        \
  inline Mask operator symbol(Num a, Num b) { return compare(Op::Name, a, b); }  \
  inline Mask operator symbol(Num a, double b) { return compare(Op::Name, a, a.like(b)); }
ME_FLOAT_COMPARISON(<, Lt)
ME_FLOAT_COMPARISON(<=, Le)
ME_FLOAT_COMPARISON(>, Gt)
ME_FLOAT_COMPARISON(>=, Ge)
ME_FLOAT_COMPARISON(==, Eq)
ME_FLOAT_COMPARISON(!=, Ne)
#undef ME_FLOAT_COMPARISON

inline Num operator-(Num a) { return apply(Op::Neg, a); }
inline Mask operator&(Mask a, Mask b) {
  return {a.emit, a.emit->op(Op::BitAnd, DType::Bool, {a.id, b.id})};
}
inline Mask operator|(Mask a, Mask b) {
  return {a.emit, a.emit->op(Op::BitOr, DType::Bool, {a.id, b.id})};
}
inline Mask operator~(Mask a) { return {a.emit, a.emit->negate_mask(a.id)}; }

inline Num where(Mask m, Num a, Num b) { return {a.emit, a.emit->where({m.id, a.id, b.id})}; }
inline Num where(Mask m, double a, Num b) { return where(m, b.like(a), b); }
inline Num where(Mask m, Num a, double b) { return where(m, a, a.like(b)); }

inline Num abs(Num a) { return apply(Op::Abs, a); }
inline Num sqrt(Num a) { return apply(Op::Sqrt, a); }
inline Mask is_nan(Num a) { return a != a; }
inline Mask is_finite(Num a) { return abs(a) < kInf; }
inline Mask is_inf(Num a) { return abs(a) == kInf; }
// Which NaN an operation gives is not specified, so its sign must not be seen: it counts as +.
inline Num copysign(Num a, Num b) {
  return apply(Op::Copysign, a, where(is_nan(b), 0.0, b));
}
inline Num copysign(double a, Num b) { return copysign(b.like(a), b); }
inline Num cast(Num a, DType to) { return {a.emit, a.emit->cast(a.id, to)}; }

}  // namespace me::ir
