// The typing rules of operations, one function per Typing of ops.def.
//
// Enters: an operation and its operand values. Leaves: operands converted to what ir/RULES.md
// demands, the operation emitted, the result's type; or a TypeError at the operand that does not
// fit. Examples (numpy): int8 / int8 casts both to float64 and is Div; True + x with x: int8 is
// int8; a < b with a: int64, b: uint64 is (a < 0) | (uint64(a) < b), which compares values exactly.
// The dtypes are compared with NumPy over all pairs by tests/unit/lang_numpy_test.cpp.
#include "operations.h"

#include "operations_string.h"

#include <array>
#include <limits>

#include "operations_complex.h"
#include "operations_composed.h"

namespace me::lang {
namespace {

constexpr std::size_t kMaxArgs = 3;

class Typer {
 public:
  Typer(Emitter& emit, const Rules& rules, const Application& use)
      : emit_(emit), rules_(rules), use_(use), args_(use.args) {
    for (std::size_t i = 0; i < args_.size(); ++i) types_[i] = args_[i].type;
  }

  Result<Value> run() {
    switch (use_.typing) {
      case Typing::Arithmetic: return arithmetic(use_.op);
      case Typing::Divide: return divide();
      case Typing::FloorDivide: return arithmetic(Op::FloorDivide);
      case Typing::Power: return power();
      case Typing::Negate: return negate();
      case Typing::Bitwise: return bitwise();
      case Typing::Shift: return bitwise();
      case Typing::Compare: return compare();
      case Typing::Logical: return logical();
      case Typing::Where: return where();
      case Typing::KeepDType: return keep();
      case Typing::Select: return select();
      case Typing::FloatResult: return float_result();
      case Typing::DoubleResult:
        return emit(use_.op, DType::Float64, {DType::Float64, false});
      case Typing::FloatPredicate: return float_predicate();
      case Typing::Whole: return whole();
      case Typing::SumReduction:
      case Typing::KeepReduction:
      case Typing::BoolReduction:
      case Typing::MeanReduction:
      case Typing::Close:
      case Typing::Text:
      case Typing::IndexReduction:
      case Typing::CountReduction:
      case Typing::Internal: break;
    }
    return error(use_.span, "operation cannot be used here");
  }

 private:
  std::span<const Type> types() const { return {types_.data(), args_.size()}; }

  // Python scalars of an operator stay Python scalars; functions turn them into NumPy ones.
  Type common() const {
    Type t = join(types(), rules_);
    if (use_.function) t.weak = false;
    return t;
  }

  static Diagnostic error(Span span, std::string message, std::string note = "") {
    return {Status::TypeError, span, std::move(message), std::move(note), true};
  }

  std::string quoted_op() const {
    const std::string_view s = info_of(use_.op).spelling;
    return use_.op == Op::Neg ? "'-'" : "'" + std::string(s) + "'";
  }

  Value result(Type type, ExprId id) const { return use_.result(type, id); }

  // op on all operands in `work`, result `type` (cast from `work` if that is another dtype).
  Result<Value> emit(Op op, DType work, Type type) {
    std::array<ExprId, kMaxArgs> ids = {kNone, kNone, kNone};
    for (std::size_t i = 0; i < args_.size(); ++i) {
      ME_TRY(ids[i], emit_.as(args_[i], work));
    }
    const ExprId id = emit_.op(op, work, use_.span, {ids[0], ids[1], ids[2]});
    return result(type, emit_.cast(id, type.dtype));
  }

  // A bool operand that NumPy refuses, reported at the first operand.
  Diagnostic no_bools(std::string_view advice) const {
    const std::string what = use_.op == Op::Sub ? "bool and bool cannot be subtracted"
                                                : quoted_op() + " is not defined for bool";
    return error(args_.front().span, what + ": " + std::string(advice), described(types_[0]));
  }

  Result<Value> arithmetic(Op op) {
    Type t = common();
    if (is_int(t.dtype) || is_float(t.dtype)) return emit(op, t.dtype, t);
    if (!rules_.bool_is_logical) return emit(op, DType::Int8, t);
    if (t.weak) return emit(op, DType::Int64, {DType::Int64, true});  // Python: True + True is 2
    switch (op) {
      case Op::Add: return emit(Op::BitOr, t.dtype, t);
      case Op::Mul: return emit(Op::BitAnd, t.dtype, t);
      case Op::Sub: return no_bools("use ^ or a cast");
      default: return emit(op, DType::Int8, {DType::Int8, false});
    }
  }

