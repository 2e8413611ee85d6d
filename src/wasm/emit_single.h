// The value concept of vmath's float32 recipes over generated code, as emit_value.h has it for
// float64. The float64 values in between are two registers: lanes 0 and 1, lanes 2 and 3.
#pragma once

#include <bit>
#include <cstdint>

#include "vmath/single/value.h"
#include "wasm/emit_value.h"

namespace me::wasm {

struct EmitSingleMask {
  static constexpr Local kNone = ~Local{0};
  Local local = kNone;  // kNone: no lane, without any code

  static EmitSingleMask none() { return {}; }
  bool is_none() const { return local == kNone; }
};

struct EmitSingleInt {
  Local local;

  explicit EmitSingleInt(std::int32_t v)
      : local(EmitScope::code().splat_bits(32, static_cast<std::uint32_t>(v))) {}
  struct At {
    Local local;
  };
  explicit EmitSingleInt(At at) : local(at.local) {}
};

// Four lanes of float64.
struct EmitWide {
  struct Int {
    EmitInt lo, hi;
  };
  EmitFloat lo, hi;

  EmitWide() = default;
  EmitWide(const EmitFloat& l, const EmitFloat& h) : lo(l), hi(h) {}
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
  friend Int bits(const EmitWide& a) { return {bits(a.lo), bits(a.hi)}; }
};

struct EmitSingle {
  using Int = EmitSingleInt;
  using Mask = EmitSingleMask;
  using Wide = EmitWide;
  struct At {
    Local local;
  };

  Local local = 0;

  EmitSingle() = default;
  EmitSingle(float v)  // NOLINT: constants stand next to values
      : local(EmitScope::code().splat_bits(32, std::bit_cast<std::uint32_t>(v))) {}
  explicit EmitSingle(At at) : local(at.local) {}

  static EmitSingle from_bits(const EmitSingleInt& i) { return EmitSingle(At{i.local}); }

  static EmitSingle narrow(const EmitWide& w) {
    Code& c = EmitScope::code();
    const Local lo = c.keep(c.unary(bn::DemoteZeroVecF64x2ToVecF32x4, w.lo.local));
    const Local hi = c.keep(c.unary(bn::DemoteZeroVecF64x2ToVecF32x4, w.hi.local));
    return EmitSingle(At{c.keep(
        c.shuffle(lo, hi, {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}))});
  }

