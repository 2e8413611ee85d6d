// vmath's value concept over generated code: every operation appends a SIMD instruction.
//
// A value is the local variable that holds a register of two float64 lanes. Constants need no
// context in recipes, so the code under construction is that of the thread's innermost EmitScope.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "vmath/value.h"
#include "wasm/code.h"
#include "wasm/simd.h"

namespace me::wasm {

class EmitScope {
 public:
  // `tables` holds the address of vmath's tables.
  EmitScope(Code& code, Local tables) : code_(code), tables_(tables), outer_(current_) {
    current_ = this;
  }
  ~EmitScope() { current_ = outer_; }
  EmitScope(const EmitScope&) = delete;
  EmitScope& operator=(const EmitScope&) = delete;

  static Code& code() { return current_->code_; }
  static Local tables() { return current_->tables_; }

 private:
  static inline thread_local EmitScope* current_ = nullptr;
  Code& code_;
  Local tables_;
  EmitScope* outer_;
};

struct EmitMask {
  static constexpr Local kNone = ~Local{0};
  Local local = kNone;  // kNone: no lane, without any code

  static EmitMask none() { return {}; }
  bool is_none() const { return local == kNone; }
};

struct EmitInt {
  Local local;

  explicit EmitInt(std::int64_t v)
      : local(EmitScope::code().vector64(static_cast<std::uint64_t>(v))) {}
  struct At {
    Local local;
  };
  explicit EmitInt(At at) : local(at.local) {}
};

struct EmitFloat {
  using Int = EmitInt;
  using Mask = EmitMask;
  struct At {
    Local local;
  };

  Local local = 0;

  EmitFloat() = default;
  EmitFloat(double v)
      : local(EmitScope::code().vector64(std::bit_cast<std::uint64_t>(v))) {}  // NOLINT
  explicit EmitFloat(At at) : local(at.local) {}

  static EmitFloat from_bits(const EmitInt& i) { return EmitFloat(At{i.local}); }

  // The address of entry `i` of lane `lane`, entries being 2^shift bytes long.
  static Local entry(const EmitInt& i, unsigned lane, int shift) {
    Code& c = EmitScope::code();
    // Indices are small: their low words are all there is.
    const auto word = static_cast<std::uint8_t>(2 * lane);
    Node index = c.make().makeSIMDExtract(bn::ExtractLaneVecI32x4, c.get(i.local), word);
    Node bytes = c.make().makeBinary(bn::ShlInt32, index, c.i32(shift));
    if (c.memory64()) bytes = c.make().makeUnary(bn::ExtendUInt32, bytes);
    return c.keep(c.add_pointer(bytes, c.get(EmitScope::tables())));
  }

  static EmitFloat table(std::size_t offset, const EmitInt& i) {
    Code& c = EmitScope::code();
    const Local first = c.keep(c.load_low(64, entry(i, 0, 3), offset));
    return EmitFloat(At{c.keep(c.load_lane64(entry(i, 1, 3), offset, first, 1))});
  }

