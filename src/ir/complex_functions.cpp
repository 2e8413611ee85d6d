// Elementary functions of complex numbers as formulas over their float64 parts.
//
// Enters: the parts of a number. Leaves: the parts of the function's value. Overflow in between is
// avoided by scaling, cancellation by sums of two float64 (logarithms) or by formulas without any
// (inverse functions, after Hull, Fairgrieve and Tang); infinities, NaN and signs of zero follow
// Annex G of the C standard. Example: sqrt(-4 - 0j) is t = sqrt((|x| + |z|) / 2) = 2 and y / 2t,
// which a negative real part swaps: 0 - 2j. Errors are below 4 ulp of the larger part, but for
// powers, whose error grows with the size of the logarithm.
// Tested by tests/python/test_complex.py against NumPy's long double.
#include "ir/complex_functions.h"

#include "base/status.h"

namespace me::ir {
namespace {

constexpr double kPi = 3.141592653589793116;
constexpr double kPiLow = 1.2246467991473532e-16;
constexpr double kHalfPi = 1.5707963267948966;
constexpr double kLn2 = 0.69314718055994531;
constexpr double kLn2Low = 2.3190468138462996e-17;
constexpr double kExp700 = 1.0142320547350045e304;

Num call(Op op, Num a) { return apply(op, a); }
Num exp(Num a) { return call(Op::Exp, a); }
Num log(Num a) { return call(Op::Log, a); }
Num log1p(Num a) { return call(Op::Log1p, a); }
Num sin(Num a) { return call(Op::Sin, a); }
Num cos(Num a) { return call(Op::Cos, a); }
Num atan2(Num a, Num b) { return apply(Op::Atan2, a, b); }
Num hypot(Num a, Num b) { return apply(Op::Hypot, a, b); }

// Real and imaginary part exchanged: asin(z) = reverse(asinh(reverse(z))), the same for atan.
Complex reverse(Complex z) { return {z.im, z.re}; }
// i z and -i z.
Complex turn_left(Complex z) { return {-z.im, z.re}; }
Complex turn_right(Complex z) { return {z.im, -z.re}; }

struct Two {
  Num hi, lo;
};

// a + b exactly.
Two two_sum(Num a, Num b) {
  const Num s = a + b;
  const Num t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

Two split(Num a) {
  const Num t = a * 0x1.0000002p27;
  const Num h = t - (t - a);
  return {h, a - h};
}

// a * b exactly, for sizes between 2^-480 and 2^480.
Two two_product(Num a, Num b) {
  const Num p = a * b;
  const Two x = split(a);
  const Two y = split(b);
  return {p, ((x.hi * y.hi - p) + x.hi * y.lo + x.lo * y.hi) + x.lo * y.lo};
}

// log |x + iy|: of x^2 + y^2 in twice float64's precision, and through log1p near 1.
Num log_abs(Num x, Num y) {
  const Num ax = abs(x);
  const Num ay = abs(y);
  const Mask by_x = ax >= ay;
  const Num large = where(by_x, ax, ay);
  const Num small = where(by_x, ay, ax);
  const Mask huge = large > 0x1p400;
  const Mask tiny = large < 0x1p-400;
  const Num scale = where(huge, 0x1p-600, where(tiny, 0x1p600, large.like(1.0)));
  const Num shift = where(huge, 600 * kLn2, where(tiny, -600 * kLn2, large.like(0.0)));
  const Num a = large * scale;
  const Num b = small * scale;
  const Two p = two_product(a, a);
  const Two q = two_product(b, b);
  const Num low = p.lo + q.lo;

  const Two square = two_sum(p.hi, q.hi);
  const Num far = 0.5 * (log(square.hi) + (square.lo + low) / square.hi) + shift;
  const Two less_one = two_sum(p.hi, p.hi.like(-1.0));
  const Two excess = two_sum(less_one.hi, q.hi);
  const Num near = 0.5 * log1p(excess.hi + ((excess.lo + less_one.lo) + low));

  const Mask is_near = (large > 0.5) & (large < 2.0);
  const Num known = where(large == 0.0, -kInf, where(is_near, near, far));
  const Mask finite = is_finite(x) & is_finite(y);
  return where(finite, known, where(is_inf(x) | is_inf(y), kInf, x + y));
}

Complex log(Complex z) { return {log_abs(z.re, z.im), atan2(z.im, z.re)}; }

Complex times(Complex z, double c) { return {z.re * c, z.im * c}; }

Complex log1p(Complex z) {
  const Num x = z.re;
  const Num y = z.im;
  const Num u = 1.0 + x;
  const Two p = two_product(x, x);
  const Two q = two_product(y, y);
  const Two s = two_sum(2.0 * x, p.hi);
  const Two t = two_sum(s.hi, q.hi);
  const Num excess = t.hi + ((t.lo + s.lo) + (p.lo + q.lo));  // |1 + z|^2 - 1
  const Mask near = (excess > -0.75) & (excess < 8.0);
  const Num re = where(near, 0.5 * log1p(excess), log_abs(u, y));
  return {re, atan2(y, u)};
}

// e * k * (c + i s), the value of an exponential function at x + iy with c, s of the angle y.
Complex on_circle(Num e, Num k, Num c, Num s, Complex z) {
  const Num x = z.re;
  const Num y = z.im;
  const Mask lost = ~is_finite(y);
  const Num re = e * (c * k);
  const Num im = where(y == 0.0, y, e * (s * k));
  const Mask zero = lost & (x == -kInf);
  return {where(zero, 0.0, where(lost & (x == kInf), kInf, re)), where(zero, 0.0, im)};
}

Complex exp(Complex z) {
  const Mask big = z.re > 700.0;
  const Num e = exp(where(big, z.re - 700.0, z.re));
  const Num k = where(big, kExp700, z.re.like(1.0));
  return on_circle(e, k, cos(z.im), sin(z.im), z);
}

// The angle y log 2 needs the digits that its rounding drops.
Complex exp2(Complex z) {
  const Num y = z.im;
  const Two angle = two_product(y, y.like(kLn2));
  const Num low = where(abs(y) < 0x1p60, angle.lo + y * kLn2Low, 0.0);
  const Complex hi = {cos(angle.hi), sin(angle.hi)};
  const Complex lo = {cos(low), sin(low)};
  const Num c = hi.re * lo.re - hi.im * lo.im;
  const Num s = hi.im * lo.re + hi.re * lo.im;
  const Mask big = z.re > 1000.0;
  const Num e = call(Op::Exp2, where(big, z.re - 1000.0, z.re));
  const Num k = where(big, 0x1p1000, z.re.like(1.0));
  return on_circle(e, k, c, s, z);
}

Complex expm1(Complex z) {
  const Num x = z.re;
  const Complex e = exp(z);
  const Num half = sin(z.im * 0.5);
  const Num re = call(Op::Expm1, x) * cos(z.im) - 2.0 * (half * half);
  const Mask low = (x == -kInf) & ~is_finite(z.im);
  return {where(low, -1.0, where(x > 40.0, e.re, re)), e.im};
}

Complex square_root(Complex z) {
  const Num ax = abs(z.re);
  const Num ay = abs(z.im);
  const Num large = where(ax >= ay, ax, ay);
  const Mask huge = large > 0x1p1000;
  const Mask tiny = large < 0x1p-500;
  const Num down = where(huge, 0x1p-200, where(tiny, 0x1p200, large.like(1.0)));
  const Num up = where(huge, 0x1p100, where(tiny, 0x1p-100, large.like(1.0)));
  const Num x = ax * down;
  const Num y = ay * down;
  const Num t = sqrt(0.5 * (x + hypot(x, y)));
  const Num u = y / (t + t);
  const Mask right = z.re >= 0.0;
  const Num re = where(right, t, u) * up;
  const Num im = copysign(where(right, u, t) * up, z.im);
  const Mask zero = (ax == 0.0) & (ay == 0.0);
  const Mask far = ay == kInf;
  return {where(far, kInf, where(zero, 0.0, re)), where(far | zero, z.im, im)};
}

struct Hyperbolic {
  Num sine, cosine;  // of |x| without its exponent where that is large, the sine with the sign of x
  Num scale;
};

Hyperbolic hyperbolic(Num x) {
  const Num size = abs(x);
  const Mask big = size > 700.0;
  const Num half = 0.5 * exp(size - 700.0);
  return {where(big, copysign(half, x), call(Op::Sinh, x)), where(big, half, call(Op::Cosh, x)),
          where(big, kExp700, x.like(1.0))};
}

Complex sinh(Complex z) {
  const Num x = z.re;
  const Num y = z.im;
  const Hyperbolic h = hyperbolic(x);
  const Num re = h.sine * (cos(y) * h.scale);
  const Num im = h.cosine * (sin(y) * h.scale);
  const Mask lost = ~is_finite(y) & ((x == 0.0) | is_inf(x));
  return {where(lost, x, re), where(y == 0.0, y, im)};
}

Complex cosh(Complex z) {
  const Num x = z.re;
  const Num y = z.im;
  const Hyperbolic h = hyperbolic(x);
  const Num re = h.cosine * (cos(y) * h.scale);
  const Num im = h.sine * (sin(y) * h.scale);
  const Mask lost = ~is_finite(y);
  const Num near = where(lost & (x == 0.0), x, im);
  return {where(lost & is_inf(x), kInf, re), where(y == 0.0, copysign(1.0, x) * y, near)};
}

// (sinh 2x + i sin 2y) / 2d with d = sinh^2 x + cos^2 y, a sum without cancellation. Beyond |x| = 1
// the real part is 1 / (tanh x + 2 cos^2 y / sinh 2x), in which fewer roundings meet.
Complex tanh(Complex z) {
  const Num x = z.re;
  const Num y = z.im;
  const Num size = abs(x);
  const Num sh = call(Op::Sinh, x);
  const Num c = cos(y);
  const Num d = sh * sh + c * c;
  const Num product = 0.5 * sin(y + y);  // sin y cos y
  const Mask far = size > 22.0;
  const Mask lost = ~is_finite(y);
  const Num one = where(lost & (size < kInf), x.like(std::numeric_limits<double>::quiet_NaN()),
                        copysign(1.0, x));
  const Num twice = 0.5 * call(Op::Sinh, x + x);  // sinh x cosh x
  const Num steep = 1.0 / (call(Op::Tanh, x) + c * c / twice);
  const Num re = where(far, one, where(size > 1.0, steep, twice / d));
  const Num decay = 4.0 * product * exp(-2.0 * size);
  const Num im = where(far, where(lost & (size == kInf), 0.0, decay), product / d);
  return {where(lost & (x == 0.0), x, re), where(y == 0.0, y, im)};
}

// asin and acos of x + iy with x, y >= 0, from the distances to the foci 1 and -1.
struct Arc {
  Num asin_re, acos_re, im;
};

Arc arc(Num x, Num y) {
  const Num up = x + 1.0;
  const Num down = x - 1.0;
  const Num r = hypot(up, y);
  const Num s = hypot(down, y);
  const Num a = 0.5 * (r + s);
  const Num b = x / a;
  const Num square = y * y;
  const Mask inside = x < 1.0;
  const Num first = square / (r + up);
  const Num near_focus = where(inside, square / (s - down), s + down);
  const Num excess = 0.5 * (first + near_focus);  // a - 1
  const Num sum = a + x;
  const Num width = where(inside, sqrt(0.5 * (sum * (first + (s - down)))),
                          y * sqrt(0.5 * (sum / (r + up) + sum / (s + down))));
  const Mask steep = b > 0.6417;
  const Num log_near = log1p(excess + sqrt(excess * (a + 1.0)));
  const Num log_far = log(a + sqrt(a * a - 1.0));
  Arc v{where(steep, atan2(x, width), call(Op::Asin, b)),
        where(steep, atan2(width, x), call(Op::Acos, b)), where(a <= 1.5, log_near, log_far)};

  // So close to the real axis that y^2 does not matter, or does not exist.
  const Num root = sqrt(abs(down) * up);
  const Mask flat = y <= abs(down) * 0x1p-53;
  const Num ratio = y / root;
  v.asin_re = where(flat, where(inside, call(Op::Asin, x), kHalfPi), v.asin_re);
  v.acos_re = where(flat, where(inside, call(Op::Acos, x), ratio), v.acos_re);
  v.im = where(flat, where(inside, ratio, log1p(down + root)), v.im);
  const Mask focus = (x == 1.0) & (y < 0x1p-500);
  const Num rooted = sqrt(y);
  v.asin_re = where(focus, kHalfPi - rooted, v.asin_re);
  v.acos_re = where(focus, rooted, v.acos_re);
  v.im = where(focus, rooted, v.im);

  const Mask far = (x > 0x1p500) | (y > 0x1p500);
  v.asin_re = where(far, atan2(x, y), v.asin_re);
  v.acos_re = where(far, atan2(y, x), v.acos_re);
  v.im = where(far, log_abs(x, y) + kLn2, v.im);
  const Mask half_known = (x == 0.0) & is_nan(y);
  v.asin_re = where(half_known, x, v.asin_re);
  v.acos_re = where(half_known, kHalfPi, v.acos_re);
  return v;
}

Complex asin(Complex z) {
  const Arc v = arc(abs(z.re), abs(z.im));
  return {copysign(v.asin_re, z.re), copysign(v.im, z.im)};
}

Complex acos(Complex z) {
  const Arc v = arc(abs(z.re), abs(z.im));
  const Num re = where(z.re < 0.0, (kPi - v.acos_re) + kPiLow, v.acos_re);
  return {re, -copysign(v.im, z.im)};
}

Complex acosh(Complex z) {
  const Complex w = acos(z);
  return {abs(w.im), where(is_nan(w.im) | is_nan(w.re), w.re, copysign(w.re, z.im))};
}

Complex atanh(Complex z) {
  const Num x = abs(z.re);
  const Num y = abs(z.im);
  const Num down = x - 1.0;
  const Num square = y * y;
  const Mask pole = (x == 1.0) & (y < 0x1p-53);
  const Num re_pole = 0.5 * (kLn2 - log(y));
  const Num re_near = 0.25 * log1p(4.0 * x / (down * down + square));
  const Num im_near = 0.5 * atan2(2.0 * y, (1.0 - x) * (1.0 + x) - square);
  const Mask far = (x > 0x1p500) | (y > 0x1p500);
  const Num h = hypot(x, y);
  const Num re_far = where(is_inf(x) | is_inf(y), 0.0, x / h / h);
  const Num im_far = where(is_nan(y), y, where(is_nan(x) & (y < kInf), x, kHalfPi));
  const Num re = where(far, re_far, where(pole, re_pole, re_near));
  const Num im = where((x == 1.0) & (y == 0.0), 0.0, where(far, im_far, im_near));
  const Mask half_known = (x == 0.0) & is_nan(y);
  return {copysign(where(half_known, x, re), z.re), copysign(im, z.im)};
}

}  // namespace

Num complex_abs(Complex z) { return hypot(z.re, z.im); }
Num complex_angle(Complex z) { return atan2(z.im, z.re); }

// exp(w log z); 0 to a power with positive real part is 0, anything to 0 is 1.
Complex complex_power(Complex z, Complex w) {
  const Complex l = log(z);
  const Num u = w.re * l.re - w.im * l.im;
  const Num v = w.re * l.im + w.im * l.re;
  const Mask zero = (z.re == 0.0) & (z.im == 0.0);
  const Complex r = exp({u, v});
  const Num at_zero = where(w.re > 0.0, 0.0, w.re.like(std::numeric_limits<double>::quiet_NaN()));
  const Mask one = (w.re == 0.0) & (w.im == 0.0);
  return {where(one, 1.0, where(zero, at_zero, r.re)), where(one, 0.0, where(zero, at_zero, r.im))};
}

Complex complex_function(Op op, Complex z) {
  switch (op) {
    case Op::Sqrt: return square_root(z);
    case Op::Exp: return exp(z);
    case Op::Exp2: return exp2(z);
    case Op::Expm1: return expm1(z);
    case Op::Log: return log(z);
    case Op::Log2: return times(log(z), 1.4426950408889634);
    case Op::Log10: return times(log(z), 0.43429448190325183);
    case Op::Log1p: return log1p(z);
    case Op::Sin: return turn_right(sinh(turn_left(z)));
    case Op::Cos: return cosh(turn_left(z));
    case Op::Tan: return turn_right(tanh(turn_left(z)));
    case Op::Sinh: return sinh(z);
    case Op::Cosh: return cosh(z);
    case Op::Tanh: return tanh(z);
    case Op::Asin: return asin(z);
    case Op::Acos: return acos(z);
    case Op::Atan: return reverse(atanh(reverse(z)));
    case Op::Asinh: return reverse(asin(reverse(z)));
    case Op::Acosh: return acosh(z);
    case Op::Atanh: return atanh(z);
    default: break;
  }
  ME_ASSERT(false);
  return z;
}

}  // namespace me::ir
