// Slow paths of the trigonometric functions. Enters: any float64; leaves: its sine, cosine or
// tangent within the bounds of trig.h.
//
// A large x = m 2^e is multiplied by 2/pi in integers: of 2/pi only the 256 bits matter that give
// multiples of less than 4 (whole turns vanish) and enough digits after the point. The product's
// two top bits are the quadrant, the rest is the fraction of a quarter turn, which becomes hi + lo.
// Example: 1e22 = m 2^20 starts 18 bits into 2/pi and gives quadrant 1, sin(1e22) = -0.852...
// Proved by tests/accuracy, whose points cover all exponents.
#include <cstdint>
#include <cstring>

#include "vmath/native_value.h"
#include "vmath/slow.h"
#include "vmath/trig.h"

namespace me::vmath::slow {
namespace {

using V = Native<1>;

// The bits of 2/pi after the point.
constexpr std::uint64_t kTwoOverPi[20] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d};

// 64 bits of 2/pi that follow the first `skip`; skip > -64.
std::uint64_t two_over_pi_bits(int skip) {
  if (skip < 0) return kTwoOverPi[0] >> -skip;
  int word = skip / 64;
  int shift = skip % 64;
  std::uint64_t b = kTwoOverPi[word] << shift;
  return shift == 0 ? b : b | kTwoOverPi[word + 1] >> (64 - shift);
}

// The 53 bits of the 256-bit number w (most significant word first) below its first `skip` bits.
double take_53(const std::uint64_t w[4], int skip) {
  int word = skip / 64;
  int shift = skip % 64;
  if (word > 3) return 0.0;
  std::uint64_t b = w[word] << shift;
  if (shift != 0 && word < 3) b |= w[word + 1] >> (64 - shift);
  return static_cast<double>(b >> 11);
}

double power(int n) {
  std::uint64_t b = static_cast<std::uint64_t>(n + 1023) << 52;
  double d;
  std::memcpy(&d, &b, 8);
  return d;
}

Reduced<V> reduce_large(double x) {
  std::uint64_t b;
  std::memcpy(&b, &x, 8);
  int e = static_cast<int>(b >> 52 & 0x7ff) - 1075;
  std::uint64_t m = (b & 0x000fffffffffffff) | 0x0010000000000000;
  // product = m * (256 bits of 2/pi) modulo 2^256, most significant word first.
  std::uint64_t product[4];
  unsigned __int128 carry = 0;
  for (int i = 3; i >= 0; --i) {
    carry += static_cast<unsigned __int128>(m) * two_over_pi_bits(e - 2 + 64 * i);
    product[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
  std::uint64_t quadrant = product[0] >> 62;
  for (int i = 0; i < 4; ++i) product[i] = product[i] << 2 | (i < 3 ? product[i + 1] >> 62 : 0);
  bool negative = product[0] >> 63 != 0;
  if (negative) {  // the nearest multiple is the next one: one minus the fraction
    ++quadrant;
    for (std::uint64_t& word : product) word = ~word;
  }
  int skip = 0;
  while (skip < 200 && (product[skip / 64] >> (63 - skip % 64) & 1) == 0) ++skip;
  V hi = take_53(product, skip) * power(-53 - skip);
  V lo = take_53(product, skip + 53) * power(-106 - skip);
  Two<V> r = two_product(hi, V(0x1.921fb54442d18p+0));
  r.lo = r.lo + (hi * 0x1.1a62633145c07p-54 + lo * 0x1.921fb54442d18p+0);
  r = fast_two_sum(r.hi, r.lo);
  // sin(-x) = -sin(x): a negative x mirrors the angle and the quadrant.
  bool mirrored = negative != (x < 0);
  if (x < 0) quadrant = 0 - quadrant;
  if (mirrored) r = {-r.hi, -r.lo};
  return {r.hi, r.lo, V::Int(static_cast<std::int64_t>(quadrant & 3))};
}

Reduced<V> reduce(double x) {
  if (__builtin_fabs(x) > kTrigLimit && __builtin_fabs(x) < kInfinity) return reduce_large(x);
  Bad<V> bad;
  return reduce_quadrant(V(x), bad);
}

}  // namespace

double sin(double x) { return sin_quadrant(reduce(x)).raw; }

double cos(double x) {
  Reduced<V> r = reduce(x);
  r.quadrant = r.quadrant + V::Int(1);
  return sin_quadrant(r).raw;
}

double tan(double x) {
  if (__builtin_fabs(x) < 0x1p-28) return x;
  return tan_quadrant(reduce(x)).raw;
}

}  // namespace me::vmath::slow
