// The value concept that every recipe of this folder is written against.
//
// A value type V stands for one or more float64 lanes that are computed side by side. A recipe is a
// template over V; it is expanded by the interpreter over native lanes (native_value.h) and by the
// wasm back end over a V whose operations append instructions. Both expansions execute the same
// IEEE operations in the same order, so they give the same bits.
//
// What a value type offers
//
//   V            float64 lanes. Implicitly constructible from double (every lane the constant).
//                Default constructible (value unspecified: only ever an out parameter).
//   V::Int       int64 lanes of the same count. Explicitly constructible from std::int64_t.
//   V::Mask      one truth value per lane. Mask::none() has no lane set.
//
// All operators below are found by argument dependent lookup and are not templates, so that a
// double constant may stand on either side.
//
//   arithmetic   a + b, a - b, a * b, a / b, -a           each rounded once, never fused
//   unary        abs(a), sqrt(a), floor(a), ceil(a), trunc(a), nearest(a)   nearest: ties to even
//   order        pmin(a, b) is (b < a ? b : a), pmax(a, b) is (a < b ? b : a)   (one instruction)
//   compare      a == b, !=, <, <=, >, >=  ->  Mask        false with a NaN, but != is true
//   bits         bits(a) -> Int, V::from_bits(i)           reinterpretation of the 64 bits
//   Int          i + j, i - j, i & j, i | j, i ^ j         wrap modulo 2^64
//                shl(i, k), shr(i, k), sar(i, k)           0 <= k <= 63, k an int known while
//                                                          expanding; shr fills with zeros, sar
//                                                          with copies of the sign
//                i == j, i < j -> Mask                     < is signed
//   Mask         m & n, m | n, ~m, mask_bits(m) -> Int     mask_bits: all ones or all zeros
//   select       select(m, a, b) for V and for Int         a where m, else b; both are computed
//   tables       V::table(offset, i)                       double at byte offset + 8 i of kTables
//                V::table_pair(offset, i, a, b)            doubles at byte offset + 16 i and the
//                                                          next one, offset a multiple of 16
//
// Table indices must be in range in *every* lane, whatever the lane holds; recipes mask them.
// There is no conversion between Int and V beyond `bits`: recipes add 1.5 * 2^52 and read the low
// bits (`to_int_bits` below). Nothing may depend on floating point exceptions or rounding modes,
// and no operation traps. Recipes have no branches on lane contents: they compute and select.
//
// `sar` and Int `<` cost several instructions on x86 without AVX-512; recipes avoid them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace me::vmath {

// The lanes for which a fast recipe gave up. Their fast result is unspecified; the caller computes
// them again with the function of the same name in slow.h.
template <class V>
struct Bad {
  typename V::Mask lanes = V::Mask::none();

  Bad& operator|=(const typename V::Mask& more) {
    lanes = lanes | more;
    return *this;
  }
};

