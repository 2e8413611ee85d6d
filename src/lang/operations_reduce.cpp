// The typing rules of reductions.
//
// Enters: a reduction, its operand and its options. Leaves: the operand converted to what is folded,
// the folds, and what comes after them; or a located error. Only sum, prod, min, max, any, all, argmin
// and argmax are folds; the rest is made of them. Example (numpy): the variance of a float32 array x is
// the sum of (x - mean)**2 as float64, divided by the number of items less ddof, as float32.
// Tested by tests/unit/lang_infer_test.cpp, lang_numpy_test.cpp and tests/python/test_reductions.py.
#include <limits>

#include "operations.h"
#include "operations_string.h"

namespace me::lang {
namespace {

class Reduction {
 public:
  Reduction(Emitter& emit, const Rules& rules, const Application& use, const ReduceOptions& options)
      : emit_(emit), rules_(rules), use_(use), options_(options), v_(use.args[0]) {
    // NumPy takes a scalar for an array of one item.
    scalar_ = v_.uniform && rules.scalar_reductions;
    if (options.array && !scalar_) {
      axes_ = emit.add_axes(options.axes);
      Axes kept = options.axes;
      kept.keepdims = true;
      if (deviates()) kept_axes_ = options.axes.keepdims ? axes_ : emit.add_axes(std::move(kept));
    }
  }

  Result<Value> run() {
    if (is_text(v_.type.dtype) && use_.typing != Typing::BoolReduction) {
      return not_for_text(std::string(info_of(use_.op).spelling) + "()", v_);
    }
    if (v_.has_reduction && !rules_.nested_reductions) {
      return Diagnostic{Status::ReductionInvalid, use_.span,
                        "a reduction cannot stand inside another reduction", "", true};
    }
    ME_TRY_VOID(check_scalar_axes());
    const DType t = v_.type.dtype;
    if (is_complex(t)) ME_TRY_VOID(check_complex());
    Value out;
    out.type = {result_dtype(), false};
    out.uniform = scalar_ || !options_.array;
    out.has_reduction = true;
    out.span = use_.span;
    const ExprId id = is_complex(t) ? of_complex() : is_float(t) ? of_floats() : of_others(use_.op);
    out.id = emit_.cast(id, out.type.dtype);
    return out;
  }

 private:
  bool deviates() const {
    return use_.op == Op::Std || use_.op == Op::Var || use_.op == Op::Nanstd ||
           use_.op == Op::Nanvar;
  }

  // dtype of the operand's values; Python's complex becomes NumPy's.
  DType own() const {
    return v_.type.weak && is_complex(v_.type.dtype) ? DType::Complex128 : v_.type.dtype;
  }

  DType result_dtype() const {
    const DType t = own();
    switch (use_.typing) {
      case Typing::SumReduction:
        if (is_complex(t)) return t;
        return is_float(t) ? t : is_unsigned_int(t) ? DType::UInt64 : DType::Int64;
      case Typing::BoolReduction: return DType::Bool;
      case Typing::MeanReduction:
        if (is_complex(t)) {
          const DType to = rules_.float32_mean ? t : DType::Complex128;
          return deviates() ? part_of(to) : to;
        }
        return rules_.float32_mean && t == DType::Float32 ? t : DType::Float64;
      case Typing::IndexReduction:
      case Typing::CountReduction: return DType::Int64;
      default: return t;
    }
  }

  Outcome check_scalar_axes() const {
    if (!scalar_ || !options_.array) return Unit{};
    for (const std::int32_t axis : options_.axes.list) {
      if (options_.axes.single && (axis == 0 || axis == -1)) continue;
      return Diagnostic{Status::TypeError, options_.axes.span,
                        "axis " + std::to_string(axis) + " is out of range for a scalar", "", true};
    }
    return Unit{};
  }

  Outcome check_complex() const {
    const Op op = use_.op;
    const bool extremum = op == Op::Min || op == Op::Max;
    const bool unknown = op == Op::Nanmin || op == Op::Nanmax || op == Op::Nanstd ||
                         op == Op::Nanvar || use_.typing == Typing::IndexReduction;
    if (!unknown && (!extremum || rules_.complex_extremum)) return Unit{};
    return Diagnostic{Status::ReductionInvalid, use_.span,
                      std::string(info_of(op).spelling) + "() is not defined for complex numbers",
                      described(v_.type), true};
  }