  Result<Value> divide() {
    const Type t = common();
    if (is_float(t.dtype)) return emit(Op::Div, t.dtype, t);
    if (rules_.true_division) {
      // Integer constants need not fit the other operand here: both become float64.
      return emit(Op::Div, DType::Float64, {DType::Float64, t.weak});
    }
    return arithmetic(Op::DivTrunc);
  }

  Result<Value> power() {
    const Type t = common();
    const bool negative = args_[1].constant && args_[1].constant->is_integer() &&
                          args_[1].constant->negative();
    if (!is_float(t.dtype) && negative) {
      if (rules_.negative_power_error && !t.weak) {
        return error(args_[1].span, "integers to negative integer powers are not allowed",
                     "make the base a float");
      }
      return emit(Op::Pow, DType::Float64, {DType::Float64, t.weak});
    }
    return arithmetic(Op::Pow);
  }

  Result<Value> negate() {
    const Type t = common();
    if (!is_bool(t.dtype)) return emit(Op::Neg, t.dtype, t);
    if (t.weak) return emit(Op::Neg, DType::Int64, {DType::Int64, true});
    if (rules_.bool_is_logical) return no_bools("use ~ or 'not'");
    return args_[0];
  }

  Result<Value> bitwise() {
    Type t = common();
    if (is_float(t.dtype)) {
      if (rules_.float_bits) return emit(use_.op, DType::Int64, t);
      return no_floats();
    }
    const bool shift = use_.typing == Typing::Shift;
    if (is_bool(t.dtype) && t.weak && (shift || use_.op == Op::BitNot)) {
      return emit(use_.op, DType::Int64, {DType::Int64, true});
    }
    if (is_bool(t.dtype) && shift) {
      return emit(use_.op, DType::Int8, {rules_.bool_is_logical ? DType::Int8 : t.dtype, false});
    }
    return emit(use_.op, t.dtype, t);
  }

  Diagnostic no_floats() const {
    std::size_t at = 0;
    while (at + 1 < args_.size() && !is_float(types_[at].dtype)) ++at;
    if (!is_float(types_[at].dtype)) {
      return error(use_.span, quoted_op() + " cannot combine " + described(types_[0]) + " and " +
                                  described(types_[1]),
                   "no common integer dtype");
    }
    const bool combines =
        use_.op == Op::BitAnd || use_.op == Op::BitOr || use_.op == Op::BitXor;
    return error(args_[at].span,
                 quoted_op() + " needs integers or bools, not " + described(types_[at]),
                 described(types_[at]) + (combines ? ": comparisons beside it need parentheses" : ""));
  }

  Result<Value> whole() {
    Type t = common();
    if (is_float(t.dtype)) return no_floats();
    if (is_bool(t.dtype)) {
      if (use_.op != Op::BitCount && rules_.bool_is_logical) return no_bools("use a cast");
      t.dtype = DType::Int8;
    }
    const Type of_result = {use_.op == Op::BitCount ? DType::UInt8 : t.dtype, false};
    return emit(use_.op, t.dtype, of_result);
  }

  Result<Value> logical() {
    bool weak = !use_.function;
    std::array<ExprId, kMaxArgs> ids = {kNone, kNone, kNone};
    for (std::size_t i = 0; i < args_.size(); ++i) {
      weak = weak && types_[i].weak;
      ids[i] = emit_.truth(args_[i]);
    }
    const Op op = use_.op == Op::LogicalAnd  ? Op::BitAnd
                  : use_.op == Op::LogicalOr  ? Op::BitOr
                  : use_.op == Op::LogicalXor ? Op::BitXor
                                              : Op::BitNot;
    return result({DType::Bool, weak},
                  emit_.op(op, DType::Bool, use_.span, {ids[0], ids[1], ids[2]}));
  }

