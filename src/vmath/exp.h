// exp, exp2, exp10 and expm1.
//
// e^x = 2^(k/128) e^r with k = round(128 x / ln 2), |r| <= ln 2 / 256. 2^(k/128) is a table entry T
// for the low eight bits of k times the square of 2^floor(k/256); the two steps make results
// overflow or become subnormal with one rounding. e^r - 1 is a polynomial of degree 5, T carries a
// correction. Error: 0.52 ulp, 0.75 where the result is subnormal,
// and 0.7 for expm1 (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/tables.h"
#include "vmath/value.h"

namespace me::vmath {

// Adding it rounds to an integer k and leaves, in the low bits, 1023 * 256 + k: floor(k / 256) then
// stands in the bits above 8 with the exponent's bias already added.
inline constexpr double kExpMagic = kMagic + 1023.0 * 256.0;

// 2^(k/128) (1 + p) = table * (1 + p) * half * half.
template <class V>
struct ExpParts {
  V table, p, half;
};

// `k` is an integral value, `u` the bits of k + kExpMagic, r the reduced argument.
template <class V>
ExpParts<V> exp_parts(const typename V::Int& u, const V& r) {
  V correction, table;
  V::table_pair(kExp2Table, u & ints<V>(255), correction, table);
  V half = V::from_bits(shl(shr(u, 8), 52));
  // fit: exp_tail
  V rr = r * r;
  V p = rr * ((r * 0x1.555555555548bp-3 + 0x1.ffffffffffdb1p-2) +
              rr * (r * 0x1.111115c28d374p-7 + 0x1.55555d00d637ap-5));
  return {table, r + (correction + p), half};
}

// e^x for |x| < 1100.
template <class V>
ExpParts<V> exp_split(const V& x) {
  V magic = x * 0x1.71547652b82fep+7 + kExpMagic;
  V k = magic - kExpMagic;
  V r = (x - k * 0x1.62e42fef80000p-8) - k * 0x1.1cf79abc9e3b4p-43;
  return exp_parts(bits(magic), r);
}

// The same of x + low, for |x| < 1100 and |low| < 2^-10 or so.
template <class V>
ExpParts<V> exp_split(const V& x, const V& low) {
  V magic = x * 0x1.71547652b82fep+7 + kExpMagic;
  V k = magic - kExpMagic;
  V r = ((x - k * 0x1.62e42fef80000p-8) - k * 0x1.1cf79abc9e3b4p-43) + low;
  return exp_parts(bits(magic), r);
}

template <class V>
V join(const ExpParts<V>& e) {
  return ((e.table + e.table * e.p) * e.half) * e.half;
}

// (e^x - 1) / 4 as hi + lo, to about 2^-65 of the larger of its terms. |x| < 745. The quarter keeps
// everything finite for x up to the overflow bound of sinh.
template <class V>
Two<V> quarter_expm1(const V& x) {
  V magic = x * 0x1.71547652b82fep+7 + kExpMagic;
  V k = magic - kExpMagic;
  V high = x - k * 0x1.62e42fef80000p-8;
  V back = k * 0x1.1cf79abc9e3b4p-43;
  V r = high - back;
  V low = (high - r) - back;
  typename V::Int u = bits(magic);
  V correction, table;
  V::table_pair(kExp2Table, u & ints<V>(255), correction, table);
  V half = V::from_bits(shl(shr(u, 8), 52));
  V scale = (half * 0.25) * half;
  // fit: exp_tail
  V rr = r * r;
  V p = rr * ((r * 0x1.555555555548bp-3 + 0x1.ffffffffffdb1p-2) +
              rr * (r * 0x1.111115c28d374p-7 + 0x1.55555d00d637ap-5));
  V t = table * scale;
  Two<V> s = two_sum(t, V(-0.25));
  // t (1 + correction + low) (1 + r + p) - 1/4
  Two<V> q = two_product(t, r);
  Two<V> h = two_sum(s.hi, q.hi);
  V rest = t * (p + (correction + low) * (1.0 + r));
  return fast_two_sum(h.hi, (s.lo + h.lo) + (q.lo + rest));
}

namespace recipe {

template <class V>
V exp(const V& x, Bad<V>&) {
  V clamped = pmin(pmax(x, V(-746.0)), V(710.0));
  return join(exp_split(clamped));
}

template <class V>
V exp2(const V& x, Bad<V>&) {
  V clamped = pmin(pmax(x, V(-1076.0)), V(1025.0));
  V magic = clamped * 128.0 + kExpMagic;
  V r = clamped - (magic - kExpMagic) * 0x1p-7;
  Two<V> y = two_product(r, V(0x1.62e42fefa39efp-1));
  ExpParts<V> e = exp_parts(bits(magic), y.hi);
  e.p = e.p + (y.lo + r * 0x1.abc9e3b39803fp-56);
  return join(e);
}

template <class V>
V exp10(const V& x, Bad<V>&) {
  V clamped = pmin(pmax(x, V(-324.5)), V(309.0));
  V magic = clamped * 0x1.a934f0979a371p+8 + kExpMagic;
  V k = magic - kExpMagic;
  V r = (clamped - k * 0x1.3441350a00000p-9) - k * -0x1.0c0219dc1da99p-46;
  V y = r * 0x1.26bb1bbb55516p+1;
  return join(exp_parts(bits(magic), y));
}

template <class V>
V expm1(const V& x, Bad<V>&) {
  V clamped = pmin(pmax(x, V(-60.0)), V(710.0));
  V r = 4.0 * quarter_expm1(clamped).hi;
  return select(abs(x) < 0x1p-54, x, r);
}

}  // namespace recipe
}  // namespace me::vmath
