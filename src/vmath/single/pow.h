// pow of float32.
//
// log2 |x| = k + log2 m, its product n + f with y, and f log 2 are computed in float64, the
// exponential of that in float32. Error: 0.85 ulp (tests/accuracy). All cases of C99 Annex F are
// put in at the end.
#pragma once

#include "vmath/double_double.h"
#include "vmath/single/exp.h"
#include "vmath/single/log.h"
#include "vmath/single/value.h"

namespace me::vmath::single::recipe {

template <class V>
V pow(const V& x, const V& y, Bad<V>&) {
  using Wide = typename V::Wide;
  V ax = abs(x);
  LogParts<V> parts = split_exponent(ax);
  Wide f = widen(parts.m - 1.0f);
  Wide s = f / (f + 2.0);
  // fit: pow_single
  Wide log2_m = s * polynomial(s * s, 0x1.71547652bee4bp+1, 0x1.ec709d1250745p-1,
                               0x1.27778052db947p-1, 0x1.a58d52469b196p-2, 0x1.5cec910c289d2p-2);
  Wide e = widen(y) * (widen(parts.k + log_specials(ax)) + log2_m);
  Wide clamped = pmin(pmax(e, Wide(-151.0)), Wide(128.5));
  constexpr double kWideMagic = vmath::kMagic + 254.0;
  Wide magic = clamped + kWideMagic;
  V rest = V::narrow((clamped - (magic - kWideMagic)) * 0x1.62e42fefa39efp-1);
  V r = scale(exp_fraction(rest), V::low_words(bits(magic)));
  // |x| = 1 or y = 0: one, also where the product is a NaN
  r = select((ax == 1.0f) | (y == 0.0f), V(1.0f), r);

  V half = y * 0.5f;
  typename V::Mask whole = trunc(y) == y;
  typename V::Mask odd = whole & (trunc(half) != half);
  typename V::Mask undefined = (x < 0.0f) & (ax <= kLargest) & ~whole;
  typename V::Int sign = sign_bits(x) & mask_bits(odd);
  return V::from_bits(bits(r) | sign | mask_bits(undefined));
}

}  // namespace me::vmath::single::recipe
