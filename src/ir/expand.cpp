// Rewrites operations of the language into basic and math operations.
//
// Enters: one typed operation with its operands' values. Leaves: the value of an equivalent
// sequence.
// Example: tan of a float32 %0 becomes `cast %0 : float64`, `tan`, `cast : float32`; clip(x, lo,
// hi) becomes `minimum(maximum(x, lo), hi)`; x**2 becomes `mul x x`.
//
// Powers with a literal exponent: x**0, x**1, x**2, x**0.5 and x**-1 are what NumPy makes of them
// (1, x, x*x, sqrt(x), 1/x). Of float32, whole exponents up to 16 are products in float64, whose
// roundings vanish in the last one. Other powers of float64 are left to the recipe, which stays
// below 1 ulp where repeated products would not. Whole powers of integers up to 16 are products,
// which wrap alike.
// Tested by tests/unit/ir_expand_test.cpp.
#include "ir/expand.h"

#include <cmath>
#include <limits>

#include "base/single_recipes.h"
#include "base/status.h"
#include "ir/expand_whole.h"

namespace me::ir {
namespace {

constexpr double kDegreesPerRadian = 57.295779513082320876798;
constexpr double kRadiansPerDegree = 0.017453292519943295769237;
constexpr double kPi = 3.141592653589793238462643;
constexpr double kMaxProductExponent = 16;

double largest(DType t) {
  return t == DType::Float32 ? double{std::numeric_limits<float>::max()}
                             : std::numeric_limits<double>::max();
}

class Expander {
 public:
  Expander(Emitter& emit, DType dtype, const std::array<ValueId, 3>& args)
      : emit_(emit), dtype_(dtype), x_(args[0]), y_(args[1]), z_(args[2]) {}

  ValueId run(Op op) {
    switch (info_of(op).impl) {
      case Impl::math: return math(op);
      case Impl::expand: return rewrite(op);
      case Impl::basic: return basic(op);
      case Impl::reduce:
      case Impl::text:
      case Impl::front: break;
    }
    ME_ASSERT(false);
    return kNoValue;
  }

 private:
  ValueId make(Op op, std::initializer_list<ValueId> args) { return emit_.op(op, dtype_, args); }
  ValueId number(double v) { return emit_.number(emit_.dtype(x_), v); }

  ValueId wide(ValueId v) { return emit_.cast(v, DType::Float64); }

  // Operands of the operation that float32 holds exactly.
  bool all_single(unsigned arity) const {
    const ValueId args[] = {x_, y_, z_};
    for (unsigned i = 0; i < arity; ++i) {
      const DType t = emit_.dtype(args[i]);
      if (t != DType::Float32 && (is_float(t) || size_of(t) > 2)) return false;
    }
    return true;
  }

  // An elementary function over operands of any dtype, in the result's dtype: of float64, or of
  // float32 where there is such a recipe.
  ValueId math(Op op) {
    const unsigned arity = info_of(op).arity;
    if (dtype_ == DType::Float32 && has_single_recipe(op) && all_single(arity)) {
      const ValueId x = emit_.cast(x_, dtype_);
      if (arity == 1) return make(op, {x});
      return make(op, {x, emit_.cast(y_, dtype_)});
    }
    ValueId r = kNoValue;
    if (arity == 1) r = emit_.op(op, DType::Float64, {wide(x_)});
    if (arity == 2) {
      const ValueId a = wide(x_);
      r = emit_.op(op, DType::Float64, {a, wide(y_)});
    }
    if (arity == 3) {
      const ValueId a = wide(x_);
      const ValueId b = wide(y_);
      r = emit_.op(op, DType::Float64, {a, b, wide(z_)});
    }
    return emit_.cast(r, dtype_);
  }

  ValueId basic(Op op) {
    const DType of = emit_.dtype(x_);
    switch (op) {
      case Op::Cast: return emit_.cast(x_, dtype_);
      case Op::Pow: return power();
      case Op::Mod: return is_float(dtype_) ? math(Op::ModFloat) : make(op, {x_, y_});
      case Op::Fmod: return is_float(dtype_) ? math(Op::FmodFloat) : make(op, {x_, y_});
      case Op::FloorDivide:
        return is_float(dtype_) ? math(Op::FloorDivideFloat) : make(op, {x_, y_});
      case Op::Floor:
      case Op::Ceil:
      case Op::Trunc:
      case Op::Rint: return is_float(dtype_) ? make(op, {x_}) : x_;
      case Op::Abs: return is_bool(dtype_) || is_unsigned_int(dtype_) ? x_ : make(op, {x_});
      case Op::Signbit:
        return is_float(of) ? make(op, {without_nan_sign(x_)})
                            : emit_.compare(Op::Lt, {x_, number(0)});
      case Op::Copysign: return make(op, {x_, without_nan_sign(y_)});
      case Op::Fmin: return make(is_float(dtype_) ? op : Op::Minimum, {x_, y_});
      case Op::Fmax: return make(is_float(dtype_) ? op : Op::Maximum, {x_, y_});
      default: break;
    }
    switch (info_of(op).arity) {
      case 1: return make(op, {x_});
      case 2: return make(op, {x_, y_});
      default: return emit_.op(op, dtype_, {x_, y_, z_});
    }
  }

