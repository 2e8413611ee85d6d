// Functions made of other operations: isclose, round to decimals, complex(x, y), complex sinc.
//
// Enters: a call and its operands. Leaves: the value of the operations of NumPy's definition, each
// of them typed by its own rule, so that weak numbers stay weak on the way. Example: round(x, 2) of
// float32 is rint(x * 100.0) / 100.0 in float32.
// Compared with NumPy by tests/python/test_numpy_table.py.
#include "operations_composed.h"

#include <vector>

namespace me::lang {
namespace {

constexpr int kMostDecimals = 22;  // 10^22 is the last power of ten that is a float64

class Composer {
 public:
  Composer(Emitter& emit, const Rules& rules, const Application& use)
      : emit_(emit), rules_(rules), use_(use) {}

  // (abs(x - y) <= atol + rtol*abs(y)) & isfinite(y) | (x == y), with y no integer.
  Result<Value> close() {
    const Value& x = use_.args[0];
    Value y = use_.args[1];
    if (!is_float(y.type.dtype) && !is_complex(y.type.dtype)) {
      if (y.constant) {
        y.constant = Constant::of_float(y.constant->as_double());
      } else {
        y.id = emit_.cast(y, DType::Float64);
      }
      y.type.dtype = DType::Float64;
    }
    const Value rtol = use_.args.size() > 2 ? use_.args[2] : number(1e-5);
    const Value atol = use_.args.size() > 3 ? use_.args[3] : number(1e-8);
    ME_TRY(const Value difference, compute(Op::Sub, {x, y}));
    ME_TRY(const Value distance, compute(Op::Abs, {difference}));
    ME_TRY(const Value size, compute(Op::Abs, {y}));
    ME_TRY(const Value relative, compute(Op::Mul, {rtol, size}));
    ME_TRY(const Value bound, compute(Op::Add, {atol, relative}));
    ME_TRY(const Value near, compute(Op::Le, {distance, bound}));
    ME_TRY(const Value finite, compute(Op::IsFinite, {y}));
    ME_TRY(const Value both, compute(Op::BitAnd, {near, finite}));
    ME_TRY(const Value same, compute(Op::Eq, {x, y}));
    ME_TRY(Value result, compute(Op::BitOr, {both, same}));
    result.type.weak = false;
    return result;
  }

  // rint(x * 10^n) / 10^n, for negative n rint(x / 10^-n) * 10^-n. Integers have no decimals.
  Result<Value> round() {
    const Value& x = use_.args[0];
    const Value& decimals = use_.args[1];
    if (!decimals.constant || !is_int(decimals.type.dtype)) {
      return error(decimals.span, "the number of decimals must be an integer literal");
    }
    const Int128 n = decimals.constant->integer;
    if (n < -kMostDecimals || n > kMostDecimals) {
      return error(decimals.span, "round() takes -22 to 22 decimals");
    }
    const bool whole = is_int(x.type.dtype);
    if (is_bool(x.type.dtype) && n != 0) return error(x.span, "bool has no decimals: use a cast");
    if (n == 0 || (whole && n > 0)) {
      Application plain = use_;
      plain.args = use_.args.first(1);
      return apply(emit_, rules_, plain);
    }
    double power = 1;
    for (Int128 k = n < 0 ? -n : n; k > 0; --k) power *= 10;
    const Value factor = number(power);
    ME_TRY(const Value scaled, compute(n > 0 ? Op::Mul : Op::Div, {x, factor}));
    ME_TRY(const Value rounded, compute(Op::Rint, {scaled}));
    ME_TRY(Value result, compute(n > 0 ? Op::Div : Op::Mul, {rounded, factor}));
    if (whole) {
      result.id = emit_.cast(result, x.type.dtype);
      result.type.dtype = x.type.dtype;
    }
    result.type.weak = false;
    return result;
  }

  // complex(x, y) is x + yj, infinities and zeros kept as they are.
  Result<Value> complex() {
    std::vector<Type> types;
    for (const Value& a : use_.args) {
      if (is_complex(a.type.dtype)) return error(a.span, "complex() takes two real numbers");
      types.push_back(a.type);
    }
    const DType part = float_dtype(types, use_.wide, rules_);
    ME_TRY(const ExprId re, emit_.as(use_.args[0], part));
    ME_TRY(const ExprId im, emit_.as(use_.args[1], part));
    Value v;
    v.type = {part == DType::Float32 ? DType::Complex64 : DType::Complex128, false};
    v.id = emit_.op(Op::Complex, v.type.dtype, use_.span, {re, im});
    v.uniform = use_.args[0].uniform && use_.args[1].uniform;
    v.has_reduction = use_.args[0].has_reduction || use_.args[1].has_reduction;
    v.span = use_.span;
    return v;
  }

  // sin(pi z) / (pi z), and 1 at 0.
  Result<Value> sinc() {
    ME_TRY(const Value angle, compute(Op::Mul, {use_.args[0], number(3.141592653589793)}));
    ME_TRY(const Value sine, compute(Op::Sin, {angle}));
    ME_TRY(const Value ratio, compute(Op::Div, {sine, angle}));
    ME_TRY(const Value is_zero, compute(Op::Eq, {use_.args[0], number(0)}));
    return compute(Op::Where, {is_zero, number(1), ratio});
  }

 private:
  static Diagnostic error(Span span, std::string message) {
    return {Status::TypeError, span, std::move(message), "", true};
  }

  Result<Value> compute(Op op, std::initializer_list<Value> args) {
    const std::vector<Value> operands(args);
    Application part;
    part.op = op;
    part.typing = info_of(op).typing;
    part.args = operands;
    part.span = use_.span;
    return apply(emit_, rules_, part);
  }

  Value number(double v) const {
    Value n;
    n.type = {DType::Float64, rules_.weak_scalars};
    n.uniform = true;
    n.constant = Constant::of_float(v);
    n.span = use_.span;
    return n;
  }

  Emitter& emit_;
  const Rules& rules_;
  const Application& use_;
};

}  // namespace

bool is_composed(const Application& use) {
  if (use.op == Op::Complex) return true;
  if (use.op == Op::Sinc) return is_complex(use.args[0].type.dtype);
  return use.typing == Typing::Close || (use.op == Op::Rint && use.args.size() == 2);
}

Result<Value> apply_composed(Emitter& emit, const Rules& rules, const Application& use) {
  Composer composer(emit, rules, use);
  if (use.op == Op::Complex) return composer.complex();
  if (use.op == Op::Sinc) return composer.sinc();
  return use.typing == Typing::Close ? composer.close() : composer.round();
}

}  // namespace me::lang
