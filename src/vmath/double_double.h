// Unevaluated sums of two float64 values (hi + lo), made of plain IEEE operations without FMA.
#pragma once

#include "vmath/value.h"

namespace me::vmath {

template <class V>
struct Two {
  V hi, lo;
};

// a + b exactly. No overflow assumed.
template <class V>
Two<V> two_sum(const V& a, const V& b) {
  V s = a + b;
  V t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}

// a + b exactly when |a| >= |b| or a is zero.
template <class V>
Two<V> fast_two_sum(const V& a, const V& b) {
  V s = a + b;
  return {s, b - (s - a)};
}

// The upper 26 significant bits of a; a - upper_half(a) is exact and has at most 27.
template <class V>
V upper_half(const V& a) {
  return V::from_bits(bits(a) & ints<V>(-0x8000000));
}

// a * b with an error below 2^-106 |a b|: the product of the lower halves may round.
template <class V>
Two<V> two_product(const V& a, const V& b) {
  V p = a * b;
  V ah = upper_half(a);
  V al = a - ah;
  V bh = upper_half(b);
  V bl = b - bh;
  return {p, ((ah * bh - p) + (ah * bl + al * bh)) + al * bl};
}

template <class V>
Two<V> two_square(const V& a) {
  V p = a * a;
  V h = upper_half(a);
  V l = a - h;
  return {p, ((h * h - p) + (h + h) * l) + l * l};
}

// Splits into halves of 26 bits with signs, so that products of halves are exact. |a| < 2^996.
template <class V>
Two<V> split_exactly(const V& a) {
  V t = a * 0x1.0000002p27;
  V h = t - (t - a);
  return {h, a - h};
}

// a * b exactly, provided that nothing overflows and the low part does not underflow.
template <class V>
Two<V> exact_product(const V& a, const V& b) {
  V p = a * b;
  Two<V> x = split_exactly(a);
  Two<V> y = split_exactly(b);
  return {p, ((x.hi * y.hi - p) + x.hi * y.lo + x.lo * y.hi) + x.lo * y.lo};
}

// (a.hi + a.lo) / (b.hi + b.lo) to about 2^-100.
template <class V>
Two<V> divide(const Two<V>& a, const Two<V>& b) {
  V q = a.hi / b.hi;
  Two<V> p = two_product(q, b.hi);
  V rest = ((a.hi - p.hi) - p.lo) + a.lo - q * b.lo;
  return {q, rest / b.hi};
}

// sqrt(a.hi + a.lo) to about 2^-100, a.hi > 0.
template <class V>
Two<V> square_root(const Two<V>& a) {
  V s = sqrt(a.hi);
  Two<V> p = two_square(s);
  V rest = ((a.hi - p.hi) - p.lo) + a.lo;
  return {s, rest / (s + s)};
}

// c0 + c1 x + c2 x^2 + ..., even and odd powers apart, which halves the chain of dependent
// operations.
template <class V, class... C>
V polynomial(const V& x, C... coefficients) {
  constexpr int n = sizeof...(C);
  const double c[n] = {coefficients...};
  if constexpr (n <= 3) {
    V r = c[n - 1];
    for (int k = n - 2; k >= 0; --k) r = r * x + c[k];
    return r;
  } else {
    V xx = x * x;
    V top = c[n - 1];
    V next = c[n - 2];
    for (int k = n - 3; k >= 1; k -= 2) {
      top = top * xx + c[k];
      next = next * xx + c[k - 1];
    }
    if constexpr (n % 2 == 1) {
      top = top * xx + c[0];
      return top + next * x;
    } else {
      return next + top * x;
    }
  }
}

}  // namespace me::vmath
