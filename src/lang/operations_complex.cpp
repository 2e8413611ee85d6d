// The typing rules of operations on complex numbers.
//
// Enters: an operation with at least one complex operand, or real, imag, conj, angle of anything.
// Leaves: operands in one common complex dtype, the operation emitted, the result's type: complex,
// the float dtype of the parts (abs, real, imag, angle) or bool. What has no meaning for complex
// numbers (%, //, &, floor) is a TypeError at the operand. Example: complex64 * 2.5 is complex64,
// complex64 + float64 is complex128, abs of complex64 is float32.
// Compared with NumPy by tests/python/test_complex.py.
#include "operations_complex.h"

#include <algorithm>
#include <array>

namespace me::lang {
namespace {

constexpr std::size_t kMaxArgs = 3;

enum class Meaning : std::uint8_t { None, Complex, Part, Predicate };

// What an operation gives for complex operands.
Meaning meaning_of(Op op) {
  switch (op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
    case Op::Pow:
    case Op::Neg:
    case Op::Negative:
    case Op::Positive:
    case Op::Conj:
    case Op::Sign:
    case Op::Square:
    case Op::Reciprocal:
    case Op::Minimum:
    case Op::Maximum:
    case Op::Fmin:
    case Op::Fmax:
    case Op::Clip:
    case Op::Rint:
    case Op::RoundAway:
    case Op::NanToNum:
    case Op::Sqrt:
    case Op::Exp:
    case Op::Exp2:
    case Op::Expm1:
    case Op::Log:
    case Op::Log2:
    case Op::Log10:
    case Op::Log1p:
    case Op::Sin:
    case Op::Cos:
    case Op::Tan:
    case Op::Asin:
    case Op::Acos:
    case Op::Atan:
    case Op::Sinh:
    case Op::Cosh:
    case Op::Tanh:
    case Op::Asinh:
    case Op::Acosh:
    case Op::Atanh: return Meaning::Complex;
    case Op::Abs:
    case Op::Real:
    case Op::Imag:
    case Op::Angle: return Meaning::Part;
    case Op::Lt:
    case Op::Le:
    case Op::Gt:
    case Op::Ge:
    case Op::Eq:
    case Op::Ne:
    case Op::IsNan:
    case Op::IsInf:
    case Op::IsFinite: return Meaning::Predicate;
    default: return Meaning::None;
  }
}

bool is_part_op(Op op) {
  return op == Op::Real || op == Op::Imag || op == Op::Conj || op == Op::Angle;
}

class ComplexTyper {
 public:
  ComplexTyper(Emitter& emit, const Rules& rules, const Application& use)
      : emit_(emit), rules_(rules), use_(use), args_(use.args) {
    for (std::size_t i = 0; i < args_.size(); ++i) types_[i] = args_[i].type;
  }

  Result<Value> run() {
    if (use_.op == Op::Where) return where();
    const Type t = common();
    if (use_.op == Op::FloatPower) return power();
    if (!is_complex(t.dtype)) return part_of_real(t);
    const bool is_fabs = use_.op == Op::Abs && use_.typing == Typing::FloatResult;
    switch (is_fabs ? Meaning::None : meaning_of(use_.op)) {
      case Meaning::Complex: return emit(t.dtype, t);
      case Meaning::Part: return emit(part_of(t.dtype), {part_of(t.dtype), false});
      case Meaning::Predicate: return emit(DType::Bool, {DType::Bool, t.weak});
      case Meaning::None: break;
    }
    std::size_t at = 0;
    while (at + 1 < args_.size() && !is_complex(types_[at].dtype)) ++at;
    const std::string what = described(types_[at]);
    return Diagnostic{Status::TypeError, args_[at].span,
                      "'" + std::string(is_fabs ? "fabs" : info_of(use_.op).spelling) +
                          "' is not defined for " + (types_[at].weak ? "a " : "") + what,
                      what, true};
  }

 private:
  Type common() const {
    Type t = join(std::span<const Type>(types_.data(), args_.size()), rules_);
    if (use_.function) t.weak = false;
    return t;
  }

  Value result(Type type, ExprId id) const { return use_.result(type, id); }

  // The operation on operands of their common dtype, with result dtype `to`.
  Result<Value> emit(DType to, Type type) {
    const DType work = common().dtype;
    std::array<ExprId, kMaxArgs> ids = {kNone, kNone, kNone};
    for (std::size_t i = 0; i < args_.size(); ++i) ids[i] = emit_.cast(args_[i], work);
    return result(type, emit_.op(use_.op, to, use_.span, {ids[0], ids[1], ids[2]}));
  }

  Result<Value> power() {
    const ExprId x = emit_.cast(args_[0], DType::Complex128);
    const ExprId y = emit_.cast(args_[1], DType::Complex128);
    return result({DType::Complex128, false},
                  emit_.op(Op::Pow, DType::Complex128, use_.span, {x, y}));
  }

  // real, imag, conj and angle of a number that has no imaginary part.
  Result<Value> part_of_real(Type t) {
    if (use_.op == Op::Angle) {
      // NumPy's angle of a real number is arctan2(0, x).
      const std::array<Type, 2> types = {types_[0], Type{DType::Int64, rules_.weak_scalars}};
      const std::size_t count = rules_.weak_scalars ? 2 : 1;
      const DType f = float_dtype({types.data(), count}, use_.wide, rules_);
      return emit_as(f, {f, false});
    }
    if (use_.op == Op::Conj && is_bool(t.dtype) && rules_.bool_is_logical) {
      return emit_as(DType::Int8, {DType::Int8, false});
    }
    return emit_as(t.dtype, t);
  }

  Result<Value> emit_as(DType to, Type type) {
    const ExprId x = emit_.cast(args_[0], to);
    return result(type, emit_.op(use_.op, to, use_.span, {x}));
  }

  Result<Value> where() {
    Type t = join(types_[1], types_[2], rules_);
    if (use_.function) t.weak = false;
    const ExprId condition = emit_.truth(args_[0]);
    const ExprId yes = emit_.cast(args_[1], t.dtype);
    const ExprId no = emit_.cast(args_[2], t.dtype);
    return result(t, emit_.op(Op::Where, t.dtype, use_.span, {condition, yes, no}));
  }

  Emitter& emit_;
  const Rules& rules_;
  const Application& use_;
  std::span<const Value> args_;
  std::array<Type, kMaxArgs> types_;
};

}  // namespace

bool concerns_complex(const Application& use) {
  if (use.typing == Typing::Logical) return false;  // every number has a truth
  return is_part_op(use.op) || std::any_of(use.args.begin(), use.args.end(), [](const Value& a) {
           return is_complex(a.type.dtype);
         });
}

Result<Value> apply_complex(Emitter& emit, const Rules& rules, const Application& use) {
  return ComplexTyper(emit, rules, use).run();
}

}  // namespace me::lang