  Result<Value> where() {
    Type t = join(types_[1], types_[2], rules_);
    if (use_.function) t.weak = false;
    const ExprId condition = emit_.truth(args_[0]);
    // NumPy's where() wraps integers of 64 bits that do not fit, unlike its operators.
    const auto arm = [&](const Value& v) -> Result<ExprId> {
      const bool huge = v.constant && natural_dtype(*v.constant) == DType::Auto;
      return use_.function && !huge ? emit_.cast(v, t.dtype) : emit_.as(v, t.dtype);
    };
    ME_TRY(const ExprId yes, arm(args_[1]));
    ME_TRY(const ExprId no, arm(args_[2]));
    return result(t, emit_.op(Op::Where, t.dtype, use_.span, {condition, yes, no}));
  }

  Result<Value> keep() {
    const Type t = common();
    const bool boolean = is_bool(t.dtype);
    const bool whole = boolean || is_int(t.dtype);
    switch (use_.op) {
      case Op::Abs:
        if (!boolean && !is_unsigned_int(t.dtype)) return emit(Op::Abs, t.dtype, t);
        break;
      case Op::Positive:
      case Op::Sign:
        if (boolean && rules_.bool_is_logical) {
          if (t.weak) return result({DType::Int64, true}, emit_.cast(args_[0], DType::Int64));
          return no_bools("use a cast");
        }
        if (use_.op == Op::Sign && !boolean) return emit(Op::Sign, t.dtype, t);
        break;
      case Op::Square:
      case Op::Reciprocal:
        if (boolean) {
          const DType to = rules_.bool_is_logical ? DType::Int8 : t.dtype;
          return emit(use_.op, DType::Int8, {to, false});
        }
        return emit(use_.op, t.dtype, t);
      default:  // rounding and nan_to_num leave whole numbers alone
        if (boolean && use_.op == Op::Rint && rules_.round_bool_to_float) {
          return result({DType::Float32, false}, emit_.cast(args_[0], DType::Float32));
        }
        if (!whole) return emit(use_.op, t.dtype, t);
        break;
    }
    ME_TRY(const ExprId id, emit_.as(args_[0], t.dtype));
    return result(t, id);
  }

  // Integer constants beyond the dtype bound nothing, as in NumPy: clip(x, 0, 300) of uint8.
  Result<Value> clip() {
    types_[0].weak = false;
    const Type t = common();
    std::array<ExprId, kMaxArgs> ids;
    for (std::size_t i = 0; i < kMaxArgs; ++i) {
      Value v = args_[i];
      if (v.constant && is_int(t.dtype) && !fits(*v.constant, t.dtype)) {
        v.constant = Constant::of_float(v.constant->as_double());  // float casts saturate
      }
      ids[i] = emit_.cast(v, t.dtype);
    }
    return result(t, emit_.op(Op::Clip, t.dtype, use_.span, {ids[0], ids[1], ids[2]}));
  }

  Result<Value> select() {
    if (use_.op == Op::Clip && rules_.weak_scalars) return clip();
    const Type t = common();
    Op op = use_.op;
    if (is_bool(t.dtype) && op == Op::Fmin) op = Op::Minimum;
    if (is_bool(t.dtype) && op == Op::Fmax) op = Op::Maximum;
    return emit(op, t.dtype, t);
  }

  // The base decides, but for a Python int, which gives way to an integer exponent.
  Result<Value> ldexp() {
    const Type& base = types_[0];
    const Type& exponent = types_[1];
    if (is_float(exponent.dtype) || (exponent.dtype == DType::UInt64 && !exponent.weak)) {
      return error(args_[1].span, is_float(exponent.dtype)
                                      ? "the exponent of ldexp() must be an integer"
                                      : "the exponent of ldexp() must fit int64",
                   described(exponent));
    }
    const DType widest = is_bool(base.dtype) ? DType::Int64 : DType::Int32;
    if (exponent.weak && args_[1].constant && !fits(*args_[1].constant, widest)) {
      return error(args_[1].span,
                   to_string(*args_[1].constant) + " does not fit " + std::string(name_of(widest)),
                   "integer out of bounds");
    }
    DType f = float_dtype(types().first(1), use_.wide, rules_);
    if (base.weak && is_int(base.dtype) && !exponent.weak && is_int(exponent.dtype)) {
      f = DType::Float32;
    }
    return emit(Op::Ldexp, f, {f, false});
  }

