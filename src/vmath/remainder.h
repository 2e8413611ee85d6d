// fmod, remainder, mod (NumPy's %), floor_divide (NumPy's //), fma, ldexp.
//
// All of them are exact or correctly rounded. The remainders take a quotient below 2^53, whose
// product with the divisor is known exactly (double_double.h), and correct it by one; larger
// quotients and divisors next to the overflow bound are bad lanes. fma adds the exact product to z
// with one rounding to odd in between (Boldo and Melquiond); extreme exponents are bad lanes.
#pragma once

#include "vmath/double_double.h"
#include "vmath/value.h"

namespace me::vmath {

// |x| modulo |y| and the quotient, of which only the lowest bit matters.
template <class V>
struct Division {
  V rest, quotient;
};

template <class V>
Division<V> divide_magnitudes(const V& x, const V& y, Bad<V>& bad) {
  V ax = abs(x);
  V ay = abs(y);
  V ratio = ax / ay;
  bad |= ((ratio >= 0x1p53) | ((ay > 0x1p990) & (ax >= ay) & (ay <= kLargest))) & (ax <= kLargest) &
         (ay > 0.0);
  V q = trunc(ratio);
  Two<V> p = exact_product(q, ay);
  V r = (ax - p.hi) - p.lo;
  typename V::Mask below = r < 0.0;
  r = r + keep(below, ay);
  q = q - keep(below, V(1.0));
  typename V::Mask less = ax < ay;
  return {select(less, ax, r), keep(~less, q)};
}

template <class V>
typename V::Mask differ(const typename V::Mask& m, const typename V::Mask& n) {
  return (m & ~n) | (n & ~m);
}

// NumPy's remainder made of C's: the sign of y, zeros included.
template <class V>
V floored_remainder(const V& c_remainder, const V& y) {
  typename V::Mask opposite = differ<V>(c_remainder < 0.0, y < 0.0);
  V moved = select(opposite, c_remainder + y, c_remainder);
  return select(c_remainder == 0.0, V::from_bits(sign_bits(y)), moved);
}

// NumPy's floor division made of C's remainder.
template <class V>
V floored_quotient(const V& x, const V& y, const V& c_remainder) {
  V div = (x - c_remainder) / y;
  typename V::Mask opposite = differ<V>(c_remainder < 0.0, y < 0.0) & (c_remainder != 0.0);
  div = select(opposite, div - 1.0, div);
  V whole = floor(div);
  whole = select(div - whole > 0.5, whole + 1.0, whole);
  V ratio = x / y;
  whole = select(div == 0.0, V::from_bits(sign_bits(ratio)), whole);
  return select(y == 0.0, ratio, whole);
}

namespace recipe {

template <class V>
V fmod(const V& x, const V& y, Bad<V>& bad) {
  V r = divide_magnitudes(x, y, bad).rest;
  return flip_sign(r, sign_bits(x));
}

// IEEE remainder: x less the multiple of y nearest to it, an even one at ties.
template <class V>
V remainder(const V& x, const V& y, Bad<V>& bad) {
  Division<V> d = divide_magnitudes(x, y, bad);
  V ay = abs(y);
  V twice = d.rest + d.rest;
  V half = d.quotient * 0.5;
  typename V::Mask odd = floor(half) != half;
  typename V::Mask next = (twice > ay) | ((twice == ay) & odd);
  return flip_sign(select(next, d.rest - ay, d.rest), sign_bits(x));
}

template <class V>
V mod(const V& x, const V& y, Bad<V>& bad) {
  return floored_remainder(fmod(x, y, bad), y);
}

template <class V>
V floor_divide(const V& x, const V& y, Bad<V>& bad) {
  return floored_quotient(x, y, fmod(x, y, bad));
}

template <class V>
V fma(const V& x, const V& y, const V& z, Bad<V>& bad) {
  V ap = abs(x * y);
  typename V::Mask usual = (ap > 0x1p-900) & (ap < 0x1p1000) & (abs(x) < 0x1p990) &
                           (abs(y) < 0x1p990) & (abs(z) < 0x1p1000);
  // Zero factors, infinities and NaN need no care: the product is exact.
  typename V::Mask finite = (abs(x) <= kLargest) & (abs(y) <= kLargest);
  typename V::Mask finite_sum = abs(z) < kInfinity;
  V plain = select(finite & ~finite_sum, z, x * y + z);
  bad |= finite & finite_sum & (x != 0.0) & (y != 0.0) & ~usual;
  Two<V> u = exact_product(x, y);
  Two<V> t = two_sum(z, u.lo);
  Two<V> v = two_sum(u.hi, t.hi);
  // v.lo + t.lo rounded to odd: an inexact sum with an even last bit moves one step toward the
  // error.
  Two<V> s = two_sum(v.lo, t.lo);
  typename V::Mask even = (bits(s.hi) & ints<V>(1)) == ints<V>(0);
  typename V::Int away = shr(bits(s.hi) ^ bits(s.lo), 63);  // 1: the error points toward zero
  typename V::Int step = ints<V>(1) - (away + away);
  typename V::Int moved = bits(s.hi) + (step & mask_bits(even & (s.lo != 0.0)));
  return select(usual, v.hi + V::from_bits(moved), plain);
}

// x 2^n for a whole n (others count as the nearest whole number), rounded once.
template <class V>
V ldexp(const V& x, const V& n, Bad<V>&) {
  typename V::Mask small = abs(x) < kSmall;
  V scaled = select(small, x * 0x1p54, x);
  typename V::Int b = bits(scaled);
  typename V::Int exponent = shr(b, 52) & ints<V>(0x7ff);
  V e = V::from_bits(exponent | ints<V>(0x4330000000000000)) - (0x1p52 + 1023.0);
  e = e - keep(small, V(54.0));
  V m = V::from_bits((b & ints<V>(-0x7ff0000000000001)) | ints<V>(0x3ff0000000000000));
  V total = e + pmin(pmax(nearest(n), V(-2200.0)), V(2200.0));
  total = pmin(pmax(total, V(-1080.0)), V(1030.0));
  V half = floor(total * 0.5);
  V r = m * power_of_two<V>(to_int_bits(half + kMagic));
  r = r * power_of_two<V>(to_int_bits((total - half) + kMagic));
  r = select((x == 0.0) | ~(abs(x) <= kLargest), x, r);
  return select(is_nan(n), n, r);
}

}  // namespace recipe
}  // namespace me::vmath
