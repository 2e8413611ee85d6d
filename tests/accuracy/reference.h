// References in 113-bit precision: quad::name(x) has the meaning of the recipe of the same name.
#pragma once

#include <quadmath.h>

#include <cmath>

namespace quad {

using Q = __float128;

inline Q exp(Q x) { return expq(x); }
inline Q exp2(Q x) { return exp2q(x); }
inline Q exp10(Q x) { return powq(10, x); }
inline Q expm1(Q x) { return expm1q(x); }
inline Q log(Q x) { return logq(x); }
inline Q log2(Q x) { return log2q(x); }
inline Q log10(Q x) { return log10q(x); }
inline Q log1p(Q x) { return log1pq(x); }
inline Q pow(Q x, Q y) { return powq(x, y); }
inline Q cbrt(Q x) { return cbrtq(x); }
inline Q hypot(Q x, Q y) { return hypotq(x, y); }
inline Q logaddexp(Q x, Q y) {
  if (isnanq(x) || isnanq(y)) return nanq("");
  if (x == y && isinfq(x)) return x;
  Q hi = x > y ? x : y;
  Q lo = x > y ? y : x;
  return hi + log1pq(expq(lo - hi));
}
inline Q logaddexp2(Q x, Q y) {
  if (isnanq(x) || isnanq(y)) return nanq("");
  if (x == y && isinfq(x)) return x;
  Q hi = x > y ? x : y;
  Q lo = x > y ? y : x;
  return hi + log1pq(exp2q(lo - hi)) * M_LOG2Eq;
}

inline Q sin(Q x) { return sinq(x); }
inline Q cos(Q x) { return cosq(x); }
inline Q tan(Q x) { return tanq(x); }
// sin(pi x): x less its nearest multiple of 1/2, which is exact, and the quadrant.
inline Q turned(Q x, int more) {
  if (!finiteq(x)) return nanq("");
  Q n = rintq(x * 2);
  Q r = (x - n / 2) * M_PIq;
  int quadrant = (static_cast<int>(fmodq(n, 4)) + more + 4) % 4;
  Q v = quadrant % 2 == 0 ? sinq(r) : cosq(r);
  return quadrant >= 2 ? -v : v;
}
inline Q sinpi(Q x) {
  Q v = turned(x, 0);
  return v == 0 ? copysignq(0, x) : v;
}
inline Q cospi(Q x) { return turned(x, 1) + 0; }
inline Q asin(Q x) { return asinq(x); }
inline Q acos(Q x) { return acosq(x); }
inline Q atan(Q x) { return atanq(x); }
inline Q atan2(Q y, Q x) { return atan2q(y, x); }
inline Q sinh(Q x) { return sinhq(x); }
inline Q cosh(Q x) { return coshq(x); }
inline Q tanh(Q x) { return tanhq(x); }
inline Q expit(Q x) { return 1 / (1 + expq(-x)); }
inline Q asinh(Q x) { return asinhq(x); }
inline Q acosh(Q x) { return acoshq(x); }
inline Q atanh(Q x) { return atanhq(x); }
inline Q erf(Q x) { return erfq(x); }
inline Q erfc(Q x) { return erfcq(x); }
inline Q tgamma(Q x) { return tgammaq(x); }
inline Q lgamma(Q x) { return lgammaq(x); }

// Exact results, by definition those of float64: the C library's are used as they are.
inline Q fmod(Q x, Q y) { return std::fmod(double(x), double(y)); }
inline Q remainder(Q x, Q y) { return std::remainder(double(x), double(y)); }
inline Q fma(Q x, Q y, Q z) { return std::fma(double(x), double(y), double(z)); }
inline Q ldexp(Q x, Q n) {
  if (isnanq(x) || isnanq(n)) return nanq("");
  return std::ldexp(double(x), n > 5000 ? 5000 : n < -5000 ? -5000 : int(rintq(n)));
}
// NumPy's definitions.
inline Q mod(Q x, Q y) {
  double m = std::fmod(double(x), double(y));
  if (m == 0) return std::copysign(0.0, double(y));
  return (y < 0) != (m < 0) ? m + double(y) : m;
}
inline Q floor_divide(Q x, Q y) {
  double a = double(x);
  double b = double(y);
  if (b == 0) return a / b;
  double m = std::fmod(a, b);
  double div = (a - m) / b;
  if (m != 0 && (b < 0) != (m < 0)) div -= 1;
  if (div == 0) return std::copysign(0.0, a / b);
  double whole = std::floor(div);
  return div - whole > 0.5 ? whole + 1 : whole;
}

}  // namespace quad
