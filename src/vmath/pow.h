// pow, cbrt, hypot.
//
// pow: log|x| as hi + lo with a relative error near 2^-67, times y, through the table driven exp.
// The table has c_j close to 1/z with so few bits that z_hi c_j is exact (z split at 32 bits), so
// the reduced argument z c_j - 1 is known exactly. Error: 0.53 ulp, 0.75 where the result is
// subnormal; cbrt 0.7, hypot 0.85 (tests/accuracy). All cases of C99 Annex F are selected at the
// end; there is no slow path.
#pragma once

#include "vmath/double_double.h"
#include "vmath/exp.h"
#include "vmath/log.h"
#include "vmath/tables.h"
#include "vmath/value.h"

namespace me::vmath {

// log of a positive finite x as hi + lo, where lo may be a few ulp of hi.
template <class V>
Two<V> log_precise(const V& x) {
  typename V::Mask small = x < kSmall;
  // Bits of the lower end of table interval 0; interval 75 is centred on 1, where c = 1.
  constexpr std::int64_t kOffset = 0x3fe68aaaaaaaaaab;
  typename V::Int shifted =
      bits(select(small, x * 0x1p54, x)) + ints<V>(0x3ff0000000000000 - kOffset);
  V k = V::from_bits(shr(shifted, 52) | ints<V>(0x4330000000000000)) - (0x1p52 + 1023.0);
  k = k - keep(small, V(54.0));
  V z = V::from_bits((shifted & ints<V>(0x000fffffffffffff)) + ints<V>(kOffset));
  typename V::Int j = shr(shifted, 45) & ints<V>(127);
  V c, log_c;
  V::table_pair(kLogTable, j, c, log_c);
  V log_c_low = V::table(kLogLow, j);

  V z_hi = V::from_bits((bits(z) + ints<V>(0x80000000)) & ints<V>(-0x100000000));
  V z_lo = z - z_hi;
  V r_hi = z_hi * c - 1.0;
  V r_lo = z_lo * c;
  V r = r_hi + r_lo;

  V t1 = k * kLn2Hi + log_c;
  V t2 = t1 + r;
  V low1 = k * kLn2Lo + log_c_low;
  V low2 = (t1 - t2) + r;
  V low_r = (r_hi - r) + r_lo;
  // -r^2/2 in two parts
  V a = -0.5 * r;
  V a_hi = -0.5 * r_hi;
  V square = r_hi * a_hi;
  V hi = t2 + square;
  V low3 = r_lo * (a + a_hi);
  V low4 = (t2 - hi) + square;
  // fit: pow_log
  V rr = r * r;
  V p = (r * rr) * ((r * -0x1.0000000000026p-2 + 0x1.5555555555574p-2) +
                    rr * ((r * -0x1.5555554cbbe38p-3 + 0x1.999999917e917p-3) +
                          rr * (r * -0x1.0004b34e5d0f8p-3 + 0x1.24972b5e1dc00p-3)));
  return {hi, ((low1 + low2 + low_r) + (low3 + low4)) + p};
}

namespace recipe {

template <class V>
V pow(const V& x, const V& y, Bad<V>&) {
  V ax = abs(x);
  Two<V> l = log_precise(ax);
  V y_hi = upper_half(y);
  V l_hi = upper_half(l.hi);
  V l_lo = (l.hi - l_hi) + l.lo;
  V e_lo = (y - y_hi) * l_hi + y * l_lo;
  // The logarithms of 0, infinity and NaN. Bits are set rather than values selected, which takes
  // SIMD128 three instructions.
  V special = V::from_bits(bits(ax) | bits(keep(ax == 0.0, V(-kInfinity))));
  typename V::Mask finite = ax <= kLargest;
  V e = select((ax > 0.0) & finite, y_hi * l_hi, y * special);
  V clamped = pmin(pmax(e, V(-800.0)), V(800.0));
  e_lo = keep(clamped == e, e_lo);
  // |x| = 1 or y = 0: one, also where the product is a NaN
  V r = join(exp_split(keep((ax != 1.0) & (y != 0.0), clamped), e_lo));

  V half = y * 0.5;
  typename V::Mask whole = trunc(y) == y;
  typename V::Mask odd = whole & (trunc(half) != half);
  typename V::Mask undefined = (x < 0.0) & finite & ~whole;
  typename V::Int sign = sign_bits(x) & mask_bits(odd);
  return V::from_bits(bits(r) | sign | mask_bits(undefined));
}

// The exponent is divided by three in float64 arithmetic, the root of the rest comes from a
// polynomial, one step of Halley's iteration rounded to 24 bits and one of Newton's on top.
template <class V>
V cbrt(const V& x, Bad<V>&) {
  V ax = abs(x);
  typename V::Mask small = ax < kSmall;
  typename V::Int b = bits(select(small, ax * 0x1p54, ax));
  V k = V::from_bits(shr(b, 52) | ints<V>(0x4330000000000000)) - (0x1p52 + 1023.0);
  k = k - keep(small, V(54.0));
  V m = V::from_bits((b & ints<V>(0x000fffffffffffff)) | ints<V>(0x3ff0000000000000));
  V third = floor((k + 0.5) * 0x1.5555555555555p-2);
  V left = k - third * 3.0;  // 0, 1 or 2
  V factor, power;
  V::table_pair(kCbrtTable, bits(left + kMagic) & ints<V>(3), factor, power);
  m = m * power;  // the number in [1, 8) whose root is wanted
  // fit: cbrt_start
  V start = V::from_bits((b & ints<V>(0x000fffffffffffff)) | ints<V>(0x3ff0000000000000));
  V t = factor * polynomial(start, 0x1.03fa5b8a9cf7fp-1, 0x1.6e8b8fda433d4p-1,
                            -0x1.316cd55992a59p-2, 0x1.5c429f96d1c1dp-4, -0x1.559d89b229968p-7);
  V cube = t * t * t;
  t = t * ((cube + (m + m)) / ((cube + cube) + m));
  t = V::from_bits((bits(t) + ints<V>(0x10000000)) & ints<V>(-0x20000000));
  V square = t * t;  // exact: t has 24 bits
  Two<V> q = {m / square, V(0.0)};
  V r = t + t * ((q.hi - t) / (t + t + q.hi));
  V scale = power_of_two<V>(to_int_bits(third + kMagic));
  r = V::from_bits(bits(r * scale) | sign_bits(x));
  return select((ax > 0.0) & (ax <= kLargest), r, x);
}

// sqrt(x^2 + y^2), scaled by a power of two where squares would overflow or lose digits.
template <class V>
V hypot(const V& x, const V& y, Bad<V>&) {
  V ax = abs(x);
  V ay = abs(y);
  V a = pmax(ax, ay);
  V b = pmin(ay, ax);
  V scale = select(a > 0x1p500, V(0x1p-600), select(a < 0x1p-400, V(0x1p600), V(1.0)));
  V back = select(a > 0x1p500, V(0x1p600), select(a < 0x1p-400, V(0x1p-600), V(1.0)));
  V as = a * scale;
  V bs = b * scale;
  Two<V> aa = two_square(as);
  Two<V> bb = two_square(bs);
  Two<V> s = fast_two_sum(aa.hi, bb.hi);
  V r = sqrt(s.hi + (s.lo + (aa.lo + bb.lo))) * back;
  r = select(is_nan(x) | is_nan(y), V(kNaN), r);
  return select((ax == kInfinity) | (ay == kInfinity), V(kInfinity), r);
}

}  // namespace recipe
}  // namespace me::vmath
