// What float32 recipes need beyond emit_value.h: their way through float64. A float64 value of four
// lanes is two registers: lanes 0 and 1, lanes 2 and 3.
#pragma once

#include "vmath/single/value.h"
#include "wasm/emit_value.h"

namespace me::wasm {

struct EmitWideInt {
  EmitInt<64> lo, hi;
};

struct EmitWide {
  EmitDouble lo, hi;

  EmitWide() = default;
  EmitWide(const EmitDouble& l, const EmitDouble& h) : lo(l), hi(h) {}
  EmitWide(double v) : lo(v), hi(v) {}  // NOLINT: constants stand next to values

  friend EmitWide operator+(const EmitWide& a, const EmitWide& b) {
    return {a.lo + b.lo, a.hi + b.hi};
  }
  friend EmitWide operator-(const EmitWide& a, const EmitWide& b) {
    return {a.lo - b.lo, a.hi - b.hi};
  }
  friend EmitWide operator*(const EmitWide& a, const EmitWide& b) {
    return {a.lo * b.lo, a.hi * b.hi};
  }
  friend EmitWide operator/(const EmitWide& a, const EmitWide& b) {
    return {a.lo / b.lo, a.hi / b.hi};
  }
  friend EmitWide pmin(const EmitWide& a, const EmitWide& b) {
    return {pmin(a.lo, b.lo), pmin(a.hi, b.hi)};
  }
  friend EmitWide pmax(const EmitWide& a, const EmitWide& b) {
    return {pmax(a.lo, b.lo), pmax(a.hi, b.hi)};
  }
  friend EmitWideInt bits(const EmitWide& a) { return {bits(a.lo), bits(a.hi)}; }
};

using EmitSingle = EmitFloat<32>;

template <int kBits>
EmitFloat<kBits> EmitFloat<kBits>::narrow(const EmitWide& w)
  requires(kBits == 32)
{
  Code& c = EmitScope::code();
  const Local lo = emitted(bn::DemoteZeroVecF64x2ToVecF32x4, w.lo.local);
  const Local hi = emitted(bn::DemoteZeroVecF64x2ToVecF32x4, w.hi.local);
  return EmitFloat(
      At{c.keep(c.shuffle(lo, hi, {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}))});
}

template <int kBits>
EmitInt<kBits> EmitFloat<kBits>::low_words(const EmitWideInt& i)
  requires(kBits == 32)
{
  Code& c = EmitScope::code();
  return Int(typename Int::At{c.keep(c.shuffle(
      i.lo.local, i.hi.local, {0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27}))});
}

inline EmitWide widen(const EmitSingle& a) {
  Code& c = EmitScope::code();
  const auto promote = [](Local r) {
    return EmitDouble(EmitDouble::At{emitted(bn::PromoteLowVecF32x4ToVecF64x2, r)});
  };
  const Local high = c.keep(c.shuffle(
      a.local, a.local, {8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15}));
  return {promote(a.local), promote(high)};
}

static_assert(vmath::single::Value<EmitSingle>);

}  // namespace me::wasm
