// Evaluates basic operations over constants.
//
// Enters: an operation and up to three scalars. Leaves: the scalar that any tier computes for them.
// Integers are computed modulo 2^64 and wrapped to their width, floats in their own precision.
// Example: evaluate(FloorDivide, Int8, {-7, 2}) is -4; evaluate(Add, UInt8, {200, 100}) is 44.
// Built with -ffp-contract=off. Tested by tests/unit/ir_constant_test.cpp.
#include "ir/constant.h"

#include <cmath>

namespace me::ir {
namespace {

using Wide = std::uint64_t;
using Args = std::array<Scalar, 3>;

Scalar wrapped(DType t, Wide v) { return Scalar::of_int(t, static_cast<std::int64_t>(v)); }

struct Quotient {
  Wide quotient, remainder;  // rounded to zero; both 0 for a zero divisor
};

Quotient divide(DType t, const Scalar& a, const Scalar& b) {
  if (b.bits == 0) return {0, 0};
  if (is_unsigned_int(t)) return {a.bits / b.bits, a.bits % b.bits};
  if (b.as_int() == -1) return {Wide{0} - a.bits, 0};  // the minimum / -1 wraps
  return {static_cast<Wide>(a.as_int() / b.as_int()), static_cast<Wide>(a.as_int() % b.as_int())};
}

// Quotient rounded down and its remainder, which has the divisor's sign.
Quotient divide_down(DType t, const Scalar& a, const Scalar& b) {
  Quotient q = divide(t, a, b);
  if (is_unsigned_int(t) || q.remainder == 0) return q;
  if ((static_cast<std::int64_t>(q.remainder) < 0) != (b.as_int() < 0)) {
    --q.quotient;
    q.remainder += b.bits;
  }
  return q;
}

Wide int_power(DType t, Wide base, const Scalar& exponent) {
  if (is_signed_int(t) && exponent.as_int() < 0) {
    if (base == 1) return 1;
    if (base == ~Wide{0}) return (exponent.bits & 1) != 0 ? ~Wide{0} : 1;
    return 0;
  }
  Wide r = 1;
  for (Wide n = exponent.bits; n != 0; n >>= 1) {
    if ((n & 1) != 0) r *= base;
    base *= base;
  }
  return r;
}

Wide shift_left(DType t, Wide v, const Scalar& count) {
  return count.bits >= bits_of(t) ? 0 : v << count.bits;
}

Wide shift_right(DType t, const Scalar& v, const Scalar& count) {
  const bool past = count.bits >= bits_of(t);
  if (is_unsigned_int(t)) return past ? 0 : v.bits >> count.bits;
  return static_cast<Wide>(v.as_int() >> (past ? 63 : count.bits));
}

bool int_less(DType t, const Scalar& a, const Scalar& b) {
  return is_signed_int(t) ? a.as_int() < b.as_int() : a.bits < b.bits;
}

std::optional<Scalar> integer_op(Op op, DType t, const Args& args) {
  const Scalar& a = args[0];
  const Scalar& b = args[1];
  switch (op) {
    case Op::Add: return wrapped(t, a.bits + b.bits);
    case Op::Sub: return wrapped(t, a.bits - b.bits);
    case Op::Mul: return wrapped(t, a.bits * b.bits);
    case Op::DivTrunc: return wrapped(t, divide(t, a, b).quotient);
    case Op::FloorDivide: return wrapped(t, divide_down(t, a, b).quotient);
    case Op::Mod: return wrapped(t, divide_down(t, a, b).remainder);
    case Op::Fmod: return wrapped(t, divide(t, a, b).remainder);
    case Op::Pow: return wrapped(t, int_power(t, a.bits, b));
    case Op::Neg: return wrapped(t, Wide{0} - a.bits);
    case Op::Abs: return wrapped(t, is_signed_int(t) && a.as_int() < 0 ? Wide{0} - a.bits : a.bits);
    case Op::BitAnd: return wrapped(t, a.bits & b.bits);
    case Op::BitOr: return wrapped(t, a.bits | b.bits);
    case Op::BitXor: return wrapped(t, a.bits ^ b.bits);
    case Op::BitNot: return is_bool(t) ? wrapped(t, a.bits == 0) : wrapped(t, ~a.bits);
    case Op::Shl: return wrapped(t, shift_left(t, a.bits, b));
    case Op::Shr: return wrapped(t, shift_right(t, a, b));
    case Op::Minimum:
    case Op::Fmin: return int_less(t, b, a) ? b : a;
    case Op::Maximum:
    case Op::Fmax: return int_less(t, a, b) ? b : a;
    default: return std::nullopt;
  }
}

// -0 < +0; `propagate`: NaN if either is NaN, else the other operand.
template <class T>
T extremum(T a, T b, bool smaller, bool propagate) {
  if (std::isnan(a)) return propagate ? a : b;
  if (std::isnan(b)) return propagate ? b : a;
  if (a == b) return std::signbit(a) == smaller ? a : b;
  return (a < b) == smaller ? a : b;
}

template <class T>
std::optional<Scalar> float_op(Op op, DType t, const Args& args) {
  const T a = static_cast<T>(args[0].as_double());
  const T b = args[1].dtype == t ? static_cast<T>(args[1].as_double()) : T{0};
  const auto result = [t](T v) { return Scalar::of_float(t, static_cast<double>(v)); };
  switch (op) {
    case Op::Add: return result(a + b);
    case Op::Sub: return result(a - b);
    case Op::Mul: return result(a * b);
    case Op::Div: return result(a / b);
    case Op::Neg: return result(-a);
    case Op::Abs: return result(std::fabs(a));
    case Op::Minimum: return result(extremum(a, b, true, true));
    case Op::Maximum: return result(extremum(a, b, false, true));
    case Op::Fmin: return result(extremum(a, b, true, false));
    case Op::Fmax: return result(extremum(a, b, false, false));
    case Op::Floor: return result(std::floor(a));
    case Op::Ceil: return result(std::ceil(a));
    case Op::Trunc: return result(std::trunc(a));
    case Op::Rint: return result(std::nearbyint(a));
    case Op::Sqrt: return result(std::sqrt(a));
    case Op::Copysign: return result(std::copysign(a, b));
    default: return std::nullopt;
  }
}

std::optional<bool> compare(Op op, const Scalar& a, const Scalar& b) {
  bool less, equal, unordered = false;
  if (is_float(a.dtype)) {
    const double x = a.as_double();
    const double y = b.as_double();
    less = x < y;
    equal = x == y;
    unordered = std::isnan(x) || std::isnan(y);
  } else {
    less = int_less(a.dtype, a, b);
    equal = a.bits == b.bits;
  }
  switch (op) {
    case Op::Lt: return less;
    case Op::Le: return less || equal;
    case Op::Gt: return !less && !equal && !unordered;
    case Op::Ge: return !less && !unordered;
    case Op::Eq: return equal;
    case Op::Ne: return !equal;
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<Scalar> evaluate(Op op, DType dtype, const std::array<Scalar, 3>& args) {
  if (op == Op::Cast) return cast_scalar(args[0], dtype);
  if (op == Op::Where) return args[0].bits != 0 ? args[1] : args[2];
  if (op == Op::Signbit) return Scalar::of_int(DType::Bool, std::signbit(args[0].as_double()));
  if (args[1].dtype != DType::Auto) {
    const auto holds = compare(op, args[0], args[1]);
    if (holds) return Scalar::of_int(DType::Bool, *holds);
  }
  if (dtype == DType::Float64) return float_op<double>(op, dtype, args);
  if (dtype == DType::Float32) return float_op<float>(op, dtype, args);
  return integer_op(op, dtype, args);
}

}  // namespace me::ir
