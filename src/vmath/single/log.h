// log, log2 and log10 of float32.
//
// x = 2^k m with sqrt(1/2) <= m < sqrt(2), f = m - 1, s = f / (2 + f): log m = f - s (f - R(s^2)),
// R fitted. The term k log 2 is split so that its leading part adds exactly. log2 and log10 keep
// the leading part of log m apart and multiply it by a split 1/log b. Error: 0.96 ulp for log, 0.8
// for the others (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/single/value.h"

namespace me::vmath::single {

template <class V>
struct LogParts {
  V k, m;
};

// x = 2^k m for a positive finite x.
template <class V>
LogParts<V> split_exponent(const V& x) {
  typename V::Mask small = x < kSmall;
  typename V::Int shifted =
      bits(select(small, x * 0x1p23f, x)) + ints<V>(0x3f800000 - 0x3f3504f3);
  V k = V::from_bits(shr(shifted, 23) | ints<V>(0x4b000000)) - (0x1p23f + 127.0f);
  V m = V::from_bits((shifted & ints<V>(0x007fffff)) + ints<V>(0x3f3504f3));
  return {k - keep(small, V(23.0f)), m};
}

// R(s^2) with log(1 + f) = f - s (f - R) and s = f / (2 + f).
template <class V>
V log_series(const V& s) {
  V z = s * s;
  // fit: log_single
  return z * polynomial(z, 0x1.55557ap-1f, 0x1.995ed0p-2f, 0x1.31e1a8p-2f);
}

// The logarithms of 0, negative numbers, infinity and NaN, to be added to what is finite there.
template <class V>
V log_specials(const V& x) {
  typename V::Int special = bits(keep(~(x <= kLargest), x)) | bits(keep(x == 0.0f, V(-kInfinity)));
  return V::from_bits(special | mask_bits(x < 0.0f));
}

// log_b x where 1 / log b = c_hi + c_lo with c_hi of 13 bits, and k log_b 2 = k (d_hi + d_lo).
template <class V>
V log_base(const V& x, float c_hi, float c_lo, float d_hi, float d_lo) {
  LogParts<V> parts = split_exponent(x);
  V f = parts.m - 1.0f;
  V half_square = 0.5f * f * f;
  V s = f / (f + 2.0f);
  V rest = s * (half_square + log_series(s));
  V hi = V::from_bits(bits(f - half_square) & ints<V>(-0x2000));
  V lo = ((f - hi) - half_square) + rest;
  V low = parts.k * d_lo + (lo + hi) * c_lo + lo * c_hi;
  Two<V> sum = fast_two_sum(parts.k * d_hi, hi * c_hi);
  return sum.hi + (sum.lo + low) + log_specials(x);
}

namespace recipe {

template <class V>
V log(const V& x, Bad<V>&) {
  LogParts<V> parts = split_exponent(x);
  V f = parts.m - 1.0f;
  V s = f / (f + 2.0f);
  V less = s * (f - log_series(s)) - parts.k * 0x1.7f7d1cp-20f;
  return (parts.k * 0x1.62e4p-1f + (f - less)) + log_specials(x);
}

template <class V>
V log2(const V& x, Bad<V>&) {
  return log_base(x, 0x1.715p+0f, 0x1.1d94aep-14f, 1.0f, 0.0f);
}

template <class V>
V log10(const V& x, Bad<V>&) {
  return log_base(x, 0x1.bcap-2f, 0x1.7b1526p-14f, 0x1.3440p-2f, 0x1.3509f8p-18f);
}

}  // namespace recipe
}  // namespace me::vmath::single