  // Which NaN an operation gives is not specified, so its sign must not be seen: it counts as +.
  ValueId without_nan_sign(ValueId v) {
    return emit_.op(Op::Where, emit_.dtype(v),
                    {emit_.compare(Op::Ne, {v, v}), emit_.number(emit_.dtype(v), 0), v});
  }

  ValueId rewrite(Op op) {
    const bool of_float = is_float(emit_.dtype(x_));
    switch (op) {
      case Op::Sign: return sign();
      case Op::Square: return is_bool(dtype_) ? x_ : make(Op::Mul, {x_, x_});
      case Op::Positive:
      case Op::Real:
      case Op::Conj: return x_;
      case Op::Imag: return number(0);
      case Op::Angle: {
        const ValueId y = number(0);
        const ValueId wide = emit_.cast(y, DType::Float64);
        return emit_.cast(emit_.op(Op::Atan2, DType::Float64,
                                   {wide, emit_.cast(x_, DType::Float64)}), dtype_);
      }
      case Op::Negative: return make(Op::Neg, {x_});
      case Op::Reciprocal: return make(of_float ? Op::Div : Op::DivTrunc, {number(1), x_});
      case Op::Clip: {
        const ValueId low = make(Op::Maximum, {x_, y_});
        return make(Op::Minimum, {low, z_});
      }
      case Op::RoundAway: return of_float ? round_away() : x_;
      case Op::IsNan: return of_float ? emit_.compare(Op::Ne, {x_, x_}) : emit_.boolean(false);
      case Op::IsInf: return of_float ? compare_with_infinity(Op::Eq) : emit_.boolean(false);
      case Op::IsFinite: return of_float ? compare_with_infinity(Op::Lt) : emit_.boolean(true);
      case Op::NanToNum: return of_float ? nan_to_num() : x_;
      case Op::Fdim: {
        // Not `x > y`: a NaN on either side must come out as one.
        const ValueId below = emit_.compare(Op::Le, {x_, y_});
        const ValueId zero = number(0);
        return emit_.where({below, zero, make(Op::Sub, {x_, y_})});
      }
      case Op::Degrees: return make(Op::Mul, {x_, number(kDegreesPerRadian)});
      case Op::Radians: return make(Op::Mul, {x_, number(kRadiansPerDegree)});
      case Op::Spacing: return spacing();
      case Op::IsPosInf:
      case Op::IsNegInf: {
        if (!of_float) return emit_.boolean(false);
        const double inf = std::numeric_limits<double>::infinity();
        return emit_.compare(Op::Eq, {x_, number(op == Op::IsPosInf ? inf : -inf)});
      }
      case Op::BitCount: return bit_count(emit_, dtype_, x_);
      case Op::Gcd: return common_divisor(emit_, dtype_, x_, y_);
      case Op::Lcm: return common_multiple(emit_, dtype_, x_, y_);
      case Op::Fac: return emit_.cast(factorial(emit_, wide(x_)), dtype_);
      case Op::Ncr: {
        const ValueId n = wide(x_);
        return emit_.cast(combinations(emit_, n, wide(y_)), dtype_);
      }
      case Op::Npr: {
        const ValueId n = wide(x_);
        const ValueId r = wide(y_);
        const ValueId chosen = combinations(emit_, n, r);
        return emit_.cast(emit_.op(Op::Mul, DType::Float64, {chosen, factorial(emit_, r)}), dtype_);
      }
      case Op::FloatPower: return math(Op::PowFloat);
      case Op::Heaviside: return heaviside();
      case Op::Sinc: return sinc();
      default: break;
    }
    ME_ASSERT(false);
    return kNoValue;
  }

  ValueId compare_with_infinity(Op op) {
    const ValueId size = emit_.op(Op::Abs, emit_.dtype(x_), {x_});
    return emit_.compare(op, {size, number(std::numeric_limits<double>::infinity())});
  }

