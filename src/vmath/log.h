// log, log2, log10, log1p, logaddexp, logaddexp2.
//
// x = 2^k m with sqrt(1/2) <= m < sqrt(2), f = m - 1, s = f / (2 + f), R fitted:
// log m = f - f^2/2 + s (f^2/2 + R(s^2)), or for log itself f - s (f - R(s^2)). The term k log 2 is
// split so that its leading part adds exactly. log2 and log10 keep the leading part of log m apart
// and multiply it by a split 1/log b. Error: 0.95 ulp for log, 0.85 for the others; logaddexp and
// logaddexp2 are that good unless the sum nearly cancels, where the absolute error stays below 2^-53
// (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/exp.h"
#include "vmath/value.h"

namespace me::vmath {

inline constexpr double kLn2Hi = 0x1.62e42fefa3800p-1;  // 42 bits: k * kLn2Hi is exact
inline constexpr double kLn2Lo = 0x1.ef35793c76730p-45;

template <class V>
struct LogParts {
  V k, m;
};

// x = 2^k m for a positive normal x.
template <class V>
LogParts<V> split_exponent(const V& x) {
  typename V::Int shifted = bits(x) + ints<V>(0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
  V k = V::from_bits(shr(shifted, 52) | ints<V>(0x4330000000000000)) - (0x1p52 + 1023.0);
  V m = V::from_bits((shifted & ints<V>(0x000fffffffffffff)) + ints<V>(0x3fe6a09e667f3bcd));
  return {k, m};
}

// As above for subnormal x, too.
template <class V>
LogParts<V> split_any_exponent(const V& x) {
  typename V::Mask small = x < kSmall;
  LogParts<V> parts = split_exponent(select(small, x * 0x1p54, x));
  parts.k = parts.k - keep(small, V(54.0));
  return parts;
}

// log(1 + f) - f + f^2/2 = s (f^2/2 + R(s^2)).
template <class V>
V log_rest(const V& f, const V& half_square) {
  V s = f / (f + 2.0);
  V z = s * s;
  // fit: log_series
  V r = z * polynomial(z, 0x1.555555555558fp-1, 0x1.9999999980b20p-2, 0x1.2492494157fd1p-2,
                       0x1.c71c5271a6dc0p-3, 0x1.74662c92bdc3dp-3, 0x1.39a355d2c4443p-3,
                       0x1.2ef7340c4d271p-3);
  return s * (half_square + r);
}

// The value at 0, negative numbers, infinity and NaN put into the logarithm of x.
template <class V>
V log_specials(const V& x, const V& r) {
  // All bits set is a NaN; zero has no bits of its own that matter below those of -infinity.
  V special = V::from_bits(bits(x) | mask_bits(x < 0.0) | bits(keep(x == 0.0, V(-kInfinity))));
  return select((x > 0.0) & (x <= kLargest), r, special);
}

// r plus the value at 0, negative numbers, infinity and NaN, for an r that is finite there. A sum
// takes fewer instructions than a selection.
template <class V>
V add_log_specials(const V& x, const V& r) {
  typename V::Int special = bits(keep(~(x <= kLargest), x)) | bits(keep(x == 0.0, V(-kInfinity)));
  return r + V::from_bits(special | mask_bits(x < 0.0));
}

// log(1 + f) = f - result. The plain form, for float64 results: the error of the product stays below
// a quarter of an ulp of f.
template <class V>
V log_less(const V& f) {
  V s = f / (f + 2.0);
  V z = s * s;
  // fit: log_series
  V r = z * polynomial(z, 0x1.555555555558fp-1, 0x1.9999999980b20p-2, 0x1.2492494157fd1p-2,
                       0x1.c71c5271a6dc0p-3, 0x1.74662c92bdc3dp-3, 0x1.39a355d2c4443p-3,
                       0x1.2ef7340c4d271p-3);
  return s * (f - r);
}

// log of 1 + f.hi + f.lo as hi + lo, for 0 <= 1 + f.hi < 2^1000 and |f.lo| <= ulp(f.hi).
template <class V>
Two<V> log1p_sum(const Two<V>& f) {
  Two<V> u = two_sum(V(1.0), f.hi);
  LogParts<V> parts = split_exponent(u.hi);
  typename V::Mask whole = parts.k == 0.0;
  V c = (select(whole, V(0.0), u.lo) + f.lo) / u.hi;
  V g = select(whole, f.hi, parts.m - 1.0);
  V half_square = 0.5 * g * g;
  V low = parts.k * kLn2Lo + (log_rest(g, half_square) + c);
  Two<V> lead = fast_two_sum(parts.k * kLn2Hi, g);
  V tail = lead.lo + (low - half_square);
  return fast_two_sum(lead.hi, tail);
}

// log_b x where 1 / log b = c.hi + c.lo with c.hi of 21 bits, and k log_b 2 = k (d.hi + d.lo).
template <class V>
V log_base(const V& x, double c_hi, double c_lo, double d_hi, double d_lo) {
  LogParts<V> parts = split_any_exponent(x);
  V f = parts.m - 1.0;
  V half_square = 0.5 * f * f;
  V rest = log_rest(f, half_square);
  V hi = V::from_bits(bits(f - half_square) & ints<V>(-0x100000000));
  V lo = ((f - hi) - half_square) + rest;
  V product = hi * c_hi;
  V low = parts.k * d_lo + (lo + hi) * c_lo + lo * c_hi;
  Two<V> sum = fast_two_sum(parts.k * d_hi, product);
  return log_specials(x, sum.hi + (sum.lo + low));
}

namespace recipe {

template <class V>
V log(const V& x, Bad<V>&) {
  LogParts<V> parts = split_any_exponent(x);
  V f = parts.m - 1.0;
  V r = parts.k * kLn2Hi + (f - (log_less(f) - parts.k * kLn2Lo));
  return add_log_specials(x, r);
}

template <class V>
V log2(const V& x, Bad<V>&) {
  return log_base(x, 0x1.7154700000000p+0, 0x1.94ae0bf85ddf4p-22, 1.0, 0.0);
}

template <class V>
V log10(const V& x, Bad<V>&) {
  return log_base(x, 0x1.bcb7b00000000p-2, 0x1.526e50e32a6abp-26, 0x1.34413509f7800p-2,
                  0x1.fef311f12b358p-46);
}

template <class V>
V log1p(const V& x, Bad<V>&) {
  // Beyond 2^60, log(1 + x) is log x to far more than float64 precision.
  typename V::Mask large = x > 0x1p60;
  V u = select(large, x, 1.0 + x);
  V lost = select(x > 1.0, 1.0 - (u - x), x - (u - 1.0));
  LogParts<V> parts = split_exponent(u);
  typename V::Mask whole = parts.k == 0.0;
  V c = keep(~(large | whole), lost / u);
  V f = select(whole, x, parts.m - 1.0);
  V half_square = 0.5 * f * f;
  V low = parts.k * kLn2Lo + (log_rest(f, half_square) + c);
  V r = parts.k * kLn2Hi - ((half_square - low) - f);
  V special = select(x == -1.0, V(-kInfinity), select(x < -1.0, V(kNaN), x));
  typename V::Mask ordinary = (x > -1.0) & (x <= kLargest) & ~(abs(x) < 0x1p-54);
  return select(ordinary, r, special);
}

// log(e^x + e^y) and log2(2^x + 2^y): the larger one plus log(1 + e^-d), d the distance.
template <class V>
V logaddexp(const V& x, const V& y, Bad<V>&) {
  V hi = pmax(x, y);
  V lo = pmin(x, y);
  Two<V> d = two_sum(lo, -hi);
  V close = pmax(d.hi, V(-746.0));
  V e = join(exp_split(close, keep(d.hi > -40.0, d.lo)));
  Two<V> l = log1p_sum(Two<V>{e, V(0.0)});
  Two<V> sum = two_sum(hi, l.hi);
  V r = sum.hi + keep(abs(hi) < 0x1p1000, sum.lo + l.lo);
  // Equal infinities have no distance; a NaN on either side stays.
  r = select((x == y) & (abs(x) == kInfinity), x, r);
  return select(is_nan(x) | is_nan(y), x + y, r);
}

template <class V>
V logaddexp2(const V& x, const V& y, Bad<V>&) {
  V hi = pmax(x, y);
  V lo = pmin(x, y);
  Two<V> d = two_sum(lo, -hi);
  V close = pmax(d.hi, V(-1076.0));
  V magic = close * 128.0 + kExpMagic;
  V r = (close - (magic - kExpMagic) * 0x1p-7) + keep(d.hi > -60.0, d.lo);
  V e = join(exp_parts(bits(magic), r * 0x1.62e42fefa39efp-1));
  Two<V> l = log1p_sum(Two<V>{e, V(0.0)});
  Two<V> p = two_product(l.hi, V(0x1.71547652b82fep+0));
  V p_low = p.lo + (l.hi * 0x1.777d0ffda0d24p-56 + l.lo * 0x1.71547652b82fep+0);
  Two<V> sum = two_sum(hi, p.hi);
  V result = sum.hi + keep(abs(hi) < 0x1p1000, sum.lo + p_low);
  result = select(x == y, x + 1.0, result);
  return select(is_nan(x) | is_nan(y), x + y, result);
}

}  // namespace recipe
}  // namespace me::vmath
