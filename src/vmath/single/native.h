// The value concept of float32 recipes over native lanes: one hardware register of kNativeLanes.
//
// Beyond the concept: load and store (any alignment), lane(i). any(mask) and lane(mask, i) as in
// vmath/native_value.h, whose remarks hold here, too.
#pragma once

#include <cstdint>
#include <cstring>

#include "vmath/native_value.h"
#include "vmath/single/value.h"

namespace me::vmath::single {
inline namespace ME_VMATH_ISA {

inline constexpr int kNativeLanes = 2 * kHardwareLanes;

typedef float F32s __attribute__((vector_size(4 * kNativeLanes)));
typedef std::int32_t I32s __attribute__((vector_size(4 * kNativeLanes)));
typedef std::uint32_t U32s __attribute__((vector_size(4 * kNativeLanes)));

namespace detail {

// What vector extensions have no spelling for, or none that GCC makes one instruction of. The
// unmasked intrinsics of AVX-512 would make it warn of values that are not initialised.
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
using Half = vmath::detail::Register<8>::F64;
inline F32s trunc_lanes(F32s a) { return _mm512_maskz_roundscale_ps(0xffff, a, 3 | 8); }
inline F32s pmin_lanes(F32s a, F32s b) { return _mm512_maskz_min_ps(0xffff, b, a); }
inline F32s pmax_lanes(F32s a, F32s b) { return _mm512_maskz_max_ps(0xffff, b, a); }
inline I32s eq_lanes(F32s a, F32s b) { return (I32s)(a == b); }
inline I32s ne_lanes(F32s a, F32s b) { return (I32s)(a != b); }
inline I32s lt_lanes(F32s a, F32s b) { return (I32s)(a < b); }
inline I32s le_lanes(F32s a, F32s b) { return (I32s)(a <= b); }
inline F32s select_lanes(I32s m, F32s a, F32s b) { return m ? a : b; }
inline bool any_lane(I32s m) { return _mm512_test_epi32_mask((__m512i)m, (__m512i)m) != 0; }
inline Half widen_low(F32s a) {
  return _mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, a, 0));
}
inline Half widen_high(F32s a) {
  return _mm512_maskz_cvtps_pd(0xff, _mm512_maskz_extractf32x8_ps(0xff, a, 1));
}
inline __m256 narrow_half(Half a) { return _mm512_maskz_cvtpd_ps(0xff, a); }
inline F32s narrow_both(Half lo, Half hi) {
  return _mm512_maskz_insertf32x8(0xffff, _mm512_castps256_ps512(narrow_half(lo)),
                                  narrow_half(hi), 1);
}
#elif defined(__AVX2__)
using Half = vmath::detail::Register<4>::F64;
inline F32s trunc_lanes(F32s a) { return _mm256_round_ps(a, 3 | 8); }
inline F32s pmin_lanes(F32s a, F32s b) { return _mm256_min_ps(b, a); }
inline F32s pmax_lanes(F32s a, F32s b) { return _mm256_max_ps(b, a); }
inline I32s eq_lanes(F32s a, F32s b) { return (I32s)_mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
inline I32s ne_lanes(F32s a, F32s b) { return (I32s)_mm256_cmp_ps(a, b, _CMP_NEQ_UQ); }
inline I32s lt_lanes(F32s a, F32s b) { return (I32s)_mm256_cmp_ps(a, b, _CMP_LT_OQ); }
inline I32s le_lanes(F32s a, F32s b) { return (I32s)_mm256_cmp_ps(a, b, _CMP_LE_OQ); }
inline F32s select_lanes(I32s m, F32s a, F32s b) { return _mm256_blendv_ps(b, a, (__m256)m); }
inline bool any_lane(I32s m) { return !_mm256_testz_si256((__m256i)m, (__m256i)m); }
inline Half widen_low(F32s a) { return _mm256_cvtps_pd(_mm256_castps256_ps128(a)); }
inline Half widen_high(F32s a) { return _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1)); }
inline F32s narrow_both(Half lo, Half hi) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(lo)), _mm256_cvtpd_ps(hi), 1);
}
#else
using Half = vmath::detail::Register<2>::F64;
#if defined(__SSE4_1__)
inline F32s trunc_lanes(F32s a) { return _mm_round_ps(a, 3 | 8); }
inline F32s pmin_lanes(F32s a, F32s b) { return _mm_min_ps(b, a); }
inline F32s pmax_lanes(F32s a, F32s b) { return _mm_max_ps(b, a); }
inline I32s eq_lanes(F32s a, F32s b) { return (I32s)_mm_cmpeq_ps(a, b); }
inline I32s ne_lanes(F32s a, F32s b) { return (I32s)_mm_cmpneq_ps(a, b); }
inline I32s lt_lanes(F32s a, F32s b) { return (I32s)_mm_cmplt_ps(a, b); }
inline I32s le_lanes(F32s a, F32s b) { return (I32s)_mm_cmple_ps(a, b); }
inline F32s select_lanes(I32s m, F32s a, F32s b) { return _mm_blendv_ps(b, a, (__m128)m); }
inline bool any_lane(I32s m) { return !_mm_testz_si128((__m128i)m, (__m128i)m); }
inline Half widen_low(F32s a) { return _mm_cvtps_pd(a); }
inline Half widen_high(F32s a) { return _mm_cvtps_pd(_mm_movehl_ps(a, a)); }
inline F32s narrow_both(Half lo, Half hi) {
  return _mm_movelh_ps(_mm_cvtpd_ps(lo), _mm_cvtpd_ps(hi));
}
#else
inline F32s trunc_lanes(F32s a) {
  F32s r;
  for (int i = 0; i < kNativeLanes; ++i) r[i] = __builtin_truncf(a[i]);
  return r;
}
inline I32s eq_lanes(F32s a, F32s b) { return (I32s)(a == b); }
inline I32s ne_lanes(F32s a, F32s b) { return (I32s)(a != b); }
inline I32s lt_lanes(F32s a, F32s b) { return (I32s)(a < b); }
inline I32s le_lanes(F32s a, F32s b) { return (I32s)(a <= b); }
inline F32s select_lanes(I32s m, F32s a, F32s b) { return m ? a : b; }
inline F32s pmin_lanes(F32s a, F32s b) { return select_lanes(lt_lanes(b, a), b, a); }
inline F32s pmax_lanes(F32s a, F32s b) { return select_lanes(lt_lanes(a, b), b, a); }
inline bool any_lane(I32s m) { return (m[0] | m[1] | m[2] | m[3]) != 0; }
inline Half widen_low(F32s a) { return Half{a[0], a[1]}; }
inline Half widen_high(F32s a) { return Half{a[2], a[3]}; }
inline F32s narrow_both(Half lo, Half hi) {
  return F32s{static_cast<float>(lo[0]), static_cast<float>(lo[1]), static_cast<float>(hi[0]),
              static_cast<float>(hi[1])};
}
#endif
#endif

}  // namespace detail

