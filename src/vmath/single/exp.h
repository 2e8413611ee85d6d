// exp and exp2 of float32.
//
// e^x = 2^n e^r with n = round(x / ln 2), e^r = 1 + r + r^2 P(r), P of degree 4. 2^n is applied as
// two factors, so that results overflow or become subnormal with one rounding. Error: 0.9 ulp
// (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/single/value.h"

namespace me::vmath::single {

// Adding it rounds to an integer n and leaves n + 2 * 127 in the low bits.
inline constexpr float kExpMagic = kMagic + 254.0f;

// y 2^n, with `u` the bits of n + kExpMagic and -151 <= n <= 128.
template <class V>
V scale(const V& y, const typename V::Int& u) {
  typename V::Int half = shr(u, 1);
  return (y * V::from_bits(shl(half, 23))) * V::from_bits(shl(u - half, 23));
}

// 1 + a + b, where a is small next to 1 and b next to a, with the rounding of 1 + a put back.
template <class V>
V one_plus(const V& a, const V& b) {
  Two<V> sum = fast_two_sum(V(1.0f), a);
  return sum.hi + (sum.lo + b);
}

// e^r for |r| <= ln 2 / 2.
template <class V>
V exp_fraction(const V& r) {
  // fit: exp_single
  V p = polynomial(r, 0x1.000000p-1f, 0x1.55548ap-3f, 0x1.5554e4p-5f, 0x1.123e4cp-7f,
                   0x1.6d5168p-10f);
  return one_plus(r, (r * r) * p);
}

namespace recipe {

template <class V>
V exp(const V& x, Bad<V>&) {
  V clamped = pmin(pmax(x, V(-104.0f)), V(89.0f));
  V magic = clamped * 0x1.715476p+0f + kExpMagic;
  V n = magic - kExpMagic;
  // ln 2 in two parts, of which the first multiplies n exactly
  V r = (clamped - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
  return scale(exp_fraction(r), bits(magic));
}

template <class V>
V exp2(const V& x, Bad<V>&) {
  V clamped = pmin(pmax(x, V(-151.0f)), V(128.5f));
  V magic = clamped + kExpMagic;
  V r = clamped - (magic - kExpMagic);
  // fit: exp2_single
  V p = polynomial(r, 0x1.ebfbe0p-3f, 0x1.c6af72p-5f, 0x1.3b2a48p-7f, 0x1.5f0df8p-10f,
                   0x1.4424c8p-13f);
  return scale(one_plus(r * 0x1.62e430p-1f, (r * r) * p), bits(magic));
}

}  // namespace recipe
}  // namespace me::vmath::single
