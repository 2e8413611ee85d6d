// Emission of typed expressions.
//
// Enters: values and the dtypes they are wanted in. Leaves: TypedExprs, with every conversion an
// explicit Cast and every constant a Literal of the wanted dtype. Example: the weak 2 beside a
// float32 array becomes `literal 2 : float32`; 300 beside uint8 is an error.
// Tested by tests/unit/lang_infer_test.cpp.
#include "emitter.h"

#include "base/status.h"

namespace me::lang {

std::string described(const Type& type) {
  if (!type.weak) return type_text(type.dtype, type.width);
  if (is_complex(type.dtype)) return "Python complex";
  return is_bool(type.dtype) ? "Python bool" : is_float(type.dtype) ? "Python float" : "Python int";
}

ExprId Emitter::leaf(ExprKind kind, DType dtype, std::uint32_t index, Span span) {
  TypedExpr e;
  e.kind = kind;
  e.dtype = dtype;
  e.index = index;
  e.span = span;
  program_.exprs.push_back(e);
  return static_cast<ExprId>(program_.exprs.size() - 1);
}

ExprId Emitter::literal(Scalar value, Span span) {
  const ExprId id = leaf(ExprKind::Literal, value.dtype, 0, span);
  program_.exprs[id].value = value;
  return id;
}

ExprId Emitter::op(Op op, DType dtype, Span span, std::initializer_list<ExprId> args) {
  const ExprId id = leaf(ExprKind::Op, dtype, 0, span);
  program_.exprs[id].op = op;
  std::copy(args.begin(), args.end(), program_.exprs[id].args.begin());
  return id;
}

std::uint32_t Emitter::add_text(const std::u32string& text) {
  if (text.empty()) return 0;
  program_.texts.push_back(text);
  return static_cast<std::uint32_t>(program_.texts.size() - 1);
}

ExprId Emitter::text(std::uint32_t index, DType dtype, std::uint32_t width, Span span) {
  const ExprId id = literal({dtype, index}, span);
  program_.exprs[id].width = width;
  return id;
}

ExprId Emitter::text_op(Op o, DType dtype, std::uint32_t width, Span span,
                        std::initializer_list<ExprId> args) {
  const ExprId id = op(o, dtype, span, args);
  program_.exprs[id].width = width;
  return id;
}

ExprId Emitter::reduction(Op o, DType dtype, Span span, ExprId x, std::uint32_t axes) {
  const ExprId id = op(o, dtype, span, {x});
  program_.exprs[id].index = axes;
  return id;
}

ExprId Emitter::count(ExprId x, std::uint32_t axes, Span span) {
  const ExprId id = leaf(ExprKind::Count, DType::Int64, axes, span);
  program_.exprs[id].args[0] = x;
  return id;
}

std::uint32_t Emitter::add_axes(Axes axes) {
  program_.axes.push_back(std::move(axes));
  return static_cast<std::uint32_t>(program_.axes.size());
}

namespace {

std::string range_of(DType t) {
  const unsigned bits = bits_of(t);
  const Int128 one = 1;
  const Int128 low = is_signed_int(t) ? -(one << (bits - 1)) : Int128{0};
  const Int128 high = is_signed_int(t) ? (one << (bits - 1)) - 1 : (one << bits) - 1;
  return std::string(name_of(t)) + " holds " + to_string(Constant::of_int(low)) + " to " +
         to_string(Constant::of_int(high));
}

}  // namespace

Result<ExprId> Emitter::as(const Value& v, DType t) {
  const bool weak_int = v.constant && v.type.weak && v.constant->is_integer();
  if (weak_int && !is_bool(t) && !fits(*v.constant, t)) {
    return Diagnostic{Status::TypeError, v.span,
                      to_string(*v.constant) + " does not fit " + std::string(name_of(t)),
                      range_of(t), true};
  }
  return cast(v, t);
}

ExprId Emitter::cast(const Value& v, DType t) {
  if (!v.constant) return cast(v.id, t);
  if (is_complex(v.type.dtype) || is_complex(t)) return complex_literal(v, t);
  // A literal that has a dtype of its own takes that first: float32 0.1 in float64 is not 0.1.
  const Scalar s = v.type.weak ? to_scalar(*v.constant, t)
                               : cast_scalar(to_scalar(*v.constant, v.type.dtype), t);
  return literal(s, v.span);
}

// A complex constant, or a real one as `t`: parts are rounded to the value's own dtype first.
ExprId Emitter::complex_literal(const Value& v, DType t) {
  const DType own = v.type.dtype;
  const auto part = [&](double x, DType to) {
    Scalar s = Scalar::of_float(DType::Float64, x);
    if (!v.type.weak && is_complex(own)) s = cast_scalar(s, part_of(own));
    if (!v.type.weak && !is_complex(own)) s = cast_scalar(to_scalar(*v.constant, own), to);
    return literal(cast_scalar(s, to), v.span);
  };
  if (is_bool(t)) return literal(to_scalar(*v.constant, t), v.span);
  if (!is_complex(t)) return part(v.constant->as_double(), t);
  const ExprId re = part(v.constant->as_double(), part_of(t));
  const ExprId im = literal(Scalar::of_float(part_of(t), v.constant->imag), v.span);
  return op(Op::Complex, t, v.span, {re, im});
}

ExprId Emitter::cast(ExprId id, DType t) {
  const TypedExpr e = program_.exprs[id];
  if (e.dtype == t) return id;
  if (is_text(e.dtype)) {
    ME_ASSERT(is_bool(t));
    const ExprId length = op(Op::TextLen, DType::Int64, e.span, {id});
    return op(Op::Cast, t, e.span, {length});
  }
  if (is_complex(t)) {
    if (is_complex(e.dtype)) return op(Op::Cast, t, e.span, {id});
    const ExprId re = cast(id, part_of(t));
    return op(Op::Complex, t, e.span, {re, literal(Scalar::of_float(part_of(t), 0), e.span)});
  }
  if (e.kind == ExprKind::Literal) return literal(cast_scalar(e.value, t), e.span);
  return op(Op::Cast, t, e.span, {id});
}

}  // namespace me::lang