  Result<Value> float_result() {
    if (use_.op == Op::Ldexp && rules_.ldexp_whole) return ldexp();
    const DType f = float_dtype(types(), use_.wide, rules_);
    const DType t = common().dtype;
    if (rules_.truncates_binary && args_.size() == 2 && !is_float(t)) {
      return emit(use_.op, f, {t, false});
    }
    return emit(use_.op, f, {f, false});
  }

  Result<Value> float_predicate() {
    const DType f = float_dtype(types(), use_.wide, rules_);
    ME_TRY(const ExprId x, emit_.as(args_[0], f));
    return result({DType::Bool, false}, emit_.op(use_.op, DType::Bool, use_.span, {x}));
  }

  // The dtype in which an integer operand compares by value: its own, but a constant takes the
  // other's if it fits. Auto: beyond 64 bits.
  static DType compare_dtype(const Value& v, const Value& other) {
    if (!v.constant || !v.type.weak) return v.type.dtype;
    if (is_int(other.type.dtype) && !other.type.weak && fits(*v.constant, other.type.dtype)) {
      return other.type.dtype;
    }
    return natural_dtype(*v.constant);
  }

  Result<Value> compare() {
    const Type type = {DType::Bool, !use_.function && types_[0].weak && types_[1].weak};
    const Type t = join(types(), rules_);
    const bool exact = rules_.exact_mixed_compare && !is_float(types_[0].dtype) &&
                       !is_float(types_[1].dtype);
    if (!exact) return emit_compare(t.dtype, type);
    const DType a = compare_dtype(args_[0], args_[1]);
    const DType b = compare_dtype(args_[1], args_[0]);
    if (a == DType::Auto || b == DType::Auto) return compare_beyond(a == DType::Auto ? 0 : 1, type);
    const DType both = promote_numpy(a, b);
    if (!is_float(both)) return emit_compare(both, type);
    return is_signed_int(a) ? compare_signs(use_.op, 0, 1, type)
                            : compare_signs(mirrored(use_.op), 1, 0, type);
  }

  Result<Value> emit_compare(DType work, Type type) {
    ME_TRY(const ExprId a, emit_.as(args_[0], work));
    ME_TRY(const ExprId b, emit_.as(args_[1], work));
    return result(type, emit_.op(use_.op, DType::Bool, use_.span, {a, b}));
  }

  // args_[at] is an integer beyond 64 bits, so that only its sign matters.
  Result<Value> compare_beyond(std::size_t at, Type type) {
    constexpr double kInf = std::numeric_limits<double>::infinity();
    const double end = args_[at].constant->negative() ? -kInf : kInf;
    const ExprId far = emit_.literal(Scalar::of_float(DType::Float64, end), args_[at].span);
    const ExprId other = emit_.cast(args_[1 - at], DType::Float64);
    const ExprId a = at == 0 ? far : other;
    const ExprId b = at == 0 ? other : far;
    return result(type, emit_.op(use_.op, DType::Bool, use_.span, {a, b}));
  }

  static Op mirrored(Op op) {
    switch (op) {
      case Op::Lt: return Op::Gt;
      case Op::Le: return Op::Ge;
      case Op::Gt: return Op::Lt;
      case Op::Ge: return Op::Le;
      default: return op;
    }
  }

  // args_[s] as int64 against args_[u] as uint64: a negative number is less than every other.
  Result<Value> compare_signs(Op op, std::size_t s, std::size_t u, Type type) {
    ME_TRY(const ExprId a, emit_.as(args_[s], DType::Int64));
    ME_TRY(const ExprId b, emit_.as(args_[u], DType::UInt64));
    const Span span = use_.span;
    const ExprId zero = emit_.literal(Scalar::of_int(DType::Int64, 0), span);
    const bool if_negative = op == Op::Lt || op == Op::Le || op == Op::Ne;
    const ExprId sign = emit_.op(if_negative ? Op::Lt : Op::Ge, DType::Bool, span, {a, zero});
    const ExprId wide = emit_.cast(a, DType::UInt64);
    const ExprId values = emit_.op(op, DType::Bool, span, {wide, b});
    return result(type, emit_.op(if_negative ? Op::BitOr : Op::BitAnd, DType::Bool, span,
                                 {sign, values}));
  }