  ExprId of_complex() {
    const DType wide = DType::Complex128;
    switch (use_.op) {
      case Op::Nansum: return fold(Op::Sum, own(), without_nans(0));
      case Op::Nanprod: return fold(Op::Prod, own(), without_nans(1));
      case Op::Mean: {
        const ExprId x = emit_.cast(v_, wide);
        const ExprId sum = fold(Op::Sum, wide, x);
        return quotient(sum, count(x), wide);
      }
      case Op::Nanmean: {
        const ExprId sum = fold(Op::Sum, wide, emit_.cast(without_nans(0), wide));
        return quotient(sum, nan_count(axes_), wide);
      }
      case Op::Var: return complex_variance();
      case Op::Std: return root(complex_variance());
      default: return of_others(use_.op);
    }
  }

  // Of the squared distances from the mean.
  ExprId complex_variance() {
    const DType wide = DType::Complex128;
    const ExprId x = emit_.cast(v_, wide);
    const ExprId sum = fold_over(kept_axes_, Op::Sum, wide, x);
    const ExprId mean = quotient(sum, count(x), wide);
    const ExprId deviation = binary(Op::Sub, wide, x, mean);
    const ExprId re = emit_.op(Op::Real, kWork, use_.span, {deviation});
    const ExprId im = emit_.op(Op::Imag, kWork, use_.span, {deviation});
    const ExprId re2 = binary(Op::Mul, kWork, re, re);
    const ExprId squares = binary(Op::Add, kWork, re2, binary(Op::Mul, kWork, im, im));
    const ExprId total = fold(Op::Sum, kWork, squares);
    return quotient(total, freedom(count(x)));
  }

  // Integers and bools have no NaN: nansum is sum.
  ExprId of_others(Op op) {
    switch (op) {
      case Op::Nansum: return of_others(Op::Sum);
      case Op::Nanprod: return of_others(Op::Prod);
      case Op::Nanmin: return of_others(Op::Min);
      case Op::Nanmax: return of_others(Op::Max);
      case Op::Nanmean:
      case Op::Mean: return mean(wide());
      case Op::Nanvar:
      case Op::Var: return variance(wide());
      case Op::Nanstd:
      case Op::Std: return root(variance(wide()));
      case Op::CountNonzero: return nonzeros();
      case Op::Any:
      case Op::All: return fold(op, DType::Bool, emit_.truth(v_));
      case Op::Nanargmin: return of_others(Op::Argmin);
      case Op::Nanargmax: return of_others(Op::Argmax);
      case Op::Argmin:
      case Op::Argmax: return position(op, value());
      default: return fold(op, result_dtype(), emit_.cast(v_, result_dtype()));
    }
  }

  ExprId of_floats() {
    const DType t = v_.type.dtype;
    switch (use_.op) {
      case Op::Nansum: return fold(Op::Sum, t, without_nans(0));
      case Op::Nanprod: return fold(Op::Prod, t, without_nans(1));
      case Op::Nanmin: return extremum(Op::Min, kInfinity);
      case Op::Nanmax: return extremum(Op::Max, -kInfinity);
      case Op::Nanargmin: return nan_position(Op::Argmin, kInfinity);
      case Op::Nanargmax: return nan_position(Op::Argmax, -kInfinity);
      case Op::Nanmean: return nan_mean(axes_);
      case Op::Nanvar: return nan_variance();
      case Op::Nanstd: return root(nan_variance());
      default: return of_others(use_.op);
    }
  }

  ExprId value() { return emit_.cast(v_, own()); }
  ExprId wide() { return emit_.cast(value(), kWork); }

  ExprId binary(Op op, DType t, ExprId a, ExprId b) { return emit_.op(op, t, use_.span, {a, b}); }
  ExprId number(DType t, double x) { return emit_.literal(Scalar::of_float(t, x), use_.span); }
  ExprId quotient(ExprId a, ExprId b, DType t = kWork) {
    return binary(Op::Div, t, a, emit_.cast(b, t));
  }
  ExprId root(ExprId x) { return emit_.op(Op::Sqrt, kWork, use_.span, {x}); }

  ExprId fold_over(std::uint32_t axes, Op op, DType t, ExprId x) {
    return scalar_ ? emit_.cast(x, t) : emit_.reduction(op, t, use_.span, x, axes);
  }
  ExprId fold(Op op, DType t, ExprId x) { return fold_over(axes_, op, t, x); }

  ExprId integer(std::int64_t x) {
    return emit_.literal(Scalar::of_int(DType::Int64, x), use_.span);
  }

  ExprId position(Op op, ExprId x) {
    return scalar_ ? integer(0) : fold(op, DType::Int64, x);
  }