  static void table_pair(std::size_t offset, const EmitInt& i, EmitFloat& a, EmitFloat& b) {
    Code& c = EmitScope::code();
    const Local first = c.keep(c.load_vector(entry(i, 0, 4), offset));
    const Local second = c.keep(c.load_vector(entry(i, 1, 4), offset));
    a.local =
        c.keep(c.shuffle(first, second, {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}));
    b.local = c.keep(
        c.shuffle(first, second, {8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31}));
  }
};

namespace emit {

inline EmitFloat floats(bn::BinaryOp op, const EmitFloat& a, const EmitFloat& b) {
  Code& c = EmitScope::code();
  return EmitFloat(EmitFloat::At{c.keep(c.binary(op, a.local, b.local))});
}
inline EmitFloat floats(bn::UnaryOp op, const EmitFloat& a) {
  Code& c = EmitScope::code();
  return EmitFloat(EmitFloat::At{c.keep(c.unary(op, a.local))});
}
inline EmitInt integers(bn::BinaryOp op, Local a, Local b) {
  Code& c = EmitScope::code();
  return EmitInt(EmitInt::At{c.keep(c.binary(op, a, b))});
}
inline EmitMask masks(bn::BinaryOp op, Local a, Local b) {
  Code& c = EmitScope::code();
  return EmitMask{c.keep(c.binary(op, a, b))};
}

}  // namespace emit

inline EmitFloat operator+(const EmitFloat& a, const EmitFloat& b) {
  return emit::floats(bn::AddVecF64x2, a, b);
}
inline EmitFloat operator-(const EmitFloat& a, const EmitFloat& b) {
  return emit::floats(bn::SubVecF64x2, a, b);
}
inline EmitFloat operator*(const EmitFloat& a, const EmitFloat& b) {
  return emit::floats(bn::MulVecF64x2, a, b);
}
inline EmitFloat operator/(const EmitFloat& a, const EmitFloat& b) {
  return emit::floats(bn::DivVecF64x2, a, b);
}
inline EmitFloat operator-(const EmitFloat& a) { return emit::floats(bn::NegVecF64x2, a); }
inline EmitFloat abs(const EmitFloat& a) { return emit::floats(bn::AbsVecF64x2, a); }
inline EmitFloat sqrt(const EmitFloat& a) { return emit::floats(bn::SqrtVecF64x2, a); }
inline EmitFloat floor(const EmitFloat& a) { return emit::floats(bn::FloorVecF64x2, a); }
inline EmitFloat ceil(const EmitFloat& a) { return emit::floats(bn::CeilVecF64x2, a); }
inline EmitFloat trunc(const EmitFloat& a) { return emit::floats(bn::TruncVecF64x2, a); }
inline EmitFloat nearest(const EmitFloat& a) { return emit::floats(bn::NearestVecF64x2, a); }
inline EmitFloat pmin(const EmitFloat& a, const EmitFloat& b) {
  return emit::floats(bn::PMinVecF64x2, a, b);
}
inline EmitFloat pmax(const EmitFloat& a, const EmitFloat& b) {
  return emit::floats(bn::PMaxVecF64x2, a, b);
}

inline EmitMask operator==(const EmitFloat& a, const EmitFloat& b) {
  return emit::masks(bn::EqVecF64x2, a.local, b.local);
}
inline EmitMask operator!=(const EmitFloat& a, const EmitFloat& b) {
  return emit::masks(bn::NeVecF64x2, a.local, b.local);
}
inline EmitMask operator<(const EmitFloat& a, const EmitFloat& b) {
  return emit::masks(bn::LtVecF64x2, a.local, b.local);
}
inline EmitMask operator<=(const EmitFloat& a, const EmitFloat& b) {
  return emit::masks(bn::LeVecF64x2, a.local, b.local);
}
inline EmitMask operator>(const EmitFloat& a, const EmitFloat& b) {
  return emit::masks(bn::GtVecF64x2, a.local, b.local);
}
inline EmitMask operator>=(const EmitFloat& a, const EmitFloat& b) {
  return emit::masks(bn::GeVecF64x2, a.local, b.local);
}

inline EmitInt bits(const EmitFloat& a) { return EmitInt(EmitInt::At{a.local}); }
inline EmitInt operator+(const EmitInt& i, const EmitInt& j) {
  return emit::integers(bn::AddVecI64x2, i.local, j.local);
}
inline EmitInt operator-(const EmitInt& i, const EmitInt& j) {
  return emit::integers(bn::SubVecI64x2, i.local, j.local);
}
inline EmitInt operator&(const EmitInt& i, const EmitInt& j) {
  return emit::integers(bn::AndVec128, i.local, j.local);
}
inline EmitInt operator|(const EmitInt& i, const EmitInt& j) {
  return emit::integers(bn::OrVec128, i.local, j.local);
}
inline EmitInt operator^(const EmitInt& i, const EmitInt& j) {
  return emit::integers(bn::XorVec128, i.local, j.local);
}
inline EmitMask operator==(const EmitInt& i, const EmitInt& j) {
  return emit::masks(bn::EqVecI64x2, i.local, j.local);
}
inline EmitMask operator<(const EmitInt& i, const EmitInt& j) {
  return emit::masks(bn::LtSVecI64x2, i.local, j.local);
}
inline EmitInt shl(const EmitInt& i, int k) {
  Code& c = EmitScope::code();
  return EmitInt(EmitInt::At{c.keep(shift_left(c, 64, i.local, static_cast<unsigned>(k)))});
}
inline EmitInt shr(const EmitInt& i, int k) {
  Code& c = EmitScope::code();
  return EmitInt(EmitInt::At{c.keep(shift_right(c, 64, false, i.local, static_cast<unsigned>(k)))});
}
inline EmitInt sar(const EmitInt& i, int k) {
  Code& c = EmitScope::code();
  return EmitInt(EmitInt::At{c.keep(shift_right(c, 64, true, i.local, static_cast<unsigned>(k)))});
}

inline EmitMask operator&(const EmitMask& m, const EmitMask& n) {
  if (m.is_none() || n.is_none()) return EmitMask::none();
  return emit::masks(bn::AndVec128, m.local, n.local);
}
inline EmitMask operator|(const EmitMask& m, const EmitMask& n) {
  if (m.is_none()) return n;
  if (n.is_none()) return m;
  return emit::masks(bn::OrVec128, m.local, n.local);
}
inline EmitInt mask_bits(const EmitMask& m) {
  return m.is_none() ? EmitInt(0) : EmitInt(EmitInt::At{m.local});
}
inline EmitMask operator~(const EmitMask& m) {
  Code& c = EmitScope::code();
  return EmitMask{c.keep(c.unary(bn::NotVec128, mask_bits(m).local))};
}
inline EmitFloat select(const EmitMask& m, const EmitFloat& a, const EmitFloat& b) {
  Code& c = EmitScope::code();
  if (m.is_none()) return b;
  return EmitFloat(EmitFloat::At{c.keep(c.bitselect(m.local, a.local, b.local))});
}
inline EmitInt select(const EmitMask& m, const EmitInt& a, const EmitInt& b) {
  Code& c = EmitScope::code();
  if (m.is_none()) return b;
  return EmitInt(EmitInt::At{c.keep(c.bitselect(m.local, a.local, b.local))});
}

static_assert(vmath::Value<EmitFloat>);

}  // namespace me::wasm
