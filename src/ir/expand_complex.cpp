// Rewrites operations on complex numbers into operations on their parts.
//
// Enters: one typed operation with its operands' parts. Leaves: the parts of its value, or one
// value for what is real (abs, real, comparisons). Example: a * b of complex64 becomes four float32
// products, a difference and a sum; a < b compares real parts first and imaginary parts where those
// are equal, as NumPy does. Quotients are Smith's, in the parts' dtype and with NumPy's roundings;
// elementary functions are computed in float64 (complex_functions.cpp) and rounded once.
// Tested by tests/golden/complex and tests/python/test_complex.py.
#include "ir/expand_complex.h"

#include <cmath>

#include "base/status.h"
#include "ir/complex_functions.h"
#include "ir/expand.h"

namespace me::ir {
namespace {

constexpr double kMaxProductExponent = 100;

class ComplexExpander {
 public:
  ComplexExpander(Emitter& emit, DType dtype, const std::array<Pair, 3>& args)
      : emit_(emit), dtype_(dtype), args_(args) {}

  Pair run(Op op) {
    switch (op) {
      case Op::Complex: return {args_[0].re, args_[1].re};
      case Op::Cast: return cast();
      case Op::Where: return select(args_[0].re, args_[1], args_[2]);
      case Op::Real: return {args_[0].re};
      case Op::Imag: return {args_[0].im};
      default: break;
    }
    const Complex x = number(args_[0]);
    switch (op) {
      case Op::Positive: return args_[0];
      case Op::Conj: return pair(x.re, -x.im);
      case Op::Neg:
      case Op::Negative: return pair(-x.re, -x.im);
      case Op::Square: return pair(multiply(x, x));
      case Op::Reciprocal: return pair(reciprocal(x));
      case Op::Sign: return pair(sign(x));
      case Op::Rint:
      case Op::RoundAway:
      case Op::NanToNum: return by_part(op);
      case Op::IsNan: return truth(is_nan(x.re) | is_nan(x.im));
      case Op::IsInf: return truth(is_inf(x.re) | is_inf(x.im));
      case Op::IsFinite: return truth(is_finite(x.re) & is_finite(x.im));
      case Op::Abs: return {emit_.cast(complex_abs(wide(x)).id, dtype_)};
      case Op::Angle: return {emit_.cast(complex_angle(wide(x)).id, dtype_)};
      default: break;
    }
    if (info_of(op).arity == 1) return pair(complex_function(op, wide(x)));
    const Complex y = number(args_[1]);
    switch (op) {
      case Op::Add: return pair(x.re + y.re, x.im + y.im);
      case Op::Sub: return pair(x.re - y.re, x.im - y.im);
      case Op::Mul: return pair(multiply(x, y));
      case Op::Div: return pair(divide(x, y));
      case Op::Pow: return power(x, y);
      case Op::Eq: return truth((x.re == y.re) & (x.im == y.im));
      case Op::Ne: return truth((x.re != y.re) | (x.im != y.im));
      case Op::Lt:
      case Op::Le:
      case Op::Gt:
      case Op::Ge: return truth(ordered(op, x, y));
      case Op::Minimum:
      case Op::Maximum:
      case Op::Fmin:
      case Op::Fmax: return extremum(op, args_[0], args_[1]);
      case Op::Clip:
        return extremum(Op::Minimum, extremum(Op::Maximum, args_[0], args_[1]), args_[2]);
      default: break;
    }
    ME_ASSERT(false);
    return {};
  }

 private:
  Complex number(const Pair& p) { return {{&emit_, p.re}, {&emit_, p.im}}; }
  Complex wide(Complex z) {
    return {ir::cast(z.re, DType::Float64), ir::cast(z.im, DType::Float64)};
  }
  Pair pair(Num re, Num im) {
    const DType part = part_of(dtype_);
    const ValueId x = emit_.cast(re.id, part);
    return {x, emit_.cast(im.id, part)};
  }
  Pair pair(Complex z) { return pair(z.re, z.im); }
  static Pair truth(Mask m) { return {m.id}; }

  Pair cast() {
    const Pair& x = args_[0];
    if (is_bool(dtype_)) {
      const Complex z = number(x);
      return truth((z.re != 0.0) | (z.im != 0.0));
    }
    if (!is_complex(dtype_)) return {emit_.cast(x.re, dtype_)};
    const ValueId re = emit_.cast(x.re, part_of(dtype_));
    return {re, emit_.cast(x.im, part_of(dtype_))};
  }

  Pair select(ValueId mask, const Pair& a, const Pair& b) {
    const ValueId re = emit_.where({mask, a.re, b.re});
    return {re, emit_.where({mask, a.im, b.im})};
  }

  Pair by_part(Op op) {
    const DType part = part_of(dtype_);
    const ValueId re = expand(emit_, op, part, {args_[0].re, kNoValue, kNoValue});
    return {re, expand(emit_, op, part, {args_[0].im, kNoValue, kNoValue})};
  }

