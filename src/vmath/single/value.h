// The value concept that the float32 recipes of this folder are written against.
//
// As vmath/value.h has it, with 32 bits for 64: V stands for float32 lanes, V::Int for int32 lanes,
// V::Mask for truth values; operators, comparisons, shifts, bits, from_bits, pmin, pmax, abs, trunc
// and select mean the same. There are no tables, but a way through float64 where 24 bits are not
// enough:
//
//   V::Wide             a float64 value type of as many lanes, of which recipes use arithmetic,
//                       pmin, pmax and bits
//   widen(a) -> Wide    exact
//   V::narrow(w)        rounded to nearest
//   V::low_words(i)     Int: the low 32 bits of each lane of a Wide::Int
//
// A recipe for float32 of its own is worth having where it beats the float64 one, whose lanes are
// half as many, and stays below 1 ulp; tests/accuracy can try every float32 there is.
#pragma once

#include <concepts>
#include <cstdint>

#include "vmath/value.h"

namespace me::vmath::single {

template <class V>
concept Value = requires(const V& a, const typename V::Int& i, const typename V::Mask& m,
                         const typename V::Wide& w) {
  V(1.0f);
  requires std::constructible_from<typename V::Int, std::int32_t>;
  { V::Mask::none() } -> std::convertible_to<typename V::Mask>;
  { a + 1.0f } -> std::same_as<V>;
  { a - a } -> std::same_as<V>;
  { a* a } -> std::same_as<V>;
  { a / a } -> std::same_as<V>;
  { abs(a) } -> std::same_as<V>;
  { trunc(a) } -> std::same_as<V>;
  { pmin(a, a) } -> std::same_as<V>;
  { pmax(a, a) } -> std::same_as<V>;
  { a == a } -> std::same_as<typename V::Mask>;
  { a != a } -> std::same_as<typename V::Mask>;
  { a < a } -> std::same_as<typename V::Mask>;
  { a <= a } -> std::same_as<typename V::Mask>;
  { a > a } -> std::same_as<typename V::Mask>;
  { bits(a) } -> std::same_as<typename V::Int>;
  { V::from_bits(i) } -> std::same_as<V>;
  { i + i } -> std::same_as<typename V::Int>;
  { i - i } -> std::same_as<typename V::Int>;
  { i& i } -> std::same_as<typename V::Int>;
  { i | i } -> std::same_as<typename V::Int>;
  { i ^ i } -> std::same_as<typename V::Int>;
  { shl(i, 1) } -> std::same_as<typename V::Int>;
  { shr(i, 1) } -> std::same_as<typename V::Int>;
  { i == i } -> std::same_as<typename V::Mask>;
  { m& m } -> std::same_as<typename V::Mask>;
  { m | m } -> std::same_as<typename V::Mask>;
  { ~m } -> std::same_as<typename V::Mask>;
  { mask_bits(m) } -> std::same_as<typename V::Int>;
  { select(m, a, a) } -> std::same_as<V>;
  { widen(a) } -> std::same_as<typename V::Wide>;
  { V::narrow(w) } -> std::same_as<V>;
  { V::low_words(bits(w)) } -> std::same_as<typename V::Int>;
  { w* w - w } -> std::same_as<typename V::Wide>;
  { w / w + 1.0 } -> std::same_as<typename V::Wide>;
  { pmin(w, pmax(w, w)) } -> std::same_as<typename V::Wide>;
};

inline constexpr float kMagic = 0x1.8p23f;  // adding it leaves the rounded integer in the low bits
inline constexpr float kInfinity = __builtin_inff();
inline constexpr float kLargest = 0x1.fffffep127f;  // for "finite", see vmath/value.h
inline constexpr float kSmall = 0x1p-126f;

template <class V>
typename V::Int ints(std::int32_t k) {
  return typename V::Int(k);
}

// The sign bit of `a` alone.
template <class V>
typename V::Int sign_bits(const V& a) {
  return bits(a) & ints<V>(INT32_MIN);
}

}  // namespace me::vmath::single
