// The value concept over native lanes: Native<N> with N = 1, 2, 4, 8 float64 lanes.
//
// N = 1 is a plain double. N up to the lanes of the target's registers is one GCC / clang vector;
// wider ones are a pair of halves. All of them give the same bits. Files that use this header must
// be compiled with -ffp-contract=off. The inline namespace keeps the code of translation units
// apart that are built for different instruction sets.
//
// Beyond the concept: load and store (any alignment, double or float; float is promoted exactly and
// demoted with rounding to nearest), lane(i), any(mask), lane(mask, i).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "vmath/tables.h"
#include "vmath/value.h"

#if defined(__SSE4_1__) || defined(__AVX__)
#include <immintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace me::vmath {

#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define ME_VMATH_ISA avx512
inline namespace avx512 {
inline constexpr int kHardwareLanes = 8;
#elif defined(__AVX2__)
#define ME_VMATH_ISA avx2
inline namespace avx2 {
inline constexpr int kHardwareLanes = 4;
#elif defined(__SSE4_1__)
#define ME_VMATH_ISA sse4
inline namespace sse4 {
inline constexpr int kHardwareLanes = 2;
#else
#define ME_VMATH_ISA generic
inline namespace generic {
inline constexpr int kHardwareLanes = 2;
#endif

template <int N>
struct Native;
template <int N>
struct NativeInt;
template <int N>
struct NativeMask;
template <int N>
NativeInt<N> mask_bits(const NativeMask<N>& m);

// ---- one lane -------------------------------------------------------------------------------

template <>
struct NativeMask<1> {
  bool set;
  explicit NativeMask(bool b) : set(b) {}
  static NativeMask none() { return NativeMask(false); }
  friend NativeMask operator&(const NativeMask& a, const NativeMask& b) {
    return NativeMask(a.set & b.set);
  }
  friend NativeMask operator|(const NativeMask& a, const NativeMask& b) {
    return NativeMask(a.set | b.set);
  }
  friend NativeMask operator~(const NativeMask& a) { return NativeMask(!a.set); }
  friend bool any(const NativeMask& a) { return a.set; }
  friend bool lane(const NativeMask& a, int) { return a.set; }
};

template <>
struct NativeInt<1> {
  std::int64_t raw;
  explicit NativeInt(std::int64_t k) : raw(k) {}

  static NativeInt wrap(std::uint64_t u) { return NativeInt(static_cast<std::int64_t>(u)); }
  std::uint64_t u() const { return static_cast<std::uint64_t>(raw); }

  friend NativeInt operator+(const NativeInt& a, const NativeInt& b) { return wrap(a.u() + b.u()); }
  friend NativeInt operator-(const NativeInt& a, const NativeInt& b) { return wrap(a.u() - b.u()); }
  friend NativeInt operator&(const NativeInt& a, const NativeInt& b) { return wrap(a.u() & b.u()); }
  friend NativeInt operator|(const NativeInt& a, const NativeInt& b) { return wrap(a.u() | b.u()); }
  friend NativeInt operator^(const NativeInt& a, const NativeInt& b) { return wrap(a.u() ^ b.u()); }
  friend NativeInt shl(const NativeInt& a, int k) { return wrap(a.u() << k); }
  friend NativeInt shr(const NativeInt& a, int k) { return wrap(a.u() >> k); }
  friend NativeInt sar(const NativeInt& a, int k) { return NativeInt(a.raw >> k); }
  friend NativeMask<1> operator==(const NativeInt& a, const NativeInt& b) {
    return NativeMask<1>(a.raw == b.raw);
  }
  friend NativeMask<1> operator<(const NativeInt& a, const NativeInt& b) {
    return NativeMask<1>(a.raw < b.raw);
  }
  friend NativeInt select(const NativeMask<1>& m, const NativeInt& a, const NativeInt& b) {
    return m.set ? a : b;
  }
};

template <>
inline NativeInt<1> mask_bits(const NativeMask<1>& m) {
  return NativeInt<1>(-static_cast<std::int64_t>(m.set));
}

namespace detail {

inline double nearest_exact(double x) {
  double r = (__builtin_fabs(x) + 0x1p52) - 0x1p52;
  return __builtin_fabs(x) < 0x1p52 ? __builtin_copysign(r, x) : x;
}
inline double floor_exact(double x) {
  double r = nearest_exact(x);
  return __builtin_copysign(r > x ? r - 1.0 : r, x);
}
inline double ceil_exact(double x) {
  double r = nearest_exact(x);
  return __builtin_copysign(r < x ? r + 1.0 : r, x);
}

}  // namespace detail

template <>
struct Native<1> {
  using Int = NativeInt<1>;
  using Mask = NativeMask<1>;
  static constexpr int kLanes = 1;
  double raw;

  Native() : raw(0) {}
  Native(double d) : raw(d) {}  // implicit: constants stand next to values
  static Native load(const double* p) { return Native(*p); }
  static Native load(const float* p) { return Native(static_cast<double>(*p)); }
  void store(double* p) const { *p = raw; }
  void store(float* p) const { *p = static_cast<float>(raw); }
  double lane(int) const { return raw; }

  static Native from_bits(const Int& i) {
    Native r;
    std::memcpy(&r.raw, &i.raw, 8);
    return r;
  }
  static Native table(std::size_t offset, const Int& i) {
    const char* base = reinterpret_cast<const char*>(&kTables) + offset;
    return Native(reinterpret_cast<const double*>(base)[i.raw]);
  }
  static void table_pair(std::size_t offset, const Int& i, Native& a, Native& b) {
    const char* base = reinterpret_cast<const char*>(&kTables) + offset;
    const double* p = reinterpret_cast<const double*>(base) + 2 * i.raw;
    a = Native(p[0]);
    b = Native(p[1]);
  }

  friend Native operator+(const Native& a, const Native& b) { return Native(a.raw + b.raw); }
  friend Native operator-(const Native& a, const Native& b) { return Native(a.raw - b.raw); }
  friend Native operator*(const Native& a, const Native& b) { return Native(a.raw * b.raw); }
  friend Native operator/(const Native& a, const Native& b) { return Native(a.raw / b.raw); }
  friend Native operator-(const Native& a) { return Native(-a.raw); }
  friend Native abs(const Native& a) { return Native(__builtin_fabs(a.raw)); }
  friend Native sqrt(const Native& a) { return Native(__builtin_sqrt(a.raw)); }
#if defined(__SSE4_1__) || defined(__wasm__)
  friend Native floor(const Native& a) { return Native(__builtin_floor(a.raw)); }
  friend Native ceil(const Native& a) { return Native(__builtin_ceil(a.raw)); }
  friend Native trunc(const Native& a) { return Native(__builtin_trunc(a.raw)); }
  friend Native nearest(const Native& a) { return Native(__builtin_nearbyint(a.raw)); }
#else
  friend Native floor(const Native& a) { return Native(detail::floor_exact(a.raw)); }
  friend Native ceil(const Native& a) { return Native(detail::ceil_exact(a.raw)); }
  friend Native trunc(const Native& a) {
    double r = detail::floor_exact(__builtin_fabs(a.raw));
    return Native(__builtin_copysign(r, a.raw));
  }
  friend Native nearest(const Native& a) { return Native(detail::nearest_exact(a.raw)); }
#endif
  friend Native pmin(const Native& a, const Native& b) { return b.raw < a.raw ? b : a; }
  friend Native pmax(const Native& a, const Native& b) { return a.raw < b.raw ? b : a; }
  friend Mask operator==(const Native& a, const Native& b) { return Mask(a.raw == b.raw); }
  friend Mask operator!=(const Native& a, const Native& b) { return Mask(a.raw != b.raw); }
  friend Mask operator<(const Native& a, const Native& b) { return Mask(a.raw < b.raw); }
  friend Mask operator<=(const Native& a, const Native& b) { return Mask(a.raw <= b.raw); }
  friend Mask operator>(const Native& a, const Native& b) { return Mask(a.raw > b.raw); }
  friend Mask operator>=(const Native& a, const Native& b) { return Mask(a.raw >= b.raw); }
  friend Int bits(const Native& a) {
    std::int64_t i;
    std::memcpy(&i, &a.raw, 8);
    return Int(i);
  }
  friend Native select(const Mask& m, const Native& a, const Native& b) { return m.set ? a : b; }
};

// ---- one register ---------------------------------------------------------------------------

namespace detail {

template <int N>
struct Register;

// clang-format off
#define ME_REGISTER(N)                                                     \
  template <>                                                              \
  struct Register<N> {                                                     \
    typedef double F64 __attribute__((vector_size(8 * N)));                \
    typedef float F32 __attribute__((vector_size(4 * N)));                 \
    typedef std::int64_t I64 __attribute__((vector_size(8 * N)));          \
    typedef std::uint64_t U64 __attribute__((vector_size(8 * N)));         \
  };
// clang-format on
ME_REGISTER(2)
#if defined(__AVX2__)
ME_REGISTER(4)
#endif
#if defined(__AVX512F__)
ME_REGISTER(8)
#endif
#undef ME_REGISTER

}  // namespace detail

template <int N>
  requires(N > 1 && N <= kHardwareLanes)
struct NativeMask<N> {
  using Raw = typename detail::Register<N>::I64;
  Raw raw;
  explicit NativeMask(Raw r) : raw(r) {}
  static NativeMask none() { return NativeMask(Raw{}); }
  friend NativeMask operator&(const NativeMask& a, const NativeMask& b) {
    return NativeMask(a.raw & b.raw);
  }
  friend NativeMask operator|(const NativeMask& a, const NativeMask& b) {
    return NativeMask(a.raw | b.raw);
  }
  friend NativeMask operator~(const NativeMask& a) { return NativeMask(~a.raw); }
  friend bool any(const NativeMask& a) {
#if defined(__SSE4_1__)
    if constexpr (N == 2) return !_mm_testz_si128((__m128i)a.raw, (__m128i)a.raw);
#endif
#if defined(__AVX2__)
    if constexpr (N == 4) return !_mm256_testz_si256((__m256i)a.raw, (__m256i)a.raw);
#endif
    std::int64_t all = 0;
    for (int i = 0; i < N; ++i) all |= a.raw[i];
    return all != 0;
  }
  friend bool lane(const NativeMask& a, int i) { return a.raw[i] != 0; }
};

template <int N>
  requires(N > 1 && N <= kHardwareLanes)
struct NativeInt<N> {
  using Raw = typename detail::Register<N>::I64;
  using Unsigned = typename detail::Register<N>::U64;
  Raw raw;
  explicit NativeInt(Raw r) : raw(r) {}
  explicit NativeInt(Unsigned u) : raw((Raw)u) {}
  explicit NativeInt(std::int64_t k) : raw(Raw{} + k) {}
  Unsigned u() const { return (Unsigned)raw; }

  friend NativeInt operator+(const NativeInt& a, const NativeInt& b) {
    return NativeInt(a.u() + b.u());
  }
  friend NativeInt operator-(const NativeInt& a, const NativeInt& b) {
    return NativeInt(a.u() - b.u());
  }
  friend NativeInt operator&(const NativeInt& a, const NativeInt& b) {
    return NativeInt(a.raw & b.raw);
  }
  friend NativeInt operator|(const NativeInt& a, const NativeInt& b) {
    return NativeInt(a.raw | b.raw);
  }
  friend NativeInt operator^(const NativeInt& a, const NativeInt& b) {
    return NativeInt(a.raw ^ b.raw);
  }
  friend NativeInt shl(const NativeInt& a, int k) { return NativeInt(a.u() << k); }
  friend NativeInt shr(const NativeInt& a, int k) { return NativeInt(a.u() >> k); }
  friend NativeInt sar(const NativeInt& a, int k) { return NativeInt(a.raw >> k); }
  friend NativeMask<N> operator==(const NativeInt& a, const NativeInt& b) {
    return NativeMask<N>(a.raw == b.raw);
  }
  friend NativeMask<N> operator<(const NativeInt& a, const NativeInt& b) {
    return NativeMask<N>(a.raw < b.raw);
  }
  friend NativeInt select(const NativeMask<N>& m, const NativeInt& a, const NativeInt& b) {
    return NativeInt(m.raw ? a.raw : b.raw);
  }
};

namespace detail {

// Whole-register operations that vector extensions have no spelling for, and comparisons and
// selects, for which GCC's lowering of combined masks falls back to single lanes.
#if defined(__SSE4_1__)
using F64x2 = Register<2>::F64;
inline F64x2 sqrt_lanes(F64x2 a) { return _mm_sqrt_pd(a); }
inline F64x2 floor_lanes(F64x2 a) { return _mm_floor_pd(a); }
inline F64x2 ceil_lanes(F64x2 a) { return _mm_ceil_pd(a); }
inline F64x2 trunc_lanes(F64x2 a) { return _mm_round_pd(a, 3 | 8); }
inline F64x2 nearest_lanes(F64x2 a) { return _mm_round_pd(a, 0 | 8); }
inline F64x2 pmin_lanes(F64x2 a, F64x2 b) { return _mm_min_pd(b, a); }
inline Register<2>::I64 eq_lanes(F64x2 a, F64x2 b) { return (Register<2>::I64)_mm_cmpeq_pd(a, b); }
inline Register<2>::I64 ne_lanes(F64x2 a, F64x2 b) { return (Register<2>::I64)_mm_cmpneq_pd(a, b); }
inline Register<2>::I64 lt_lanes(F64x2 a, F64x2 b) { return (Register<2>::I64)_mm_cmplt_pd(a, b); }
inline Register<2>::I64 le_lanes(F64x2 a, F64x2 b) { return (Register<2>::I64)_mm_cmple_pd(a, b); }
inline F64x2 select_lanes(Register<2>::I64 m, F64x2 a, F64x2 b) {
  return _mm_blendv_pd(b, a, (__m128d)m);
}
inline F64x2 pmax_lanes(F64x2 a, F64x2 b) { return _mm_max_pd(b, a); }
#endif
#if defined(__AVX2__)
using F64x4 = Register<4>::F64;
inline F64x4 sqrt_lanes(F64x4 a) { return _mm256_sqrt_pd(a); }
inline F64x4 floor_lanes(F64x4 a) { return _mm256_floor_pd(a); }
inline F64x4 ceil_lanes(F64x4 a) { return _mm256_ceil_pd(a); }
inline F64x4 trunc_lanes(F64x4 a) { return _mm256_round_pd(a, 3 | 8); }
inline F64x4 nearest_lanes(F64x4 a) { return _mm256_round_pd(a, 0 | 8); }
inline F64x4 pmin_lanes(F64x4 a, F64x4 b) { return _mm256_min_pd(b, a); }
inline Register<4>::I64 eq_lanes(F64x4 a, F64x4 b) {
  return (Register<4>::I64)_mm256_cmp_pd(a, b, _CMP_EQ_OQ);
}
inline Register<4>::I64 ne_lanes(F64x4 a, F64x4 b) {
  return (Register<4>::I64)_mm256_cmp_pd(a, b, _CMP_NEQ_UQ);
}
inline Register<4>::I64 lt_lanes(F64x4 a, F64x4 b) {
  return (Register<4>::I64)_mm256_cmp_pd(a, b, _CMP_LT_OQ);
}
inline Register<4>::I64 le_lanes(F64x4 a, F64x4 b) {
  return (Register<4>::I64)_mm256_cmp_pd(a, b, _CMP_LE_OQ);
}
inline F64x4 select_lanes(Register<4>::I64 m, F64x4 a, F64x4 b) {
  return _mm256_blendv_pd(b, a, (__m256d)m);
}
inline F64x4 pmax_lanes(F64x4 a, F64x4 b) { return _mm256_max_pd(b, a); }
#endif
#if defined(__AVX512F__)
using F64x8 = Register<8>::F64;
inline F64x8 sqrt_lanes(F64x8 a) { return _mm512_maskz_sqrt_pd(0xff, a); }
inline F64x8 floor_lanes(F64x8 a) { return _mm512_maskz_roundscale_pd(0xff, a, 1 | 8); }
inline F64x8 ceil_lanes(F64x8 a) { return _mm512_maskz_roundscale_pd(0xff, a, 2 | 8); }
inline F64x8 trunc_lanes(F64x8 a) { return _mm512_maskz_roundscale_pd(0xff, a, 3 | 8); }
inline F64x8 nearest_lanes(F64x8 a) { return _mm512_maskz_roundscale_pd(0xff, a, 0 | 8); }
inline F64x8 pmin_lanes(F64x8 a, F64x8 b) { return _mm512_maskz_min_pd(0xff, b, a); }
inline Register<8>::I64 eq_lanes(F64x8 a, F64x8 b) { return (Register<8>::I64)(a == b); }
inline Register<8>::I64 ne_lanes(F64x8 a, F64x8 b) { return (Register<8>::I64)(a != b); }
inline Register<8>::I64 lt_lanes(F64x8 a, F64x8 b) { return (Register<8>::I64)(a < b); }
inline Register<8>::I64 le_lanes(F64x8 a, F64x8 b) { return (Register<8>::I64)(a <= b); }
inline F64x8 select_lanes(Register<8>::I64 m, F64x8 a, F64x8 b) { return m ? a : b; }
inline F64x8 pmax_lanes(F64x8 a, F64x8 b) { return _mm512_maskz_max_pd(0xff, b, a); }
#endif
#if defined(__wasm_simd128__) && !defined(__SSE4_1__)
using F64x2 = Register<2>::F64;
inline F64x2 sqrt_lanes(F64x2 a) { return (F64x2)wasm_f64x2_sqrt((v128_t)a); }
inline F64x2 floor_lanes(F64x2 a) { return (F64x2)wasm_f64x2_floor((v128_t)a); }
inline F64x2 ceil_lanes(F64x2 a) { return (F64x2)wasm_f64x2_ceil((v128_t)a); }
inline F64x2 trunc_lanes(F64x2 a) { return (F64x2)wasm_f64x2_trunc((v128_t)a); }
inline F64x2 nearest_lanes(F64x2 a) { return (F64x2)wasm_f64x2_nearest((v128_t)a); }
inline F64x2 pmin_lanes(F64x2 a, F64x2 b) { return (F64x2)wasm_f64x2_pmin((v128_t)a, (v128_t)b); }
inline F64x2 pmax_lanes(F64x2 a, F64x2 b) { return (F64x2)wasm_f64x2_pmax((v128_t)a, (v128_t)b); }
#elif !defined(__SSE4_1__)
using F64x2 = Register<2>::F64;
template <class F>
inline F64x2 each_lane(F64x2 a, F f) {
  return F64x2{f(Native<1>(a[0])).raw, f(Native<1>(a[1])).raw};
}
inline F64x2 sqrt_lanes(F64x2 a) {
  return each_lane(a, [](Native<1> x) { return sqrt(x); });
}
inline F64x2 floor_lanes(F64x2 a) {
  return each_lane(a, [](Native<1> x) { return floor(x); });
}
inline F64x2 ceil_lanes(F64x2 a) {
  return each_lane(a, [](Native<1> x) { return ceil(x); });
}
inline F64x2 trunc_lanes(F64x2 a) {
  return each_lane(a, [](Native<1> x) { return trunc(x); });
}
inline F64x2 nearest_lanes(F64x2 a) {
  return each_lane(a, [](Native<1> x) { return nearest(x); });
}
inline F64x2 pmin_lanes(F64x2 a, F64x2 b) { return b < a ? b : a; }
inline F64x2 pmax_lanes(F64x2 a, F64x2 b) { return a < b ? b : a; }
#endif
#if !defined(__SSE4_1__)
inline Register<2>::I64 eq_lanes(F64x2 a, F64x2 b) { return (Register<2>::I64)(a == b); }
inline Register<2>::I64 ne_lanes(F64x2 a, F64x2 b) { return (Register<2>::I64)(a != b); }
inline Register<2>::I64 lt_lanes(F64x2 a, F64x2 b) { return (Register<2>::I64)(a < b); }
inline Register<2>::I64 le_lanes(F64x2 a, F64x2 b) { return (Register<2>::I64)(a <= b); }
inline F64x2 select_lanes(Register<2>::I64 m, F64x2 a, F64x2 b) { return m ? a : b; }
#endif

}  // namespace detail

template <int N>
  requires(N > 1 && N <= kHardwareLanes)
struct Native<N> {
  using Raw = typename detail::Register<N>::F64;
  using Narrow = typename detail::Register<N>::F32;
  using Int = NativeInt<N>;
  using Mask = NativeMask<N>;
  static constexpr int kLanes = N;
  Raw raw;

  Native() : raw(Raw{}) {}
  explicit Native(Raw r) : raw(r) {}
  Native(double d) : raw(splat(d)) {}  // implicit: constants stand next to values
  static Native load(const double* p) {
    Native r;
    std::memcpy(&r.raw, p, sizeof r.raw);
    return r;
  }
  static Native load(const float* p) {
    Narrow n;
    std::memcpy(&n, p, sizeof n);
    return Native(__builtin_convertvector(n, Raw));
  }
  void store(double* p) const { std::memcpy(p, &raw, sizeof raw); }
  void store(float* p) const {
    Narrow n = __builtin_convertvector(raw, Narrow);
    std::memcpy(p, &n, sizeof n);
  }
  double lane(int i) const { return raw[i]; }

  static Native from_bits(const Int& i) { return Native((Raw)i.raw); }
  static Native table(std::size_t offset, const Int& i) {
    const char* base = reinterpret_cast<const char*>(&kTables) + offset;
    const double* p = reinterpret_cast<const double*>(base);
    Native r;
    for (int k = 0; k < N; ++k) r.raw[k] = p[i.raw[k]];
    return r;
  }
  static void table_pair(std::size_t offset, const Int& i, Native& a, Native& b) {
    const char* base = reinterpret_cast<const char*>(&kTables) + offset;
    const double* p = reinterpret_cast<const double*>(base);
    for (int k = 0; k < N; ++k) {
      const double* q = p + 2 * i.raw[k];
      a.raw[k] = q[0];
      b.raw[k] = q[1];
    }
  }

  friend Native operator+(const Native& a, const Native& b) { return Native(a.raw + b.raw); }
  friend Native operator-(const Native& a, const Native& b) { return Native(a.raw - b.raw); }
  friend Native operator*(const Native& a, const Native& b) { return Native(a.raw * b.raw); }
  friend Native operator/(const Native& a, const Native& b) { return Native(a.raw / b.raw); }
  friend Native operator-(const Native& a) { return from_bits(bits(a) ^ Int(kSignBit)); }
  friend Native abs(const Native& a) { return from_bits(bits(a) & Int(kAbsBits)); }
  friend Native sqrt(const Native& a) { return Native(detail::sqrt_lanes(a.raw)); }
  friend Native floor(const Native& a) { return Native(detail::floor_lanes(a.raw)); }
  friend Native ceil(const Native& a) { return Native(detail::ceil_lanes(a.raw)); }
  friend Native trunc(const Native& a) { return Native(detail::trunc_lanes(a.raw)); }
  friend Native nearest(const Native& a) { return Native(detail::nearest_lanes(a.raw)); }
  friend Native pmin(const Native& a, const Native& b) {
    return Native(detail::pmin_lanes(a.raw, b.raw));
  }
  friend Native pmax(const Native& a, const Native& b) {
    return Native(detail::pmax_lanes(a.raw, b.raw));
  }
  friend Mask operator==(const Native& a, const Native& b) {
    return Mask(detail::eq_lanes(a.raw, b.raw));
  }
  friend Mask operator!=(const Native& a, const Native& b) {
    return Mask(detail::ne_lanes(a.raw, b.raw));
  }
  friend Mask operator<(const Native& a, const Native& b) {
    return Mask(detail::lt_lanes(a.raw, b.raw));
  }
  friend Mask operator<=(const Native& a, const Native& b) {
    return Mask(detail::le_lanes(a.raw, b.raw));
  }
  friend Mask operator>(const Native& a, const Native& b) {
    return Mask(detail::lt_lanes(b.raw, a.raw));
  }
  friend Mask operator>=(const Native& a, const Native& b) {
    return Mask(detail::le_lanes(b.raw, a.raw));
  }
  friend Int bits(const Native& a) { return Int((typename Int::Raw)a.raw); }
  friend Native select(const Mask& m, const Native& a, const Native& b) {
    return Native(detail::select_lanes(m.raw, a.raw, b.raw));
  }

 private:
  static Raw splat(double d) {
    Raw r;
    for (int i = 0; i < N; ++i) r[i] = d;
    return r;
  }
};

// ---- two halves -----------------------------------------------------------------------------

template <int N>
  requires(N > kHardwareLanes)
struct NativeMask<N> {
  using Half = NativeMask<N / 2>;
  Half lo, hi;
  NativeMask(const Half& l, const Half& h) : lo(l), hi(h) {}
  static NativeMask none() { return {Half::none(), Half::none()}; }
  friend NativeMask operator&(const NativeMask& a, const NativeMask& b) {
    return {a.lo & b.lo, a.hi & b.hi};
  }
  friend NativeMask operator|(const NativeMask& a, const NativeMask& b) {
    return {a.lo | b.lo, a.hi | b.hi};
  }
  friend NativeMask operator~(const NativeMask& a) { return {~a.lo, ~a.hi}; }
  friend bool any(const NativeMask& a) { return any(a.lo | a.hi); }
  friend bool lane(const NativeMask& a, int i) {
    return i < N / 2 ? lane(a.lo, i) : lane(a.hi, i - N / 2);
  }
};

// Spells a function of this concept for a pair of halves.
#define ME_HALVES_1(R, f, T) \
  friend R f(const T& a) { return {f(a.lo), f(a.hi)}; }
#define ME_HALVES_2(R, f, T) \
  friend R f(const T& a, const T& b) { return {f(a.lo, b.lo), f(a.hi, b.hi)}; }
#define ME_HALVES_OP(R, op, T) \
  friend R operator op(const T& a, const T& b) { return {a.lo op b.lo, a.hi op b.hi}; }
#define ME_HALVES_SHIFT(f, T) \
  friend T f(const T& a, int k) { return {f(a.lo, k), f(a.hi, k)}; }

template <int N>
  requires(N > kHardwareLanes)
struct NativeInt<N> {
  using Half = NativeInt<N / 2>;
  using Mask = NativeMask<N>;
  Half lo, hi;
  NativeInt(const Half& l, const Half& h) : lo(l), hi(h) {}
  explicit NativeInt(std::int64_t k) : lo(k), hi(k) {}

  ME_HALVES_OP(NativeInt, +, NativeInt)
  ME_HALVES_OP(NativeInt, -, NativeInt)
  ME_HALVES_OP(NativeInt, &, NativeInt)
  ME_HALVES_OP(NativeInt, |, NativeInt)
  ME_HALVES_OP(NativeInt, ^, NativeInt)
  ME_HALVES_SHIFT(shl, NativeInt)
  ME_HALVES_SHIFT(shr, NativeInt)
  ME_HALVES_SHIFT(sar, NativeInt)
  ME_HALVES_OP(Mask, ==, NativeInt)
  ME_HALVES_OP(Mask, <, NativeInt)
  friend NativeInt select(const Mask& m, const NativeInt& a, const NativeInt& b) {
    return {select(m.lo, a.lo, b.lo), select(m.hi, a.hi, b.hi)};
  }
};

template <int N>
  requires(N > kHardwareLanes)
struct Native<N> {
  using Half = Native<N / 2>;
  using Int = NativeInt<N>;
  using Mask = NativeMask<N>;
  static constexpr int kLanes = N;
  Half lo, hi;

  Native() = default;
  Native(const Half& l, const Half& h) : lo(l), hi(h) {}
  Native(double d) : lo(d), hi(d) {}  // implicit: constants stand next to values
  template <class T>
  static Native load(const T* p) {
    return {Half::load(p), Half::load(p + N / 2)};
  }
  template <class T>
  void store(T* p) const {
    lo.store(p);
    hi.store(p + N / 2);
  }
  double lane(int i) const { return i < N / 2 ? lo.lane(i) : hi.lane(i - N / 2); }

  static Native from_bits(const Int& i) { return {Half::from_bits(i.lo), Half::from_bits(i.hi)}; }
  static Native table(std::size_t offset, const Int& i) {
    return {Half::table(offset, i.lo), Half::table(offset, i.hi)};
  }
  static void table_pair(std::size_t offset, const Int& i, Native& a, Native& b) {
    Half::table_pair(offset, i.lo, a.lo, b.lo);
    Half::table_pair(offset, i.hi, a.hi, b.hi);
  }

  ME_HALVES_OP(Native, +, Native)
  ME_HALVES_OP(Native, -, Native)
  ME_HALVES_OP(Native, *, Native)
  ME_HALVES_OP(Native, /, Native)
  friend Native operator-(const Native& a) { return {-a.lo, -a.hi}; }
  ME_HALVES_1(Native, abs, Native)
  ME_HALVES_1(Native, sqrt, Native)
  ME_HALVES_1(Native, floor, Native)
  ME_HALVES_1(Native, ceil, Native)
  ME_HALVES_1(Native, trunc, Native)
  ME_HALVES_1(Native, nearest, Native)
  ME_HALVES_1(Int, bits, Native)
  ME_HALVES_2(Native, pmin, Native)
  ME_HALVES_2(Native, pmax, Native)
  ME_HALVES_OP(Mask, ==, Native)
  ME_HALVES_OP(Mask, !=, Native)
  ME_HALVES_OP(Mask, <, Native)
  ME_HALVES_OP(Mask, <=, Native)
  ME_HALVES_OP(Mask, >, Native)
  ME_HALVES_OP(Mask, >=, Native)
  friend Native select(const Mask& m, const Native& a, const Native& b) {
    return {select(m.lo, a.lo, b.lo), select(m.hi, a.hi, b.hi)};
  }
};

template <int N>
NativeInt<N> mask_bits(const NativeMask<N>& m) {
  if constexpr (N <= kHardwareLanes) {
    return NativeInt<N>(m.raw);
  } else {
    return NativeInt<N>(mask_bits(m.lo), mask_bits(m.hi));
  }
}

#undef ME_HALVES_1
#undef ME_HALVES_2
#undef ME_HALVES_OP
#undef ME_HALVES_SHIFT

}  // inline namespace (instruction set)

static_assert(Value<Native<1>> && Value<Native<2>> && Value<Native<4>> && Value<Native<8>>);

}  // namespace me::vmath