  static Complex multiply(Complex x, Complex y) {
    return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
  }

  // Smith's method: divides through by the larger part of the divisor.
  static Complex divide(Complex x, Complex y) {
    const Num size_re = abs(y.re);
    const Num size_im = abs(y.im);
    const Mask by_re = size_re >= size_im;
    const Num large = where(by_re, y.re, y.im);
    const Num small = where(by_re, y.im, y.re);
    const Num ratio = small / large;
    const Num scale = 1.0 / (large + small * ratio);
    const Num a = where(by_re, x.re, x.im);
    const Num b = where(by_re, x.im, x.re);
    const Num re = (a + b * ratio) * scale;
    const Num im = where(by_re, x.im - x.re * ratio, x.im * ratio - x.re) * scale;
    // A zero divisor gives infinities or NaN, part by part.
    const Mask zero = (size_re == 0.0) & (size_im == 0.0);
    return {where(zero, x.re / size_re, re), where(zero, x.im / size_re, im)};
  }

  static Complex reciprocal(Complex x) {
    const Mask by_re = abs(x.im) <= abs(x.re);
    const Num large = where(by_re, x.re, x.im);
    const Num small = where(by_re, x.im, x.re);
    const Num ratio = small / large;
    const Num size = large + small * ratio;
    const Num one = size.like(1.0);
    return {where(by_re, one, ratio) / size, where(by_re, -ratio, -one) / size};
  }

  // z / |z|; 0 of zero, of an infinite part the direction, NaN of two.
  Complex sign(Complex x) {
    const Num size = ir::cast(complex_abs(wide(x)), x.re.dtype());
    const Mask zero = size == 0.0;
    const Mask far = size == kInf;
    const auto part = [&](Num v, Num other) {
      const Num unit = where(is_inf(v), copysign(1.0, v), 0.0);
      const Num along = where(is_inf(other) & is_inf(v), std::nan(""), unit);
      return where(zero, 0.0, where(far & (is_inf(v) | is_inf(other)), along, v / size));
    };
    const Mask nan = is_nan(size);
    const Num re = part(x.re, x.im);
    const Num im = part(x.im, x.re);
    return {where(nan, size, re), where(nan, size, im)};
  }

  static Mask ordered(Op op, Complex x, Complex y) {
    const Op strict = op == Op::Lt || op == Op::Le ? Op::Lt : Op::Gt;
    const Mask known = ~(is_nan(x.im) | is_nan(y.im));
    return (compare(strict, x.re, y.re) & known) | ((x.re == y.re) & compare(op, x.im, y.im));
  }

  // The first operand where it comes first; minimum and maximum keep a NaN, fmin and fmax drop it.
  Pair extremum(Op op, const Pair& a, const Pair& b) {
    const bool smaller = op == Op::Minimum || op == Op::Fmin;
    const Complex x = number(a);
    const Complex y = number(b);
    const Complex bad = op == Op::Minimum || op == Op::Maximum ? x : y;
    const Mask first =
        ordered(smaller ? Op::Le : Op::Ge, x, y) | is_nan(bad.re) | is_nan(bad.im);
    return select(first.id, a, b);
  }

  Pair power(Complex x, Complex y) {
    const Scalar* re = emit_.constant_of(y.re.id);
    const Scalar* im = emit_.constant_of(y.im.id);
    if (re != nullptr && im != nullptr && im->as_double() == 0) {
      const double n = re->as_double();
      if (n == 0) return pair(x.re.like(1), x.re.like(0));
      if (n == 1) return pair(x);
      if (n == 2) return pair(multiply(x, x));
      if (n == -1) return pair(reciprocal(x));
      if (n == 0.5) return pair(complex_function(Op::Sqrt, wide(x)));
      if (n == std::floor(n) && std::fabs(n) < kMaxProductExponent) {
        const Complex r = product(wide(x), static_cast<unsigned>(std::fabs(n)));
        if (n > 0) return pair(r);
        const Complex inverse = divide({r.re.like(1), r.re.like(0)}, r);
        const Mask zero = (x.re == 0.0) & (x.im == 0.0);
        return pair(where(zero, std::nan(""), inverse.re), where(zero, std::nan(""), inverse.im));
      }
    }
    return pair(complex_power(wide(x), wide(y)));
  }

  // x to the n-th by squaring; n > 0.
  static Complex product(Complex x, unsigned n) {
    Complex r{};
    for (;;) {
      if (n & 1) r = r.re.emit == nullptr ? x : multiply(r, x);
      n >>= 1;
      if (n == 0) return r;
      x = multiply(x, x);
    }
  }

  Emitter& emit_;
  DType dtype_;
  const std::array<Pair, 3>& args_;
};

}  // namespace

Pair expand_complex(Emitter& emit, Op op, DType dtype, const std::array<Pair, 3>& args) {
  return ComplexExpander(emit, dtype, args).run(op);
}

}  // namespace me::ir