  ValueId sign() {
    if (is_bool(dtype_)) return x_;
    const ValueId zero = number(0);
    const ValueId one = number(1);
    const ValueId above = emit_.compare(Op::Gt, {x_, zero});
    if (is_unsigned_int(dtype_)) return emit_.where({above, one, zero});
    const ValueId below = emit_.compare(Op::Lt, {x_, zero});
    // Zero of either sign gives +0; what compares with nothing is NaN.
    ValueId rest = zero;
    if (is_float(dtype_)) rest = emit_.where({emit_.compare(Op::Eq, {x_, zero}), zero, x_});
    return emit_.where({above, one, emit_.where({below, number(-1), rest})});
  }

  // The fraction x - trunc(x) is exact; adding ±1 to a whole number below 2^53 too.
  ValueId round_away() {
    const ValueId whole = make(Op::Trunc, {x_});
    const ValueId fraction = make(Op::Abs, {make(Op::Sub, {x_, whole})});
    const ValueId up = emit_.compare(Op::Ge, {fraction, number(0.5)});
    const ValueId step = make(Op::Copysign, {number(1), x_});
    return emit_.where({up, make(Op::Add, {whole, step}), whole});
  }

  ValueId nan_to_num() {
    const ValueId is_nan = emit_.compare(Op::Ne, {x_, x_});
    const ValueId top = number(largest(dtype_));
    const ValueId bottom = number(-largest(dtype_));
    const ValueId bounded = make(Op::Minimum, {make(Op::Maximum, {x_, bottom}), top});
    return emit_.where({is_nan, number(0), bounded});
  }

  ValueId heaviside() {
    const ValueId zero = number(0);
    const ValueId at_zero = emit_.where({emit_.compare(Op::Eq, {x_, zero}), y_, x_});
    const ValueId below = emit_.where({emit_.compare(Op::Lt, {x_, zero}), zero, at_zero});
    return emit_.where({emit_.compare(Op::Gt, {x_, zero}), number(1), below});
  }

  // Of zeros of both signs it is positive.
  ValueId spacing() {
    const double inf = std::numeric_limits<double>::infinity();
    const ValueId below = emit_.compare(Op::Lt, {x_, number(0)});
    const ValueId end = emit_.where({below, number(-inf), number(inf)});
    return make(Op::Sub, {make(Op::Nextafter, {x_, end}), x_});
  }

  ValueId sinc() {
    const ValueId x = emit_.cast(x_, DType::Float64);
    const ValueId sine = emit_.op(Op::Sinpi, DType::Float64, {x});
    const ValueId angle = emit_.op(Op::Mul, DType::Float64, {x, emit_.real(DType::Float64, kPi)});
    const ValueId ratio = emit_.op(Op::Div, DType::Float64, {sine, angle});
    const ValueId is_zero = emit_.compare(Op::Eq, {x, emit_.real(DType::Float64, 0)});
    return emit_.cast(emit_.where({is_zero, emit_.real(DType::Float64, 1), ratio}), dtype_);
  }

  ValueId power() {
    const Scalar* literal = emit_.constant_of(y_);
    if (literal != nullptr) {
      const ValueId r = power_of_literal(literal->as_double());
      if (r != kNoValue) return r;
    }
    return is_float(dtype_) ? math(Op::PowFloat) : make(Op::Pow, {x_, y_});
  }

  ValueId power_of_literal(double n) {
    if (n == 0) return number(1);
    if (n == 1) return x_;
    if (n == 2) return make(Op::Mul, {x_, x_});
    const bool whole = n == std::floor(n) && std::fabs(n) <= kMaxProductExponent;
    if (!is_float(dtype_)) return whole && n > 0 ? product(x_, static_cast<unsigned>(n)) : kNoValue;
    if (n == 0.5) return make(Op::Sqrt, {x_});
    if (n == -1) return make(Op::Div, {number(1), x_});
    if (dtype_ != DType::Float32 || !whole) return kNoValue;
    const ValueId wide = emit_.cast(x_, DType::Float64);
    ValueId r = product(wide, static_cast<unsigned>(std::fabs(n)));
    if (n < 0) r = emit_.op(Op::Div, DType::Float64, {emit_.real(DType::Float64, 1), r});
    return emit_.cast(r, dtype_);
  }

  // x to the n-th by squaring; n > 0.
  ValueId product(ValueId x, unsigned n) {
    const DType t = emit_.dtype(x);
    ValueId r = kNoValue;
    for (;;) {
      if (n & 1) r = r == kNoValue ? x : emit_.op(Op::Mul, t, {r, x});
      n >>= 1;
      if (n == 0) return r;
      x = emit_.op(Op::Mul, t, {x, x});
    }
  }

  Emitter& emit_;
  DType dtype_;
  ValueId x_, y_, z_;
};

}  // namespace

ValueId expand(Emitter& emit, Op op, DType dtype, const std::array<ValueId, 3>& args) {
  return Expander(emit, dtype, args).run(op);
}

}  // namespace me::ir
