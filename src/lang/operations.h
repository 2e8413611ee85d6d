// Typing of operations: operand values to a result value, conversions emitted.
#pragma once

#include <span>

#include "lang/emitter.h"

namespace me::lang {

// One use of an operation. `function`: called by name, so that an all-scalar call gives a NumPy
// scalar and no Python one.
struct Application {
  Op op = Op::Cast;
  Typing typing = Typing::Internal;
  bool wide = false;
  bool function = false;
  std::span<const Value> args;
  Span span;

  // What the use gives: expression `id`, uniform if all operands are.
  Value result(Type type, ExprId id) const;
};

// The result of everything but reductions; a TypeError, located at the operand at fault, otherwise.
Result<Value> apply(Emitter& emit, const Rules& rules, const Application& use);

// How to reduce, as the call's arguments say.
struct ReduceOptions {
  bool array = false;  // `axes` says along which axes, else all items become one value
  Axes axes;
  double ddof = 0;  // of std and var: taken off the number of items
};

// The result of a reduction: converted operand, folded dtype, mean as sum / count.
Result<Value> reduce(Emitter& emit, const Rules& rules, const Application& use,
                     const ReduceOptions& options);

// The value of a number or named constant. `target` is the dtype that literals take where they are
// not weak: that of the output or the first parameter, Auto if there is none.
Value literal_value(const Constant& c, Span span, DType target, const Rules& rules);

// int(x), float(x), bool(x).
Value cast_value(Emitter& emit, const Rules& rules, std::string_view name, const Value& v,
                 Span span);

}  // namespace me::lang