  static EmitSingleInt low_words(const EmitWide::Int& i) {
    Code& c = EmitScope::code();
    return EmitSingleInt(EmitSingleInt::At{c.keep(c.shuffle(
        i.lo.local, i.hi.local, {0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27}))});
  }
};

inline EmitWide widen(const EmitSingle& a) {
  Code& c = EmitScope::code();
  const auto promote = [&](Local r) {
    return EmitFloat(EmitFloat::At{c.keep(c.unary(bn::PromoteLowVecF32x4ToVecF64x2, r))});
  };
  const Local high = c.keep(c.shuffle(
      a.local, a.local, {8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15}));
  return {promote(a.local), promote(high)};
}

namespace emit {

inline EmitSingle singles(bn::BinaryOp op, const EmitSingle& a, const EmitSingle& b) {
  Code& c = EmitScope::code();
  return EmitSingle(EmitSingle::At{c.keep(c.binary(op, a.local, b.local))});
}
inline EmitSingle singles(bn::UnaryOp op, const EmitSingle& a) {
  Code& c = EmitScope::code();
  return EmitSingle(EmitSingle::At{c.keep(c.unary(op, a.local))});
}
inline EmitSingleInt single_integers(bn::BinaryOp op, Local a, Local b) {
  Code& c = EmitScope::code();
  return EmitSingleInt(EmitSingleInt::At{c.keep(c.binary(op, a, b))});
}
inline EmitSingleMask single_masks(bn::BinaryOp op, Local a, Local b) {
  Code& c = EmitScope::code();
  return EmitSingleMask{c.keep(c.binary(op, a, b))};
}

}  // namespace emit

inline EmitSingle operator+(const EmitSingle& a, const EmitSingle& b) {
  return emit::singles(bn::AddVecF32x4, a, b);
}
inline EmitSingle operator-(const EmitSingle& a, const EmitSingle& b) {
  return emit::singles(bn::SubVecF32x4, a, b);
}
inline EmitSingle operator*(const EmitSingle& a, const EmitSingle& b) {
  return emit::singles(bn::MulVecF32x4, a, b);
}
inline EmitSingle operator/(const EmitSingle& a, const EmitSingle& b) {
  return emit::singles(bn::DivVecF32x4, a, b);
}
inline EmitSingle abs(const EmitSingle& a) { return emit::singles(bn::AbsVecF32x4, a); }
inline EmitSingle trunc(const EmitSingle& a) { return emit::singles(bn::TruncVecF32x4, a); }
inline EmitSingle pmin(const EmitSingle& a, const EmitSingle& b) {
  return emit::singles(bn::PMinVecF32x4, a, b);
}
inline EmitSingle pmax(const EmitSingle& a, const EmitSingle& b) {
  return emit::singles(bn::PMaxVecF32x4, a, b);
}

inline EmitSingleMask operator==(const EmitSingle& a, const EmitSingle& b) {
  return emit::single_masks(bn::EqVecF32x4, a.local, b.local);
}
inline EmitSingleMask operator!=(const EmitSingle& a, const EmitSingle& b) {
  return emit::single_masks(bn::NeVecF32x4, a.local, b.local);
}
inline EmitSingleMask operator<(const EmitSingle& a, const EmitSingle& b) {
  return emit::single_masks(bn::LtVecF32x4, a.local, b.local);
}
inline EmitSingleMask operator<=(const EmitSingle& a, const EmitSingle& b) {
  return emit::single_masks(bn::LeVecF32x4, a.local, b.local);
}
inline EmitSingleMask operator>(const EmitSingle& a, const EmitSingle& b) {
  return emit::single_masks(bn::GtVecF32x4, a.local, b.local);
}

inline EmitSingleInt bits(const EmitSingle& a) {
  return EmitSingleInt(EmitSingleInt::At{a.local});
}
inline EmitSingleInt operator+(const EmitSingleInt& i, const EmitSingleInt& j) {
  return emit::single_integers(bn::AddVecI32x4, i.local, j.local);
}
inline EmitSingleInt operator-(const EmitSingleInt& i, const EmitSingleInt& j) {
  return emit::single_integers(bn::SubVecI32x4, i.local, j.local);
}
inline EmitSingleInt operator&(const EmitSingleInt& i, const EmitSingleInt& j) {
  return emit::single_integers(bn::AndVec128, i.local, j.local);
}
inline EmitSingleInt operator|(const EmitSingleInt& i, const EmitSingleInt& j) {
  return emit::single_integers(bn::OrVec128, i.local, j.local);
}
inline EmitSingleInt operator^(const EmitSingleInt& i, const EmitSingleInt& j) {
  return emit::single_integers(bn::XorVec128, i.local, j.local);
}
inline EmitSingleMask operator==(const EmitSingleInt& i, const EmitSingleInt& j) {
  return emit::single_masks(bn::EqVecI32x4, i.local, j.local);
}
inline EmitSingleInt shl(const EmitSingleInt& i, int k) {
  Code& c = EmitScope::code();
  return EmitSingleInt(
      EmitSingleInt::At{c.keep(shift_left(c, 32, i.local, static_cast<unsigned>(k)))});
}
inline EmitSingleInt shr(const EmitSingleInt& i, int k) {
  Code& c = EmitScope::code();
  return EmitSingleInt(
      EmitSingleInt::At{c.keep(shift_right(c, 32, false, i.local, static_cast<unsigned>(k)))});
}

inline EmitSingleMask operator&(const EmitSingleMask& m, const EmitSingleMask& n) {
  if (m.is_none() || n.is_none()) return EmitSingleMask::none();
  return emit::single_masks(bn::AndVec128, m.local, n.local);
}
inline EmitSingleMask operator|(const EmitSingleMask& m, const EmitSingleMask& n) {
  if (m.is_none()) return n;
  if (n.is_none()) return m;
  return emit::single_masks(bn::OrVec128, m.local, n.local);
}
inline EmitSingleInt mask_bits(const EmitSingleMask& m) {
  return m.is_none() ? EmitSingleInt(0) : EmitSingleInt(EmitSingleInt::At{m.local});
}
inline EmitSingleMask operator~(const EmitSingleMask& m) {
  Code& c = EmitScope::code();
  return EmitSingleMask{c.keep(c.unary(bn::NotVec128, mask_bits(m).local))};
}
inline EmitSingle select(const EmitSingleMask& m, const EmitSingle& a, const EmitSingle& b) {
  Code& c = EmitScope::code();
  if (m.is_none()) return b;
  return EmitSingle(EmitSingle::At{c.keep(c.bitselect(m.local, a.local, b.local))});
}

static_assert(vmath::single::Value<EmitSingle>);

}  // namespace me::wasm
