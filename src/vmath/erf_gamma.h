// erf, erfc, tgamma, lgamma.
//
// erf: c = nearest multiple of 1/64, d = x - c, and the Taylor series of erf at c, whose
// coefficients are Hermite polynomials of c; erf c (hi + lo) and its slope come from tables. erfc
// is 1 - erf below 2.5 and e^(-x^2) / (x sqrt pi) times a fitted function near one above. Error:
// 0.85 and 0.8 ulp.
//
// Gamma: Stirling's formula for z >= 4 with a fitted rest, in hi + lo arithmetic. Smaller arguments
// are moved up by four, negative ones reflected. lgamma has a polynomial of its own around 2, and
// around 1 that one less log x, so that the zeros at 1 and 2 keep their digits. Error: 1.2 ulp for
// tgamma, 2 for lgamma; next to the zeros of lgamma at negative arguments the absolute error stays
// below 2^-53 (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/exp.h"
#include "vmath/inverse.h"
#include "vmath/log.h"
#include "vmath/pow.h"
#include "vmath/tables.h"
#include "vmath/trig.h"
#include "vmath/value.h"

namespace me::vmath {

// erf of 0 <= x <= 6 as hi + lo, which keeps the digits of 1 - erf, too, for x <= 2.5.
template <class V>
Two<V> erf_sum(const V& x) {
  V magic = x * 64.0 + kMagic;
  V c = (magic - kMagic) * 0x1p-6;
  V d = x - c;
  typename V::Int j = bits(magic) & ints<V>(511);
  V hi, lo;
  V::table_pair(kErfTable, j, hi, lo);
  V slope = V::table(kErfSlope, j);
  V cc = c * c;
  V a2 = (2.0 * cc - 1.0) * (1.0 / 3);
  V a3 = c * (2.0 * cc - 3.0) * (-1.0 / 6);
  V a4 = (cc * (4.0 * cc - 12.0) + 3.0) * (1.0 / 30);
  V a5 = c * (cc * (4.0 * cc - 20.0) + 15.0) * (-1.0 / 90);
  V a6 = (cc * (cc * (8.0 * cc - 60.0) + 90.0) - 15.0) * (1.0 / 630);
  a6 = a6 + d * (c * (cc * (cc * (8.0 * cc - 84.0) + 210.0) - 105.0) * (-1.0 / 2520));
  V series = d * (d * (a2 + d * (a3 + d * (a4 + d * (a5 + d * a6)))) - c);
  Two<V> p = two_product(slope, d);
  Two<V> s = fast_two_sum(hi, p.hi);
  return fast_two_sum(s.hi, s.lo + (lo + (p.lo + p.hi * series)));
}

// Gamma of z >= 4 apart from the factor half^2; z.lo is small against z.hi.
template <class V>
struct GammaParts {
  Two<V> value;
  V half;
};

// log Gamma z for z >= 4.
template <class V>
Two<V> stirling(const Two<V>& z) {
  Two<V> l = log_precise(z.hi);
  l = fast_two_sum(l.hi, l.lo);
  V inverse = 1.0 / z.hi;
  V v = inverse * inverse;
  // fit: stirling_tail
  V rest = inverse * polynomial(v, 0x1.5555555555555p-4, -0x1.6c16c16c11dacp-9,
                                0x1.a01a017ca2ae4p-11, -0x1.381365f49d54cp-11,
                                0x1.b946c35eba73dp-11, -0x1.f5519a22214c3p-10, 0x1.96ce80ac8b108p-8,
                                -0x1.8da43ab2f8ed9p-6, 0x1.5ec2f3c22b599p-4, -0x1.61b67de72c9c8p-3);
  V factor = z.hi - 0.5;
  Two<V> p = two_product(factor, l.hi);
  Two<V> s = two_sum(p.hi, -z.hi);
  Two<V> t = two_sum(s.hi, rest + 0x1.d67f1c864beb5p-1);
  // The slope of log Gamma is log z - 1/(2 z) nearly; z.lo is at most an ulp of z.
  V low = (p.lo + factor * l.lo) + (z.lo * (l.hi - 0.5 * inverse) - 0x1.65b5a1b7ff5dfp-55);
  return fast_two_sum(t.hi, (s.lo + t.lo) + low);
}

// a (a+1) (a+2) (a+3) for a > 0.
template <class V>
Two<V> rising_four(const V& a) {
  // u = a (a + 3), the product is u (u + 2).
  Two<V> sum = two_sum(a, V(3.0));
  Two<V> u = two_product(a, sum.hi);
  u.lo = u.lo + a * sum.lo;
  u = fast_two_sum(u.hi, u.lo);
  Two<V> w = two_sum(u.hi, V(2.0));
  w.lo = w.lo + u.lo;
  Two<V> p = two_product(u.hi, w.hi);
  return fast_two_sum(p.hi, p.lo + (u.hi * w.lo + u.lo * w.hi));
}

// sin(pi x) in hi + lo form, without the sign, for the reflection of the gamma functions.
template <class V>
Two<V> sinpi_magnitude(const V& x) {
  Reduced<V> r = reduce_half_turns(x);
  V z = r.hi * r.hi;
  Two<V> s = fast_two_sum(r.hi, -sin_less(r.hi, r.lo, z));
  Two<V> c = cos_parts(r.hi, r.lo, z);
  c = fast_two_sum(c.hi, c.lo);
  typename V::Mask even = (r.quadrant & ints<V>(1)) == ints<V>(0);
  V hi = select(even, s.hi, c.hi);
  V lo = select(even, s.lo, c.lo);
  typename V::Int sign = sign_bits(hi);
  return {flip_sign(hi, sign), flip_sign(lo, sign)};
}

namespace recipe {

// x + (erf x - x): the terms beyond x are small next to x below one and x is small next to the sum
// above.
template <class V>
V erf(const V& x, Bad<V>&) {
  V ax = abs(x);
  V magic = pmin(V(6.0), ax) * 64.0 + kMagic;  // 6 for a NaN, which keeps the index in range
  V c = (magic - kMagic) * 0x1p-6;
  V d = pmin(ax, V(6.0)) - c;
  typename V::Int j = bits(magic) & ints<V>(511);
  V hi, lo;
  V::table_pair(kErfTable, j, hi, lo);
  V slope_less_one = V::table(kErfSlopeLessOne, j);
  V cc = c * c;
  V a2 = cc * (2.0 / 3) - 1.0 / 3;
  V a3 = c * (0.5 - cc * (1.0 / 3));
  V a4 = cc * (cc * (2.0 / 15) - 2.0 / 5) + 0.1;
  V a5 = c * (cc * (2.0 / 9 - cc * (2.0 / 45)) - 1.0 / 6);
  V a6 = cc * (cc * (cc * (4.0 / 315) - 2.0 / 21) + 1.0 / 7) - 1.0 / 42;
  V series = d * (d * (a2 + d * (a3 + d * (a4 + d * (a5 + d * a6)))) - c);
  Two<V> s = fast_two_sum(hi, d);
  V r = s.hi + (s.lo + (lo + d * (slope_less_one + (slope_less_one + 1.0) * series)));
  return V::from_bits(bits(r) | sign_bits(x));
}

template <class V>
V erfc(const V& x, Bad<V>&) {
  V ax = abs(x);
  Two<V> s = erf_sum(pmin(V(6.0), ax));
  typename V::Int sign = sign_bits(x);
  Two<V> near_one = two_sum(V(1.0), -flip_sign(s.hi, sign));
  V small = near_one.hi + (near_one.lo - flip_sign(s.lo, sign));

  V a = pmin(pmax(V(1.0), ax), V(28.0));
  Two<V> square = two_square(a);
  ExpParts<V> e = exp_split(-square.hi, -square.lo);
  V u = 5.0 / (a + 2.5);
  V t = 1.0 - u;
  // fit: erfc_tail
  V w = (u * u) * polynomial(t, -0x1.0de139e7d09fap-4, 0x1.6d7c70bd5debap-4, -0x1.10522674bd9abp-4,
                             0x1.cfbd052531be1p-6, -0x1.cfe80e1260798p-9, -0x1.7052c6ba87b7dp-9,
                             0x1.1ce449a495426p-10, 0x1.5378ae8690e09p-12, -0x1.ae2740fa80682p-13,
                             -0x1.05a2d519537a9p-14, 0x1.59e8be4c09cd4p-15, 0x1.9d145fdc4cb5ep-18,
                             0x1.2bcad396ea299p-17, -0x1.3713cf095576fp-16, 0x1.283e9d5e47a1dp-17,
                             -0x1.5db7aa0be95b2p-20, -0x1.062868748488cp-24);
  Two<V> q = divide(Two<V>{V(0x1.20dd750429b6dp-1), V(0x1.1ae3a914fed80p-57)}, Two<V>{a, V(0.0)});
  Two<V> m = two_product(e.table, q.hi);
  V rest = m.lo + (e.table * q.lo + m.hi * (e.p + w + e.p * w));
  V large = ((m.hi + rest) * e.half) * e.half;
  V r = select(x > 2.5, large, small);
  return select(is_nan(x), x, r);
}

template <class V>
V tgamma(const V& x, Bad<V>&) {
  V ax = abs(x);
  V a = pmin(pmax(V(0x1p-900), ax), V(190.0));
  typename V::Mask small = a < 4.0;
  Two<V> z = two_sum(a, keep(small, V(4.0)));
  Two<V> l = stirling(z);
  ExpParts<V> e = exp_split(l.hi, l.lo);
  // Gamma |x| = value * half^2
  Two<V> value = fast_two_sum(e.table, e.table * e.p);
  Two<V> below = rising_four(a);
  below.hi = select(small, below.hi, V(1.0));
  below.lo = keep(small, below.lo);
  // Reflection: Gamma x = pi / (|x| sin(pi x) Gamma |x|) with the sign of sin(pi x) turned over.
  Two<V> s = sinpi_magnitude(pmax(ax, V(0x1p-900)));
  Two<V> sa = two_product(s.hi, a);
  sa.lo = sa.lo + s.lo * a;
  Two<V> product = two_product(sa.hi, value.hi);
  product = fast_two_sum(product.hi, product.lo + (sa.lo * value.hi + sa.hi * value.lo));
  Two<V> pi_below = two_product(below.hi, V(kPi));
  pi_below.lo = pi_below.lo + (below.lo * kPi + below.hi * kPiLow);
  typename V::Mask negative = x < 0.0;
  Two<V> q = divide(
      Two<V>{select(negative, pi_below.hi, value.hi), select(negative, pi_below.lo, value.lo)},
      Two<V>{select(negative, product.hi, below.hi), select(negative, product.lo, below.lo)});
  // 1 / half: the exponent field turned over.
  V half = select(negative, V::from_bits(ints<V>(0x7fe0000000000000) - bits(e.half)), e.half);
  V r = ((q.hi + q.lo) * half) * half;
  V floor_x = floor(x);
  V half_floor = floor_x * 0.5;
  typename V::Mask odd = floor(half_floor) != half_floor;
  r = select(negative & odd, -r, r);
  r = select(ax < 0x1p-60, 1.0 / x, r);
  r = select(x > 180.0, V(kInfinity), r);
  typename V::Mask pole = negative & (floor_x == x);
  return select(is_nan(x), x, select(pole, V(kNaN), r));
}

template <class V>
V lgamma(const V& x, Bad<V>&) {
  V ax = abs(x);
  V a = pmin(pmax(V(0x1p-1000), ax), V(0x1p1016));
  typename V::Mask small = a < 4.0;
  Two<V> z = two_sum(a, keep(small, V(4.0)));
  Two<V> l = stirling(z);
  // Around 1 and 2: t p(t), t the distance from the nearer one, less log a around 1.
  typename V::Mask around_one = (a > 0.5) & (a <= 1.5);
  typename V::Mask near_zero = (a > 0.5) & (a <= 2.5);
  V t = keep(near_zero, a - select(around_one, V(1.0), V(2.0)));
  // fit: lgamma_two
  V rest = t * polynomial(t, 0x1.4a34cc4a60fa7p-2, -0x1.13e001a5575d4p-4, 0x1.51322ac7d7bb6p-6,
                          -0x1.e404fc2198a3bp-8, 0x1.7add6eaebffbdp-9, -0x1.38ac5c28e5f84p-10,
                          0x1.0b36af1083a14p-11, -0x1.d3fd4d68d937ep-13, 0x1.a127eadb06bc1p-14,
                          -0x1.78de537e8ad95p-15, 0x1.580551c529c2cp-16, -0x1.3cb9dad86b55ep-17,
                          0x1.26598ffba25bdp-18, -0x1.1225c3a1f0052p-19, 0x1.ec3e9c766ffb5p-21,
                          -0x1.d2c170713f5e0p-22, 0x1.2e6419712a5d1p-22, -0x1.18bd36dd69f0ap-23);
  Two<V> lead = two_product(t, V(0x1.b0ee6072093cep-2));
  Two<V> two = fast_two_sum(lead.hi, lead.lo + (t * 0x1.6cb90701fbfabp-58 + t * rest));
  Two<V> base = {select(near_zero, two.hi, l.hi), select(near_zero, two.lo, l.lo)};
  // What is divided out of Gamma: a (a+1) (a+2) (a+3), or a around 1, or nothing.
  Two<V> below = rising_four(pmin(a, V(4.0)));
  below.hi = select(near_zero | ~small, select(around_one, a, V(1.0)), below.hi);
  below.lo = keep(small & ~near_zero, below.lo);
  // Reflection: log Gamma x = log pi - log(|x sin(pi x)| / below) - base. Tiny x: -log |x|.
  typename V::Mask tiny = ax < 0x1p-60;
  typename V::Mask negative = (x < 0.0) & ~tiny;
  V reflected = keep(negative & (ax < 0x1p53), ax);
  Two<V> s = sinpi_magnitude(reflected);
  Two<V> sa = two_product(s.hi, reflected);
  sa.lo = sa.lo + s.lo * reflected;
  typename V::Mask usable = sa.hi > 0.0;
  Two<V> q = divide(Two<V>{select(usable, sa.hi, V(1.0)), keep(usable, sa.lo)}, below);
  V argument = select(tiny, pmax(V(0x1p-1074), ax), select(negative, q.hi, below.hi));
  Two<V> m = log_precise(argument);
  m.lo = m.lo + keep(~tiny, select(negative, q.lo, below.lo)) / argument;
  V sign = select(negative, V(-1.0), keep(~tiny, V(1.0)));
  Two<V> lead_sum = two_sum(keep(negative, V(0x1.250d048e7a1bdp+0)), sign * base.hi);
  Two<V> d = two_sum(lead_sum.hi, -m.hi);
  V low = sign * base.lo + keep(negative, V(0x1.7abf2ad8d5088p-57));
  V r = d.hi + (d.lo + (lead_sum.lo + (low - m.lo)));
  typename V::Mask pole = (x <= 0.0) & (floor(x) == x);
  r = select(pole | (ax > 0x1.754d9278b51a7p+1014), V(kInfinity), r);
  return select(is_nan(x), x, r);
}

}  // namespace recipe
}  // namespace me::vmath
