// sin, cos, tan, sinpi, cospi.
//
// x = n pi/2 + r, |r| <= pi/4, with pi/2 in four parts of which three multiply n exactly, so that r
// is known as hi + lo even next to a multiple of pi/2. That holds for |n| <= 2^20; larger finite
// arguments are reported as bad and reduced with 1200 bits of 2/pi in slow.cpp. sin r and cos r are
// polynomials of degree 13 and 14; tan divides them as hi + lo pairs.
// Error: 0.8 ulp for sin and cos, 0.95 for tan, 0.9 for sinpi and cospi (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/value.h"

namespace me::vmath {

inline constexpr double kTrigLimit = 0x1.8p20;  // below 2^20 pi/2

// r = hi + lo and n modulo 4 in the low bits of `quadrant`.
template <class V>
struct Reduced {
  V hi, lo;
  typename V::Int quadrant;
};

template <class V>
Reduced<V> reduce_quadrant(const V& x, Bad<V>& bad) {
  V ax = abs(x);
  bad |= (ax > kTrigLimit) & (ax <= kLargest);
  V magic = x * 0x1.45f306dc9c883p-1 + kMagic;
  V n = magic - kMagic;
  V r0 = x - n * 0x1.921fb54400000p+0;
  V w1 = n * 0x1.0b4611a600000p-34;
  V r1 = r0 - w1;
  V e1 = (r0 - r1) - w1;
  V w2 = n * 0x1.3198a2e000000p-69;
  V r2 = r1 - w2;
  V e2 = ((r1 - r2) - w2) + e1;
  V back = n * 0x1.b839a252049c1p-104 - e2;
  V hi = r2 - back;
  V lo = (r2 - hi) - back;
  return {hi, lo, bits(magic)};
}

// sin(hi + lo) = hi - result, |hi| <= pi/4. The signs are such that -0 stays -0.
template <class V>
V sin_less(const V& hi, const V& lo, const V& z) {
  // fit: sin_tail
  V p =
      (hi * z) * polynomial(z, -0x1.5555555555548p-3, 0x1.111111110f775p-7, -0x1.a01a019bf64fap-13,
                            0x1.71de3563063a5p-19, -0x1.ae5e57a5f7feap-26, 0x1.5d8f1f3f89e72p-33);
  return (lo * (0.5 * z) - lo) - p;
}

// cos(hi + lo) = first + second, first = 1 - z/2 rounded.
template <class V>
Two<V> cos_parts(const V& hi, const V& lo, const V& z) {
  V half = 0.5 * z;
  V w = 1.0 - half;
  // fit: cos_tail
  V p = polynomial(z, 0x1.555555555554bp-5, -0x1.6c16c16c15044p-10, 0x1.a01a019c964bfp-16,
                   -0x1.27e4f7f7cd5f5p-22, 0x1.1ee9e0770e7b7p-29, -0x1.8fa90c5060da5p-37);
  return {w, ((1.0 - w) - half) + ((z * z) * p - hi * lo)};
}

// sin of the reduced argument moved on by `quadrant` quarter turns.
template <class V>
V sin_quadrant(const Reduced<V>& r) {
  V z = r.hi * r.hi;
  V s = r.hi - sin_less(r.hi, r.lo, z);
  Two<V> c = cos_parts(r.hi, r.lo, z);
  typename V::Mask even = (r.quadrant & ints<V>(1)) == ints<V>(0);
  V value = select(even, s, c.hi + c.lo);
  return flip_sign(value, shl(r.quadrant & ints<V>(2), 62));
}

// tan of the reduced argument: sin/cos or -cos/sin.
template <class V>
V tan_quadrant(const Reduced<V>& r) {
  V z = r.hi * r.hi;
  V less = sin_less(r.hi, r.lo, z);
  Two<V> s = fast_two_sum(r.hi, -less);
  Two<V> c = cos_parts(r.hi, r.lo, z);
  c = fast_two_sum(c.hi, c.lo - 0.5 * two_square(r.hi).lo);
  typename V::Mask even = (r.quadrant & ints<V>(1)) == ints<V>(0);
  Two<V> above = {select(even, s.hi, -c.hi), select(even, s.lo, -c.lo)};
  Two<V> below = {select(even, c.hi, s.hi), select(even, c.lo, s.lo)};
  Two<V> q = divide(above, below);
  return q.hi + q.lo;
}

// pi x for the part of x beyond the nearest multiple of 1/2; exact for every finite x.
template <class V>
Reduced<V> reduce_half_turns(const V& x) {
  V small = keep(abs(x) < 0x1p53, x);
  V n = nearest(small + small);
  V r = small - 0.5 * n;
  V quadrant = n - 4.0 * floor(n * 0.25);
  Two<V> p = two_product(r, V(0x1.921fb54442d18p+1));
  return {p.hi, p.lo + r * 0x1.1a62633145c07p-53, to_int_bits(quadrant + kMagic)};
}

namespace recipe {

template <class V>
V sin(const V& x, Bad<V>& bad) {
  return sin_quadrant(reduce_quadrant(x, bad));
}

template <class V>
V cos(const V& x, Bad<V>& bad) {
  Reduced<V> r = reduce_quadrant(x, bad);
  r.quadrant = r.quadrant + ints<V>(1);
  return sin_quadrant(r);
}

template <class V>
V tan(const V& x, Bad<V>& bad) {
  V r = tan_quadrant(reduce_quadrant(x, bad));
  return select(abs(x) < 0x1p-28, x, r);
}

template <class V>
V sinpi(const V& x, Bad<V>&) {
  V r = sin_quadrant(reduce_half_turns(x)) + (x - x);
  // Multiples of 1 give a zero with the sign of x; pi x of a subnormal x is rounded once.
  r = select(abs(x) < 0x1p-1000, (x * 0x1p64 * 0x1.921fb54442d18p+1) * 0x1p-64, r);
  return select(r == 0.0, V::from_bits(sign_bits(x)), r);
}

template <class V>
V cospi(const V& x, Bad<V>&) {
  Reduced<V> r = reduce_half_turns(x);
  r.quadrant = r.quadrant + ints<V>(1);
  // Adding zero turns the -0 at some odd multiples of 1/2 into +0, as C23 asks.
  return sin_quadrant(r) + (x - x);
}

}  // namespace recipe
}  // namespace me::vmath
