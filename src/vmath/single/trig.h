// sin and cos of float32.
//
// x = n pi/2 + r is computed in float64, with pi/2 in two parts of which the first multiplies n
// exactly, and r kept as hi + lo. That holds for |n| <= 2^20; larger finite arguments are reported
// as bad. sin r and cos r are polynomials of degree 7 and 8. Error: 0.8 ulp (tests/accuracy).
#pragma once

#include "vmath/double_double.h"
#include "vmath/single/value.h"

namespace me::vmath::single {

inline constexpr float kTrigLimit = 0x1.8p20f;  // below 2^20 pi/2

// sin of x moved on by `turns` quarter turns. The signs are such that -0 stays -0.
template <class V>
V sin_moved(const V& x, std::int32_t turns, Bad<V>& bad) {
  using Wide = typename V::Wide;
  V ax = abs(x);
  bad |= (ax > kTrigLimit) & (ax <= kLargest);
  Wide wide = widen(x);
  Wide magic = wide * 0x1.45f306dc9c883p-1 + vmath::kMagic;
  Wide n = magic - vmath::kMagic;
  Wide r = (wide - n * 0x1.921fb54400000p+0) - n * 0x1.0b4611a626331p-34;
  V hi = V::narrow(r);
  V lo = V::narrow(r - widen(hi));
  V z = hi * hi;
  // fit: sin_single
  V sine_tail = (hi * z) * polynomial(z, -0x1.555546p-3f, 0x1.11077cp-7f, -0x1.9955aep-13f);
  V sine = hi - ((lo * (0.5f * z) - lo) - sine_tail);
  V half = 0.5f * z;
  V w = 1.0f - half;
  // fit: cos_single
  V cosine_tail = (z * z) * polynomial(z, 0x1.55554ap-5f, -0x1.6c0c2ep-10f, 0x1.99eac2p-16f);
  V cosine = w + (((1.0f - w) - half) + (cosine_tail - hi * lo));
  typename V::Int quadrant = V::low_words(bits(magic));
  if (turns != 0) quadrant = quadrant + ints<V>(turns);
  typename V::Mask even = (quadrant & ints<V>(1)) == ints<V>(0);
  return V::from_bits(bits(select(even, sine, cosine)) ^ shl(quadrant & ints<V>(2), 30));
}

namespace recipe {

template <class V>
V sin(const V& x, Bad<V>& bad) {
  return sin_moved(x, 0, bad);
}

template <class V>
V cos(const V& x, Bad<V>& bad) {
  return sin_moved(x, 1, bad);
}

}  // namespace recipe
}  // namespace me::vmath::single
