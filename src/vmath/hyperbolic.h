// sinh, cosh, tanh, expit, asinh, acosh, atanh.
//
// sinh, cosh and expit are quotients and sums of E = (e^|x| - 1) / 4, known as hi + lo
// (quarter_expm1); tanh comes from a table and the addition theorem. asinh, acosh and atanh are
// log(1 + f) with f as hi + lo (log1p_sum). Error: 0.7 ulp for sinh and tanh, 0.9 for the others
// (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/exp.h"
#include "vmath/log.h"
#include "vmath/value.h"

namespace me::vmath::recipe {

// With T = e^|x| - 1 = 4 E: sinh = (T + T / (T + 1)) / 2 = 2 (E + E / (4 E + 1)).
template <class V>
V sinh(const V& x, Bad<V>&) {
  V ax = abs(x);
  Two<V> e = quarter_expm1(pmin(ax, V(0x1.633ce8fb9f87dp+9)));
  Two<V> below = two_sum(V(1.0), 4.0 * pmin(e.hi, V(0x1p60)));
  below = {below.hi, below.lo + 4.0 * e.lo};
  // The second term is 1/2 for large x, where only its size matters.
  typename V::Mask moderate = ax < 40.0;
  Two<V> q = divide(Two<V>{keep(moderate, e.hi), keep(moderate, e.lo)},
                    Two<V>{below.hi, keep(moderate, below.lo)});
  Two<V> s = two_sum(e.hi, q.hi);
  V r = 2.0 * (s.hi + (s.lo + (e.lo + q.lo)));
  r = select(ax > 0x1.633ce8fb9f87dp+9, V(kInfinity), r);
  r = select(ax < 0x1p-28, ax, r);
  return V::from_bits(bits(r) | sign_bits(x));
}

// cosh = (e^|x| + e^-|x|) / 2.
template <class V>
V cosh(const V& x, Bad<V>&) {
  V ax = pmin(abs(x), V(711.0));
  ExpParts<V> parts = exp_split(ax);
  V scale = (parts.half * 0.5) * parts.half;
  Two<V> e = fast_two_sum(parts.table, parts.table * parts.p);
  V large = e.hi * scale;
  V q = 0.25 / pmin(large, V(0x1p100));
  Two<V> s = fast_two_sum(large, q);
  return s.hi + keep(ax < 100.0, s.lo + e.lo * scale);
}

// With c the centre of the interval around |x| and t = tanh(|x| - c), tanh |x| is
// tanh c + (1 - tanh^2 c) t / (1 + t tanh c). The intervals get wider with x, so that the quotient
// is small next to the sum, but for those below 1/16, where c is 0.
template <class V>
V tanh(const V& x, Bad<V>&) {
  V ax = abs(x);
  V bounded = pmin(ax, V(20.0));
  V position = pmax(V(0x1.ffp-5), bounded);  // not NaN, which keeps the index in range
  typename V::Int j = shr(bits(position), 48) - ints<V>(1019 * 16 - 1);
  V hi, lo, slope, c;
  V::table_pair(kTanhTable, j, hi, lo);
  V::table_pair(kTanhSlope, j, slope, c);
  V d = bounded - c;
  V z = d * d;
  // fit: tanh_tail
  V t = d + (d * z) * polynomial(z, -0x1.5555555554f7ap-2, 0x1.1111110e80696p-3,
                                 -0x1.ba1b95fc3db69p-5, 0x1.66438467abfbep-6,
                                 -0x1.1d0f8d72ae06dp-7);
  V r = hi + (lo + (slope * t) / (1.0 + hi * t));
  return V::from_bits(bits(r) | sign_bits(x));
}

// With T = e^|x| - 1 = 4 E: (E + 1/4) / (E + 1/2) for x >= 0, (1/4) / (E + 1/2) for x < 0, and e^x
// where 1 + e^x is 1 to more than double precision.
template <class V>
V expit(const V& x, Bad<V>& bad) {
  Two<V> e = quarter_expm1(pmin(abs(x), V(40.0)));
  Two<V> below = two_sum(e.hi, V(0.5));
  Two<V> above = two_sum(e.hi, V(0.25));
  typename V::Mask negative = x < 0.0;
  Two<V> top = {select(negative, V(0.25), above.hi), keep(~negative, above.lo + e.lo)};
  Two<V> q = divide(top, Two<V>{below.hi, below.lo + e.lo});
  return select(x < -40.0, exp(x, bad), q.hi + q.lo);
}

// f = |x| + x^2 / (1 + sqrt(1 + x^2)).
template <class V>
V asinh(const V& x, Bad<V>&) {
  V ax = abs(x);
  typename V::Mask large = ax > 0x1p60;
  V bounded = pmin(ax, V(0x1p60));
  V square = bounded * bounded;
  V q = square / (1.0 + sqrt(1.0 + square));
  Two<V> f = fast_two_sum(bounded, q);
  // Beyond 2^60 the result is log(2 x) = log(1 + x / 2) + 2 log 2.
  Two<V> l = log1p_sum(Two<V>{select(large, ax * 0.5, f.hi), keep(~large, f.lo)});
  V r = l.hi + (l.lo + keep(large, V(0x1.62e42fefa39efp+0)));
  return select((ax > 0x1p-28) & (ax <= kLargest), V::from_bits(bits(r) | sign_bits(x)), x);
}

// f = t + sqrt(t (t + 2)) with t = x - 1, the root as hi + lo.
template <class V>
V acosh(const V& x, Bad<V>&) {
  typename V::Mask large = x > 0x1p60;
  V t = pmin(x, V(0x1p60)) - 1.0;
  Two<V> square = two_square(t);
  Two<V> w = fast_two_sum(t + t, square.hi);
  typename V::Mask far_off = t > 2.0;
  Two<V> v = fast_two_sum(square.hi, t + t);
  w.hi = select(far_off, v.hi, w.hi);
  w.lo = select(far_off, v.lo, w.lo) + square.lo;
  w.hi = pmax(w.hi, V(0x1p-1000));
  Two<V> s = square_root(w);
  Two<V> f = two_sum(t, s.hi);
  // Beyond 2^60 the result is log(2 x) = log(1 + x / 2) + 2 log 2.
  Two<V> l = log1p_sum(Two<V>{select(large, x * 0.5, f.hi), keep(~large, f.lo + s.lo)});
  V r = l.hi + (l.lo + keep(large, V(0x1.62e42fefa39efp+0)));
  V special = select(x == 1.0, V(0.0), select(x < 1.0, V(kNaN), x));
  return select((x > 1.0) & (x <= kLargest), r, special);
}

// log(1 + 2 x / (1 - x)) / 2.
template <class V>
V atanh(const V& x, Bad<V>&) {
  V ax = abs(x);
  V bounded = pmin(ax, V(0x1.fffffffffffffp-1));
  Two<V> below = fast_two_sum(V(1.0), -bounded);
  Two<V> q = divide(Two<V>{bounded + bounded, V(0.0)}, below);
  Two<V> l = log1p_sum(fast_two_sum(q.hi, q.lo));
  V r = 0.5 * (l.hi + l.lo);
  r = select(ax < 0x1p-28, ax, r);
  r = select(ax < 1.0, r, select(ax == 1.0, V(kInfinity), V(kNaN)));
  return V::from_bits(bits(r) | sign_bits(x));
}

}  // namespace me::vmath::recipe
