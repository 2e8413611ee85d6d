// Random expressions over everything that ops.def lists.
//
// Enters: a seed and a number. Leaves: a tree such as where((a < 2), sin(b), (b ** 3)). Operations
// are drawn from the table, so a new row is tested without a change here as long as its Typing is
// known; the dtypes of operands are drawn from the dtypes of the parameters, and operations refused
// by result_of are drawn again. Literals appear only beside operands, where they are weak.
#include <algorithm>
#include <array>

#include "agree/generate.h"

namespace me::agree {
namespace {

bool is_word(std::string_view s) { return s == "and" || s == "or" || s == "not"; }
bool is_symbol(std::string_view s) {
  const char c = s.front();
  return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_');
}

// The float dtype of a function of `t`.
DType float_of(DType t, lang::Dialect dialect) {
  if (is_float(t)) return t;
  return dialect == lang::Dialect::Numpy && size_of(t) <= 2 ? DType::Float32 : DType::Float64;
}

// All operations with a spelling, and the names that calls of each may use.
struct Table {
  std::vector<Op> ops;
  std::vector<Op> reductions;
  std::array<std::vector<std::string>, kOpCount> names;

  Table() {
    for (std::size_t i = 0; i < kOpCount; ++i) {
      const OpInfo& info = info_of(static_cast<Op>(i));
      if (info.spelling.empty() || info.typing == Typing::Text) continue;
      (is_reduction(info.typing) ? reductions : ops).push_back(static_cast<Op>(i));
    }
    ops.push_back(Op::Neg);  // spelled like Sub
    for (const OpName& name : function_names()) {
      names[static_cast<std::size_t>(name.op)].emplace_back(name.spelling);
    }
  }
};

const Table& table() {
  static const Table t;
  return t;
}

// Operations that expand into hundreds of instructions.
bool is_large(const OpInfo& info) {
  return info.impl == Impl::math || info.typing == Typing::Power ||
         (info.impl == Impl::expand && info.typing == Typing::FloatResult);
}

// Correctly rounded, and no implementation has faults in them.
bool is_plain(Op op) {
  switch (op) {
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Div:
    case Op::Lt:
    case Op::Le:
    case Op::Gt:
    case Op::Ge:
    case Op::Eq:
    case Op::Ne:
    case Op::LogicalAnd:
    case Op::LogicalOr:
    case Op::LogicalNot:
    case Op::Where:
    case Op::Abs:
    case Op::Sqrt:
    case Op::Floor:
    case Op::Ceil:
    case Op::Trunc:
    case Op::Any:
    case Op::All:
    case Op::Min:
    case Op::Max:
      return true;
    default:
      return false;
  }
}

// The dtype of the whole: mixed roots, not only what the parameters have.
DType root_dtype(Random& random, Scope& scope) {
  const std::size_t kind = random.below(10);
  return kind == 0   ? DType::Bool
         : kind == 1 ? DType::Int64
         : kind <= 5 ? DType::Float64
                     : scope.any_dtype();
}

}  // namespace

namespace {

// With a complex operand: what NumPy's functions give, if they take it.
DType complex_result_of(Op op, const std::vector<DType>& args, lang::Dialect dialect) {
  const bool numpy = dialect == lang::Dialect::Numpy;
  DType t = op == Op::Where ? args[1] : args[0];
  for (std::size_t i = op == Op::Where ? 2 : 1; i < args.size(); ++i) {
    t = numpy ? promote_numpy(t, args[i]) : promote_miniexpr(t, args[i]);
  }
  switch (info_of(op).typing) {
    case Typing::Compare:
    case Typing::Logical:
    case Typing::BoolReduction:
      return DType::Bool;
    case Typing::Where:
    case Typing::Divide:
    case Typing::Power:
    case Typing::Negate:
    case Typing::Select:
    case Typing::SumReduction:
      return t;
    case Typing::KeepReduction:
      return numpy ? t : DType::Auto;
    case Typing::MeanReduction:
      return numpy ? t : DType::Complex128;
    default:
      break;
  }
  switch (op) {
    case Op::Abs:
    case Op::Real:
    case Op::Imag:
    case Op::Angle:
      return part_of(t);
    case Op::IsNan:
    case Op::IsInf:
    case Op::IsFinite:
      return DType::Bool;
    case Op::Add:
    case Op::Sub:
    case Op::Mul:
    case Op::Sign:
    case Op::Square:
    case Op::Reciprocal:
    case Op::Conj:
    case Op::Positive:
    case Op::Negative:
    case Op::NanToNum:
    case Op::Rint:
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
    case Op::Atanh:
      return t;
    default:
      return DType::Auto;
  }
}

}  // namespace

DType result_of(Op op, const std::vector<DType>& args, lang::Dialect dialect) {
  const bool numpy = dialect == lang::Dialect::Numpy;
  const auto both = [&](std::size_t first) {
    DType t = args[first];
    for (std::size_t i = first + 1; i < args.size() && t != DType::Auto; ++i) {
      t = numpy ? promote_numpy(t, args[i]) : promote_miniexpr(t, args[i]);
    }
    return t;
  };
  if (std::any_of(args.begin(), args.end(), is_complex)) {
    return complex_result_of(op, args, dialect);
  }
  switch (info_of(op).typing) {
    case Typing::Arithmetic: {
      const DType t = both(0);
      if (!is_bool(t)) return t;
      if (op == Op::Add || op == Op::Mul) return t;
      return DType::Auto;
    }
    case Typing::FloorDivide:
    case Typing::Power: {
      const DType t = both(0);
      return is_bool(t) ? DType::Auto : t;
    }
    case Typing::Divide: {
      const DType t = both(0);
      if (!numpy) return is_bool(t) ? DType::Auto : t;
      return is_float(t) ? t : DType::Float64;
    }
    case Typing::Negate:
      return is_bool(args[0]) ? DType::Auto : args[0];
    case Typing::Bitwise: {
      const DType t = both(0);
      return is_float(t) ? DType::Auto : t;
    }
    case Typing::Shift: {
      const DType t = both(0);
      return is_int(t) ? t : DType::Auto;
    }
    case Typing::Compare:
    case Typing::Logical:
    case Typing::FloatPredicate:
    case Typing::Close:
    case Typing::BoolReduction:
      return DType::Bool;
    case Typing::Where:
      return both(1);
    case Typing::KeepDType:
      if (is_bool(args[0]) && op != Op::Abs) return DType::Auto;
      return op == Op::Rint && numpy ? float_of(args[0], dialect) : args[0];
    case Typing::Select:
      return both(0);
    case Typing::FloatResult: {
      if (op == Op::Ldexp) return is_int(args[1]) ? float_of(args[0], dialect) : DType::Auto;
      const DType t = both(0);
      // miniexpr gives binary functions of integers an integer result.
      if (!numpy && args.size() > 1 && !is_float(t)) return DType::Auto;
      return float_of(t, dialect);
    }
    case Typing::DoubleResult:
      return DType::Float64;
    case Typing::Whole: {
      const DType t = both(0);
      if (!is_int(t)) return DType::Auto;
      return op == Op::BitCount ? DType::UInt8 : t;
    }
    case Typing::IndexReduction:
    case Typing::CountReduction:
      return DType::Int64;
    case Typing::SumReduction:
      if (is_float(args[0])) return args[0];
      return is_unsigned_int(args[0]) ? DType::UInt64 : DType::Int64;
    case Typing::KeepReduction:
      return args[0];
    case Typing::MeanReduction:
      return numpy && args[0] == DType::Float32 ? DType::Float32 : DType::Float64;
    case Typing::Text:
    case Typing::Internal:
      return DType::Auto;
  }
  return DType::Auto;
}

void Scope::declare_params() {
  static const std::vector<DType> kAll = {
      DType::Float64, DType::Float64, DType::Float64, DType::Float32, DType::Float32,
      DType::Int32,   DType::Int64,   DType::Bool,    DType::Int8,    DType::Int16,
      DType::UInt8,   DType::UInt16,  DType::UInt32,  DType::UInt64,
      DType::Complex64, DType::Complex128};
  static const std::vector<DType> kFloats = {DType::Float64, DType::Float64, DType::Float32};
  const std::size_t count = 1 + random_.below(4);
  for (std::size_t i = 0; i < count; ++i) {
    ParamDecl p;
    p.name = std::string(1, static_cast<char>('a' + i));
    p.dtype = plain ? random_.pick(kFloats) : random_.pick(kAll);
    p.uniform = !plain && i > 0 && random_.percent(12);
    program_.params.push_back(p);
    names_.push_back({p.name, p.dtype});
    palette_.push_back(p.dtype);
  }
  if (program_.dialect == lang::Dialect::Numpy && random_.percent(20)) {
    const DType t = random_.pick(std::vector<DType>{DType::Int64, DType::Float64});
    program_.params.push_back({"w", t, true, true});
    weak_.push_back({"w", t});
  }
}

bool Scope::has_name(DType dtype) const {
  const auto fits = [&](const Name& n) { return n.dtype == dtype; };
  return std::any_of(names_.begin(), names_.end(), fits) ||
         std::any_of(locals_.begin(), locals_.end(), fits);
}

Expr Scope::leaf(DType dtype) {
  std::vector<const Name*> fitting;
  for (const auto* list : {&names_, &locals_}) {
    for (const Name& n : *list) {
      if (n.dtype == dtype) fitting.push_back(&n);
    }
  }
  if (!fitting.empty()) return {Expr::Form::Leaf, random_.pick(fitting)->text, dtype, {}};
  // Without a name of that dtype: a comparison, or a name that the operation converts.
  const DType t = any_dtype();
  if (dtype != DType::Bool) return leaf(t);
  return {Expr::Form::Infix,
          random_.percent(50) ? "<" : "!=",
          DType::Bool,
          {leaf(t), literal_beside(t, Op::Lt)}};
}

Expr Scope::literal_beside(DType dtype, Op op) {
  std::vector<std::string> texts;
  if (!weak_.empty() && random_.percent(25) && op != Op::Pow) {
    const Name& w = weak_.front();
    if (is_float(dtype) || (w.dtype == DType::Int64 && dtype == DType::Int64)) {
      return {Expr::Form::Leaf, w.text, dtype, {}};
    }
  }
  if (plain) {
    texts = {"0", "1", "2", "0.5", "1.5", "0.1", "3.75", "100", "1e-3"};
  } else if (op == Op::Pow) {
    texts = {"0", "1", "2", "3", "4"};
    if (is_float(dtype) || is_complex(dtype)) {
      texts.insert(texts.end(), {"0.5", "2.0", "-1.0", "1.5", "-2"});
    }
    if (is_complex(dtype)) texts.emplace_back("(1 + 2j)");
  } else if (is_float(dtype)) {
    texts = {"0",   "1",    "2",   "-1",   "0.5", "1.5", "-2.25", "0.1", "3.75",
             "100", "1e-3", "1e6", "-0.0", "pi",  "nan", "inf",   "-inf"};
    if (dtype == DType::Float64) texts.insert(texts.end(), {"1e300", "1e-310"});
  } else if (is_complex(dtype)) {
    texts = {"0", "1", "2", "-1", "0.5", "2j", "(1 - 0.5j)", "1e3J", "(2 + 1e-3j)", "nan", "inf"};
  } else if (is_bool(dtype)) {
    texts = {"True", "False"};
  } else {
    texts = {"0", "1", "2", "3", "5", "7", "10", "31", "100"};
    // In miniexpr the negative of a literal is a float.
    if (is_signed_int(dtype) && program_.dialect == lang::Dialect::Numpy) {
      texts.insert(texts.end(), {"-1", "-3", "-100"});
    }
    if (size_of(dtype) >= 4) texts.insert(texts.end(), {"1000", "65535", "2147483647"});
    if (size_of(dtype) == 8) texts.insert(texts.end(), {"4294967296", "9007199254740993"});
  }
  std::string text = random_.pick(texts);
  if (program_.dialect == lang::Dialect::Miniexpr && is_bool(dtype))
    text = text == "True" ? "1" : "0";
  if (text.front() == '-') text = "(" + text + ")";
  return {Expr::Form::Leaf, text, dtype, {}};
}

bool Scope::try_kernel_form(DType wanted, unsigned depth, Expr* out) {
  switch (random_.below(3)) {
    case 0:
      if (!has_name(wanted) && !is_bool(wanted)) return false;
      *out = {Expr::Form::Ternary,
              "if",
              wanted,
              {make(DType::Bool, depth - 1), make(wanted, depth - 1), make(wanted, depth - 1)}};
      return true;
    case 1: {
      const DType from = any_dtype();
      const bool fits = (wanted == DType::Bool) ||
                        (wanted == DType::Int64 && !is_signed_int(from)) ||
                        (wanted == DType::Float64 && !is_float(from) && !is_complex(from));
      if (!fits) return false;
      *out = {Expr::Form::Call,
              wanted == DType::Bool    ? "bool"
              : wanted == DType::Int64 ? "int"
                                       : "float",
              wanted,
              {make(from, depth - 1)}};
      return true;
    }
    default: {
      if (wanted != DType::Bool || program_.dialect != lang::Dialect::Numpy) return false;
      const DType t = any_dtype();
      *out = {Expr::Form::Infix,
              random_.percent(50) ? "<" : "<=",
              DType::Bool,
              {make(t, depth - 1), make(t, depth - 1), make(any_dtype(), depth - 1)}};
      return true;
    }
  }
}

bool Scope::try_operation(DType wanted, unsigned depth, Expr* out) {
  if (kernel_forms && random_.percent(8)) return try_kernel_form(wanted, depth, out);
  const bool reduce = reductions && random_.percent(6);
  const Op op = random_.pick(reduce ? table().reductions : table().ops);
  const OpInfo& info = info_of(op);
  if (plain && !is_plain(op)) return false;
  if (small && is_large(info) && !random_.percent(3)) return false;
  std::vector<DType> dtypes;
  for (unsigned i = 0; i < info.arity; ++i) {
    // Asking for the wanted dtype often keeps the draw from being refused.
    dtypes.push_back(random_.percent(45) && has_name(wanted) ? wanted : any_dtype());
  }
  if (op == Op::Where || info.typing == Typing::Logical) {
    if (random_.percent(70)) dtypes[0] = DType::Bool;
  }
  if (result_of(op, dtypes, program_.dialect) != wanted) return false;

  Expr e;
  e.dtype = wanted;
  e.head = info.spelling.empty() ? "-" : std::string(info.spelling);
  if (info.arity == 1 && (is_symbol(e.head) || is_word(e.head))) {
    e.form = Expr::Form::Prefix;
  } else if (is_symbol(e.head) || is_word(e.head)) {
    e.form = Expr::Form::Infix;
  } else {
    e.form = Expr::Form::Call;
    // Names beside the first are not everybody's.
    const std::vector<std::string>& names = table().names[static_cast<std::size_t>(op)];
    e.head = plain ? std::string(info.spelling) : random_.pick(names);
    if (e.head == "fabs" && !is_float(wanted)) e.head = "abs";  // fabs() gives floats
    if (kernel_forms && program_.dialect == lang::Dialect::Numpy && random_.percent(5) &&
        info.typing == Typing::FloatResult) {
      e.head = "np." + e.head;
    }
  }
  // A reduction inside a reduction is refused by one dialect; keep them one deep in both.
  const bool saved = reductions;
  if (reduce) reductions = false;
  // At most one operand becomes a literal, and only where that leaves the result dtype as it is.
  std::size_t literal = info.arity;
  if (info.arity >= 2 && random_.percent(30)) {
    const std::size_t i = info.arity == 3 ? 1 + random_.below(2) : random_.below(2);
    const std::size_t beside = i + 1 < info.arity ? i + 1 : i - 1;
    const bool base_of_power = op == Op::Pow && i == 0;
    if (!base_of_power && dtypes[i] == dtypes[beside] && (op != Op::Ldexp)) literal = i;
  }
  for (std::size_t i = 0; i < info.arity; ++i) {
    e.args.push_back(i == literal ? literal_beside(dtypes[i], op) : make(dtypes[i], depth - 1));
  }
  reductions = saved;
  *out = std::move(e);
  return true;
}

Expr Scope::make(DType dtype, unsigned depth) {
  if (depth == 0 || random_.percent(10)) return leaf(dtype);
  Expr e;
  for (int attempt = has_name(dtype) ? 40 : 400; attempt > 0; --attempt) {
    if (try_operation(dtype, depth, &e)) return e;
  }
  return leaf(dtype);
}

Program generate_expression(std::uint64_t seed, std::uint64_t index) {
  Random random(seed * 1000003 + index);
  Program p;
  p.dialect = random.percent(75) ? lang::Dialect::Numpy : lang::Dialect::Miniexpr;
  Scope scope(random, p);
  scope.declare_params();
  const unsigned depth = 1 + static_cast<unsigned>(random.below(5));
  const DType root = root_dtype(random, scope);
  p.root = scope.make(root, depth);
  return p;
}

Program generate_small(std::uint64_t seed, std::uint64_t index) {
  Random random(seed * 3000017 + index + 0x51a11);
  Program p;
  p.dialect = random.percent(60) ? lang::Dialect::Numpy : lang::Dialect::Miniexpr;
  Scope scope(random, p);
  scope.small = true;
  scope.declare_params();
  const unsigned depth = 1 + static_cast<unsigned>(random.below(3));
  p.root = scope.make(root_dtype(random, scope), depth);
  return p;
}

}  // namespace me::agree