  Emitter& emit_;
  const Rules& rules_;
  const Application& use_;
  std::span<const Value> args_;
  std::array<Type, kMaxArgs> types_;
};

bool foldable(const Application& use, const Rules& rules) {
  if (use.function) return false;
  for (const Value& a : use.args) {
    if (!a.constant) return false;
  }
  return rules.weak_scalars || use.op == Op::Neg;
}

// Arithmetic on literals happens here, exactly: 2**63 - 1 must not wrap on its way to uint64.
Result<std::optional<Value>> fold(const Application& use, const Rules& rules) {
  if (!foldable(use, rules)) return std::optional<Value>();
  const Constant& a = *use.args[0].constant;
  const bool logical = use.op == Op::BitAnd || use.op == Op::BitOr || use.op == Op::BitXor;
  Folded f;
  if (use.args.size() == 1) {
    f = fold_unary(use.op, a);
  } else if (use.args.size() == 2) {
    const Constant& b = *use.args[1].constant;
    const bool bools = a.kind == Constant::Kind::Bool && b.kind == Constant::Kind::Bool;
    if (!(logical && bools)) f = fold_binary(use.op, a, b);
  }
  if (!f.error.empty()) return Diagnostic{Status::TypeError, use.span, f.error, "", true};
  if (!f.value) return std::optional<Value>();
  return std::optional<Value>(literal_value(*f.value, use.span, use.args[0].type.dtype, rules));
}

}  // namespace

Value Application::result(Type type, ExprId id) const {
  Value v;
  v.type = type;
  v.id = id;
  v.uniform = true;
  for (const Value& a : args) {
    v.uniform = v.uniform && a.uniform;
    v.has_reduction = v.has_reduction || a.has_reduction;
  }
  v.span = span;
  return v;
}

Result<Value> apply(Emitter& emit, const Rules& rules, const Application& use) {
  if (is_text_use(use)) return apply_text(emit, rules, use);
  ME_TRY(auto folded, fold(use, rules));
  if (folded) return *folded;
  if (is_composed(use)) return apply_composed(emit, rules, use);
  if (concerns_complex(use)) return apply_complex(emit, rules, use);
  return Typer(emit, rules, use).run();
}

Value literal_value(const Constant& c, Span span, DType target, const Rules& rules) {
  Value v;
  v.uniform = true;
  v.span = span;
  v.constant = c;
  const DType natural = natural_dtype(c);
  if (rules.weak_scalars) {
    v.type = {natural == DType::Auto ? DType::Int64 : natural, true};
    return v;
  }
  v.type.dtype = natural;
  if (c.kind == Constant::Kind::Bool) return v;
  if (c.is_complex()) {
    const bool single = target == DType::Complex64 || target == DType::Float32;
    v.type.dtype = single ? DType::Complex64 : DType::Complex128;
    return v;
  }
  // Beside complex numbers a real literal is real: it keeps their dtype, and that of their parts.
  if (is_complex(target)) target = part_of(target);
  if (c.is_float() || natural == DType::Auto) {
    v.constant = Constant::of_float(c.as_double());
    v.type.dtype = target == DType::Float32 ? target : DType::Float64;
    return v;
  }
  const bool small = fits(c, DType::Int32);
  if (is_float(target) || (is_int(target) && (small || fits(c, target)))) {
    v.type.dtype = target;
  } else if (small) {
    v.type.dtype = DType::Int32;
  }
  return v;
}

Value cast_value(Emitter& emit, const Rules& rules, std::string_view name, const Value& v,
                 Span span) {
  const DType t = v.type.dtype;
  DType to = DType::Bool;
  if (name == "int") {
    const bool keeps = is_signed_int(t) || (is_unsigned_int(t) && rules.int_keeps_unsigned);
    to = keeps ? t : DType::Int64;
  } else if (name == "float") {
    to = is_float(t) ? t : DType::Float64;
  }
  Value out = v;
  out.id = emit.cast(v, to);
  out.constant.reset();
  out.text = kNone;
  out.type.dtype = to;
  out.type.width = 0;
  out.span = span;
  return out;
}

}  // namespace me::lang