template <class V>
concept Value = requires(const V& a, V& out, const typename V::Int& i, const typename V::Mask& m,
                         std::size_t offset) {
  requires std::default_initializable<V> && std::copyable<V>;
  V(1.0);
  requires std::constructible_from<typename V::Int, std::int64_t>;
  { V::Mask::none() } -> std::convertible_to<typename V::Mask>;
  { a + 1.0 } -> std::same_as<V>;
  { 1.0 - a } -> std::same_as<V>;
  { a* a } -> std::same_as<V>;
  { a / a } -> std::same_as<V>;
  { -a } -> std::same_as<V>;
  { abs(a) } -> std::same_as<V>;
  { sqrt(a) } -> std::same_as<V>;
  { floor(a) } -> std::same_as<V>;
  { ceil(a) } -> std::same_as<V>;
  { trunc(a) } -> std::same_as<V>;
  { nearest(a) } -> std::same_as<V>;
  { pmin(a, a) } -> std::same_as<V>;
  { pmax(a, a) } -> std::same_as<V>;
  { a == a } -> std::same_as<typename V::Mask>;
  { a != a } -> std::same_as<typename V::Mask>;
  { a < a } -> std::same_as<typename V::Mask>;
  { a <= a } -> std::same_as<typename V::Mask>;
  { a > a } -> std::same_as<typename V::Mask>;
  { a >= a } -> std::same_as<typename V::Mask>;
  { bits(a) } -> std::same_as<typename V::Int>;
  { V::from_bits(i) } -> std::same_as<V>;
  { i + i } -> std::same_as<typename V::Int>;
  { i - i } -> std::same_as<typename V::Int>;
  { i& i } -> std::same_as<typename V::Int>;
  { i | i } -> std::same_as<typename V::Int>;
  { i ^ i } -> std::same_as<typename V::Int>;
  { shl(i, 1) } -> std::same_as<typename V::Int>;
  { shr(i, 1) } -> std::same_as<typename V::Int>;
  { sar(i, 1) } -> std::same_as<typename V::Int>;
  { i == i } -> std::same_as<typename V::Mask>;
  { i < i } -> std::same_as<typename V::Mask>;
  { m& m } -> std::same_as<typename V::Mask>;
  { m | m } -> std::same_as<typename V::Mask>;
  { ~m } -> std::same_as<typename V::Mask>;
  { mask_bits(m) } -> std::same_as<typename V::Int>;
  { select(m, a, a) } -> std::same_as<V>;
  { select(m, i, i) } -> std::same_as<typename V::Int>;
  { V::table(offset, i) } -> std::same_as<V>;
  V::table_pair(offset, i, out, out);
};

inline constexpr std::int64_t kSignBit = INT64_MIN;
inline constexpr std::int64_t kAbsBits = INT64_MAX;
inline constexpr double kMagic = 0x1.8p52;  // adding it leaves the rounded integer in the low bits
inline constexpr double kInfinity = __builtin_inf();
// Bounds for "finite" and "scale up first". Compilers know comparisons with infinity and with the
// smallest normal number as classifications, and LLVM then leaves vector code for wasm.
inline constexpr double kLargest = 0x1.fffffffffffffp1023;
inline constexpr double kSmall = 0x1p-1000;
inline constexpr double kNaN = __builtin_nan("");

// Helpers made of the operations above; they are expanded like recipes.

template <class V>
typename V::Int ints(std::int64_t k) {
  return typename V::Int(k);
}

// `a` where m, else +0.
template <class V>
V keep(const typename V::Mask& m, const V& a) {
  return V::from_bits(bits(a) & mask_bits(m));
}

// The sign bit of `a` alone.
template <class V>
typename V::Int sign_bits(const V& a) {
  return bits(a) & ints<V>(kSignBit);
}

// `a` with the sign flipped where `sign` has its top bit set (other bits of `sign` must be 0).
template <class V>
V flip_sign(const V& a, const typename V::Int& sign) {
  return V::from_bits(bits(a) ^ sign);
}

// `sign`, made by sign_bits, put on a value whose own sign bit is clear.
template <class V>
V put_sign(const V& a, const typename V::Int& sign) {
  return V::from_bits(bits(a) | sign);
}

template <class V>
typename V::Mask is_nan(const V& a) {
  return a != a;
}

// `magic` is x + kMagic with |x| < 2^51: its low 51 bits are x rounded to even, two's complement.
template <class V>
typename V::Int to_int_bits(const V& magic) {
  return bits(magic) - ints<V>(0x4338000000000000);
}

// The float64 value of an Int with |i| < 2^51.
template <class V>
V small_to_float(const typename V::Int& i) {
  return V::from_bits(i + ints<V>(0x4338000000000000)) - kMagic;
}

// 2^n for an Int -1022 <= n <= 1023.
template <class V>
V power_of_two(const typename V::Int& n) {
  return V::from_bits(shl(n + ints<V>(1023), 52));
}

}  // namespace me::vmath
