// asin, acos, atan, atan2.
//
// atan2: the ratio of the smaller to the larger argument lies next to a multiple c of 1/64;
// atan(ratio) = atan c + atan((num - c den) / (den + c num)), the first from a table as hi + lo,
// the second by a short polynomial of a quotient that is known as hi + lo. asin is x + x^3 P(x^2)
// below 1/2 and pi/2 - 2 asin(sqrt((1-x)/2)) above; acos likewise. Error: 0.51 ulp for atan,
// 0.75 for atan2, 0.9 for asin and acos (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/tables.h"
#include "vmath/value.h"

namespace me::vmath {

inline constexpr double kPi = 0x1.921fb54442d18p+1;
inline constexpr double kPiLow = 0x1.1a62633145c07p-53;

// atan(num / den) for 0 <= num <= den, den > 0, both finite.
template <class V>
Two<V> atan_ratio(const V& num, const V& den) {
  V ratio = pmin(V(1.0), num / den);  // 1 for a NaN, which keeps the index in range
  V magic = ratio * 64.0 + kMagic;
  V c = (magic - kMagic) * 0x1p-6;
  V hi, lo;
  V::table_pair(kAtanTable, bits(magic) & ints<V>(127), hi, lo);
  V den_hi = upper_half(den);
  V above = (num - c * den_hi) - c * (den - den_hi);
  Two<V> below = fast_two_sum(den, c * num);
  V t = above / below.hi;
  Two<V> p = two_product(t, below.hi);
  V t_lo = (((above - p.hi) - p.lo) - t * below.lo) / below.hi;
  V z = t * t;
  // fit: atan_tail
  V tail =
      (t * z) * ((z * -0x1.248a91c585b15p-3 + 0x1.9999998577d75p-3) * z - 0x1.55555555554dfp-2);
  Two<V> s = fast_two_sum(hi, t);
  return {s.hi, s.lo + ((lo + t_lo) + tail)};
}

// p(z) with asin x = x + x p(x^2) for x^2 <= 1/4.
template <class V>
V asin_factor(const V& z) {
  // fit: asin_tail
  return z * polynomial(z, 0x1.555555555556cp-3, 0x1.333333332f3e7p-4, 0x1.6db6db7153ee0p-5,
                        0x1.f1c71ad42d0fcp-6, 0x1.6e8bd89234ca6p-6, 0x1.1c4a5893aa4dep-6,
                        0x1.ca16786d8ae71p-7, 0x1.75cb45efc0430p-7, 0x1.5fcb497a9122cp-7,
                        0x1.faa8f84d65b73p-9, 0x1.5d9aa2ae93220p-6, -0x1.4fd9479db405fp-6,
                        0x1.08d49d35288bap-5);
}

namespace recipe {

template <class V>
V atan(const V& x, Bad<V>&) {
  V ax = pmin(abs(x), V(0x1p100));
  typename V::Mask steep = ax > 1.0;
  Two<V> a = atan_ratio(select(steep, V(1.0), ax), select(steep, ax, V(1.0)));
  V mirrored = kPi * 0.5 - a.hi;
  V lost = ((kPi * 0.5 - mirrored) - a.hi) + (kPiLow * 0.5 - a.lo);
  V r = select(steep, mirrored + lost, a.hi + a.lo);
  return V::from_bits(bits(r) | sign_bits(x));
}

template <class V>
V atan2(const V& y, const V& x, Bad<V>&) {
  V ax = abs(x);
  V ay = abs(y);
  typename V::Mask steep = ay > ax;
  V num = pmin(ax, ay);
  V den = pmax(ax, ay);
  // Far from both ends, so that neither the quotient's check nor the sum leaves the range.
  V scale = select(den > 0x1p400, V(0x1p-100), V(0x1p600));
  typename V::Mask infinite = den == kInfinity;
  // Two infinities count as a ratio of one, a finite number and infinity as zero, two zeros as
  // zero.
  num = select(infinite, keep(num == kInfinity, V(1.0)), num * scale);
  den = select(infinite | (den == 0.0), V(1.0), den * scale);
  Two<V> a = atan_ratio(num, den);
  // base + a or base - a, base one of 0, pi/2, pi
  typename V::Mask left = V::from_bits(sign_bits(x) | ints<V>(0x3ff0000000000000)) < 0.0;
  V turns = select(steep, V(0.5), keep(left, V(1.0)));
  typename V::Int flip = sign_bits(x) ^ (mask_bits(steep) & ints<V>(kSignBit));
  a.hi = flip_sign(a.hi, flip);
  a.lo = flip_sign(a.lo, flip);
  Two<V> s = fast_two_sum(turns * kPi, a.hi);
  V r = s.hi + (s.lo + (turns * kPiLow + a.lo));
  return V::from_bits(bits(r) | sign_bits(y) | mask_bits(is_nan(x) | is_nan(y)));
}

template <class V>
V asin(const V& x, Bad<V>&) {
  V ax = abs(x);
  typename V::Mask small = ax < 0.5;
  V z = select(small, ax * ax, (1.0 - ax) * 0.5);
  V factor = asin_factor(z);
  V near_zero = ax + ax * factor;
  V s = sqrt(z);
  V s_hi = upper_half(s);
  V correction = (z - s_hi * s_hi) / (s + s_hi);
  correction = keep(z > 0.0, correction);
  V far = kPi * 0.25 -
          ((2.0 * (s * factor) - (kPiLow * 0.5 - 2.0 * correction)) - (kPi * 0.25 - 2.0 * s_hi));
  V r = select(small, near_zero, far);
  r = V::from_bits(bits(r) | sign_bits(x) | mask_bits(~(ax <= 1.0)));
  return select(ax < 0x1p-27, x, r);
}

template <class V>
V acos(const V& x, Bad<V>&) {
  V ax = abs(x);
  typename V::Mask small = ax < 0.5;
  V z = select(small, ax * ax, (1.0 - ax) * 0.5);
  V factor = asin_factor(z);
  V middle = kPi * 0.5 - (x - (kPiLow * 0.5 - x * factor));
  V s = sqrt(z);
  V s_hi = upper_half(s);
  V correction = keep(z > 0.0, (z - s_hi * s_hi) / (s + s_hi));
  V right = 2.0 * (s_hi + (correction + s * factor));
  V left = 2.0 * (kPi * 0.5 - (s + (s * factor - kPiLow * 0.5)));
  V r = select(small, middle, select(x < 0.0, left, right));
  return V::from_bits(bits(r) | mask_bits(~(ax <= 1.0)));
}

}  // namespace recipe
}  // namespace me::vmath