struct NativeMask {
  I32s raw;
  explicit NativeMask(I32s r) : raw(r) {}
  static NativeMask none() { return NativeMask(I32s{}); }
  friend NativeMask operator&(const NativeMask& a, const NativeMask& b) {
    return NativeMask(a.raw & b.raw);
  }
  friend NativeMask operator|(const NativeMask& a, const NativeMask& b) {
    return NativeMask(a.raw | b.raw);
  }
  friend NativeMask operator~(const NativeMask& a) { return NativeMask(~a.raw); }
  friend bool any(const NativeMask& a) { return detail::any_lane(a.raw); }
  friend bool lane(const NativeMask& a, int i) { return a.raw[i] != 0; }
};

struct NativeInt {
  I32s raw;
  explicit NativeInt(I32s r) : raw(r) {}
  explicit NativeInt(U32s u) : raw((I32s)u) {}
  explicit NativeInt(std::int32_t k) : raw(I32s{} + k) {}
  U32s u() const { return (U32s)raw; }

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
  friend NativeMask operator==(const NativeInt& a, const NativeInt& b) {
    return NativeMask((I32s)(a.raw == b.raw));
  }
};

inline NativeInt mask_bits(const NativeMask& m) { return NativeInt(m.raw); }

struct Native {
  using Int = NativeInt;
  using Mask = NativeMask;
  using Wide = vmath::Native<kNativeLanes>;
  static constexpr int kLanes = kNativeLanes;
  F32s raw;

  Native() : raw(F32s{}) {}
  explicit Native(F32s r) : raw(r) {}
  Native(float f) : raw(splat(f)) {}  // implicit: constants stand next to values
  static Native load(const float* p) {
    Native r;
    std::memcpy(&r.raw, p, sizeof r.raw);
    return r;
  }
  void store(float* p) const { std::memcpy(p, &raw, sizeof raw); }
  float lane(int i) const { return raw[i]; }

  static Native from_bits(const Int& i) { return Native((F32s)i.raw); }
  static Native narrow(const Wide& w) { return Native(detail::narrow_both(w.lo.raw, w.hi.raw)); }
  // The low words lie at even places of the two registers of 64-bit lanes.
  static Int low_words(const Wide::Int& i) {
    const I32s lo = (I32s)i.lo.raw;
    const I32s hi = (I32s)i.hi.raw;
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
    const __m512i low = _mm512_castsi256_si512(_mm512_maskz_cvtepi64_epi32(0xff, (__m512i)lo));
    const __m256i high = _mm512_maskz_cvtepi64_epi32(0xff, (__m512i)hi);
    return Int((I32s)_mm512_maskz_inserti64x4(0xff, low, high, 1));
#elif defined(__AVX2__)
    return Int(__builtin_shuffle(lo, hi, I32s{0, 2, 4, 6, 8, 10, 12, 14}));
#elif defined(__SSE4_1__)
    return Int((I32s)_mm_shuffle_ps((__m128)lo, (__m128)hi, 0x88));
#else
    return Int(I32s{lo[0], lo[2], hi[0], hi[2]});
#endif
  }
  friend Wide widen(const Native& a) {
    return {Wide::Half(detail::widen_low(a.raw)), Wide::Half(detail::widen_high(a.raw))};
  }

  friend Native operator+(const Native& a, const Native& b) { return Native(a.raw + b.raw); }
  friend Native operator-(const Native& a, const Native& b) { return Native(a.raw - b.raw); }
  friend Native operator*(const Native& a, const Native& b) { return Native(a.raw * b.raw); }
  friend Native operator/(const Native& a, const Native& b) { return Native(a.raw / b.raw); }
  friend Native abs(const Native& a) { return from_bits(bits(a) & Int(INT32_MAX)); }
  friend Native trunc(const Native& a) { return Native(detail::trunc_lanes(a.raw)); }
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
  friend Int bits(const Native& a) { return Int((I32s)a.raw); }
  friend Native select(const Mask& m, const Native& a, const Native& b) {
    return Native(detail::select_lanes(m.raw, a.raw, b.raw));
  }

 private:
  static F32s splat(float f) {
    F32s r;
    for (int i = 0; i < kNativeLanes; ++i) r[i] = f;
    return r;
  }
};

}  // inline namespace (instruction set)

static_assert(Value<Native>);

}  // namespace me::vmath::single
