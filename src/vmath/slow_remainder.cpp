// Slow paths of the remainders and of fma, in integers. Enters: any float64 values; leaves: the
// exact remainder, or x y + z rounded once.
//
// fmod subtracts shifted multiples of the divisor's mantissa, one bit of the quotient at a time: at
// most 2100 short steps. fma multiplies two 53-bit mantissas into 128 bits, aligns z, keeps what is
// shifted out as one sticky bit and rounds once, at the subnormal position where needed.
// Example: fmod(1e300, 3) = 1 or 2 exactly, though the quotient has 995 bits.
// Proved by tests/accuracy, whose points cover all exponents.
#include <bit>
#include <cstdint>
#include <utility>

#include "vmath/native_value.h"
#include "vmath/remainder.h"
#include "vmath/slow.h"

namespace me::vmath::slow {
namespace {

using Wide = unsigned __int128;

constexpr std::uint64_t kHidden = 0x0010000000000000;

// |x| = mantissa * 2^exponent of a finite x.
struct Parts {
  std::uint64_t mantissa;
  int exponent;
};

Parts parts_of(double x) {
  std::uint64_t b = std::bit_cast<std::uint64_t>(x);
  int e = static_cast<int>(b >> 52 & 0x7ff);
  std::uint64_t m = b & (kHidden - 1);
  return e == 0 ? Parts{m, -1074} : Parts{m | kHidden, e - 1075};
}

bool is_finite(double x) { return __builtin_fabs(x) < kInfinity; }

// mantissa * 2^exponent for a mantissa below 2^53 with the result known to be representable.
double build(std::uint64_t mantissa, int exponent) {
  if (mantissa == 0) return 0.0;
  int shift = std::countl_zero(mantissa) - 11;
  if (exponent - shift < -1074) shift = exponent + 1074;
  mantissa <<= shift;
  exponent -= shift;
  std::uint64_t field = mantissa < kHidden ? 0 : static_cast<std::uint64_t>(exponent + 1075);
  return std::bit_cast<double>(field << 52 | (mantissa & (kHidden - 1)));
}

// |x| modulo |y| for finite x and finite non-zero y, and the lowest bit of the quotient.
struct Rest {
  double value;
  bool odd;
};

Rest rest_of(double x, double y) {
  Parts a = parts_of(x);
  Parts b = parts_of(y);
  if (__builtin_fabs(x) < __builtin_fabs(y)) return {__builtin_fabs(x), false};
  // a is at least b, so its exponent is not below that of b.
  std::uint64_t m = a.mantissa % b.mantissa;
  bool odd = (a.mantissa / b.mantissa & 1) != 0;
  for (int e = a.exponent; e > b.exponent; --e) {
    m <<= 1;
    odd = m >= b.mantissa;
    if (odd) m -= b.mantissa;
  }
  return {build(m, b.exponent), odd};
}

// v * 2^exponent rounded to nearest even; `sticky` says that a little more than v is meant.
double round_wide(Wide v, int exponent, bool sticky) {
  if (v == 0) return 0.0;
  std::uint64_t high = static_cast<std::uint64_t>(v >> 64);
  int top = high != 0 ? 127 - std::countl_zero(high)
                      : 63 - std::countl_zero(static_cast<std::uint64_t>(v));
  int drop = top - 52;
  if (exponent + drop < -1074) drop = -1074 - exponent;
  if (drop > 127) return 0.0;
  std::uint64_t kept;
  if (drop <= 0) {
    kept = static_cast<std::uint64_t>(v) << -drop;
  } else {
    kept = static_cast<std::uint64_t>(v >> drop);
    Wide lost = v & ((Wide{1} << drop) - 1);
    Wide half = Wide{1} << (drop - 1);
    if (lost > half || (lost == half && (sticky || (kept & 1) != 0))) ++kept;
  }
  int e = exponent + drop;
  if (kept == kHidden << 1) {
    kept >>= 1;
    ++e;
  }
  if (e > 971) return kInfinity;
  return build(kept, e);
}

}  // namespace

double fmod(double x, double y) {
  if (!is_finite(x) || y == 0 || y != y) return kNaN;
  if (!is_finite(y)) return x;
  return __builtin_copysign(rest_of(x, y).value, x);
}

double remainder(double x, double y) {
  if (!is_finite(x) || y == 0 || y != y) return kNaN;
  if (!is_finite(y)) return x;
  Rest r = rest_of(x, y);
  double ay = __builtin_fabs(y);
  double twice = r.value + r.value;
  double value = twice > ay || (twice == ay && r.odd) ? r.value - ay : r.value;
  return __builtin_signbit(x) ? -value : value;
}

double mod(double x, double y) {
  return floored_remainder(Native<1>(fmod(x, y)), Native<1>(y)).raw;
}

double floor_divide(double x, double y) {
  return floored_quotient(Native<1>(x), Native<1>(y), Native<1>(fmod(x, y))).raw;
}

double fma(double x, double y, double z) {
  if (is_finite(x) && is_finite(y) && !is_finite(z)) return z;
  if (!is_finite(x) || !is_finite(y) || x == 0 || y == 0) return x * y + z;
  Parts a = parts_of(x);
  Parts b = parts_of(y);
  Parts c = parts_of(z);
  bool product_negative = __builtin_signbit(x) != __builtin_signbit(y);
  bool z_negative = __builtin_signbit(z);
  // Both numbers with their top bit at 125: room for a carry above, 20 empty bits below.
  auto normalise = [](Wide v, int& exponent) {
    while ((v >> 125) == 0) {
      v <<= 1;
      --exponent;
    }
    return v;
  };
  int pe = a.exponent + b.exponent;
  Wide p = normalise(static_cast<Wide>(a.mantissa) * b.mantissa, pe);
  if (c.mantissa == 0) {
    double r = round_wide(p, pe, false);
    return product_negative ? -r : r;
  }
  int ze = c.exponent;
  Wide q = normalise(c.mantissa, ze);
  if (pe < ze || (pe == ze && p < q)) {
    std::swap(p, q);
    std::swap(pe, ze);
    std::swap(product_negative, z_negative);
  }
  // p is the larger one. What q loses on the way is one bit below everything else.
  int shift = pe - ze;
  bool sticky = false;
  if (shift > 127) {
    sticky = true;
    q = 0;
  } else if (shift > 0) {
    sticky = (q & ((Wide{1} << shift) - 1)) != 0;
    q >>= shift;
  }
  Wide sum;
  if (product_negative == z_negative) {
    sum = p + q;
  } else {
    sum = p - q - (sticky ? 1 : 0);
    if (sum == 0 && !sticky) return 0.0;
  }
  double r = round_wide(sum, pe, sticky);
  return product_negative ? -r : r;
}

}  // namespace me::vmath::slow