  ExprId nonzeros() {
    return fold(Op::Sum, DType::Int64, emit_.cast(emit_.truth(v_), DType::Int64));
  }

  ExprId count(ExprId x) {
    if (scalar_) return integer(1);
    return emit_.count(x, axes_, use_.span);
  }

  // The number of items that a sum of squares is divided by; none is left over: 0.
  ExprId freedom(ExprId items) {
    const ExprId n = emit_.cast(items, kWork);
    if (options_.ddof == 0) return n;
    const ExprId less = binary(Op::Sub, kWork, n, number(kWork, options_.ddof));
    return binary(Op::Maximum, kWork, less, number(kWork, 0));
  }

  ExprId mean(ExprId x) {
    const ExprId sum = fold(Op::Sum, kWork, x);
    return quotient(sum, count(x));
  }

  ExprId variance(ExprId x) {
    const ExprId sum = fold_over(kept_axes_, Op::Sum, kWork, x);
    const ExprId deviation = binary(Op::Sub, kWork, x, quotient(sum, count(x)));
    const ExprId squares = fold(Op::Sum, kWork, binary(Op::Mul, kWork, deviation, deviation));
    return quotient(squares, freedom(count(x)));
  }

  ExprId is_nan() {
    if (nan_ == kNone) nan_ = emit_.op(Op::IsNan, DType::Bool, use_.span, {value()});
    return nan_;
  }
  ExprId without_nans(double instead) {
    const DType t = own();
    const DType part = is_complex(t) ? part_of(t) : t;
    const ExprId other = emit_.cast(number(part, instead), t);
    return emit_.op(Op::Where, t, use_.span, {is_nan(), other, value()});
  }
  ExprId nan_sum(std::uint32_t axes) {
    return fold_over(axes, Op::Sum, kWork, emit_.cast(without_nans(0), kWork));
  }
  ExprId nan_count(std::uint32_t axes) {
    const ExprId number = emit_.op(Op::BitNot, DType::Bool, use_.span, {is_nan()});
    return fold_over(axes, Op::Sum, DType::Int64, emit_.cast(number, DType::Int64));
  }

  ExprId extremum(Op op, double instead) {
    const DType t = v_.type.dtype;
    const ExprId found = fold(op, t, without_nans(instead));
    const ExprId none = fold(Op::All, DType::Bool, is_nan());
    const ExprId nan = number(t, std::numeric_limits<double>::quiet_NaN());
    return emit_.op(Op::Where, t, use_.span, {none, nan, found});
  }

  ExprId nan_position(Op op, double instead) {
    const ExprId found = position(op, without_nans(instead));
    const ExprId none = fold(Op::All, DType::Bool, is_nan());
    return emit_.op(Op::Where, DType::Int64, use_.span, {none, integer(-1), found});
  }

  ExprId nan_mean(std::uint32_t axes) {
    const ExprId sum = nan_sum(axes);
    return quotient(sum, nan_count(axes));
  }

  // NaN where no item is left over, even if there are more deviations than that.
  ExprId nan_variance() {
    const ExprId mean = nan_mean(kept_axes_);
    const ExprId difference = binary(Op::Sub, kWork, wide(), mean);
    const ExprId deviation =
        emit_.op(Op::Where, kWork, use_.span, {is_nan(), number(kWork, 0), difference});
    const ExprId squares = fold(Op::Sum, kWork, binary(Op::Mul, kWork, deviation, deviation));
    const ExprId left = freedom(nan_count(axes_));
    const ExprId found = quotient(squares, left);
    const ExprId some = binary(Op::Gt, DType::Bool, left, number(kWork, 0));
    const ExprId nan = number(kWork, std::numeric_limits<double>::quiet_NaN());
    return emit_.op(Op::Where, kWork, use_.span, {some, found, nan});
  }

  static constexpr DType kWork = DType::Float64;  // of means and deviations
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  Emitter& emit_;
  const Rules& rules_;
  const Application& use_;
  const ReduceOptions& options_;
  const Value& v_;
  bool scalar_;
  std::uint32_t axes_ = 0;       // as TypedExpr::index
  std::uint32_t kept_axes_ = 0;  // the same with keepdims, for what meets the operand again
  ExprId nan_ = kNone;
};

}  // namespace

Result<Value> reduce(Emitter& emit, const Rules& rules, const Application& use,
                     const ReduceOptions& options) {
  return Reduction(emit, rules, use, options).run();
}

}  // namespace me::lang
