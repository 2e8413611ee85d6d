// vmath's value concepts over generated code: every operation appends a SIMD instruction.
//
// A value is the local variable that holds a register: two lanes of float64 or, for the recipes of
// float32 (the rest of whose concept is emit_single.h), four of float32. Constants need no context in
// recipes, so the code under construction is that of the thread's innermost EmitScope.
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

// The types and instructions of one lane width.
template <int kBits>
struct LaneOps;

#define ME_LANE_OPS(kBits, FloatType, IntType, F, I)                                       \
  template <>                                                                              \
  struct LaneOps<kBits> {                                                                  \
    using Float = FloatType;                                                               \
    using Int = IntType;                                                                   \
    static constexpr bn::BinaryOp kAdd = bn::AddVec##F, kSub = bn::SubVec##F,              \
                                  kMul = bn::MulVec##F, kDiv = bn::DivVec##F,              \
                                  kPMin = bn::PMinVec##F, kPMax = bn::PMaxVec##F,          \
                                  kEq = bn::EqVec##F, kNe = bn::NeVec##F,                  \
                                  kLt = bn::LtVec##F, kLe = bn::LeVec##F,                  \
                                  kGt = bn::GtVec##F, kGe = bn::GeVec##F,                  \
                                  kIntAdd = bn::AddVec##I, kIntSub = bn::SubVec##I,        \
                                  kIntEq = bn::EqVec##I, kIntLt = bn::LtSVec##I;           \
    static constexpr bn::UnaryOp kNeg = bn::NegVec##F, kAbs = bn::AbsVec##F,               \
                                 kSqrt = bn::SqrtVec##F, kFloor = bn::FloorVec##F,         \
                                 kCeil = bn::CeilVec##F, kTrunc = bn::TruncVec##F,         \
                                 kNearest = bn::NearestVec##F;                             \
  };
ME_LANE_OPS(64, double, std::int64_t, F64x2, I64x2)
ME_LANE_OPS(32, float, std::int32_t, F32x4, I32x4)
#undef ME_LANE_OPS

// The instruction's result in a local of its own.
inline Local emitted(bn::BinaryOp op, Local a, Local b) {
  Code& c = EmitScope::code();
  return c.keep(c.binary(op, a, b));
}
inline Local emitted(bn::UnaryOp op, Local a) {
  Code& c = EmitScope::code();
  return c.keep(c.unary(op, a));
}

template <int kBits>
struct EmitMask {
  static constexpr Local kNone = ~Local{0};
  Local local = kNone;  // kNone: no lane, without any code

  static EmitMask none() { return {}; }
  bool is_none() const { return local == kNone; }

  friend EmitMask operator&(const EmitMask& m, const EmitMask& n) {
    if (m.is_none() || n.is_none()) return none();
    return {emitted(bn::AndVec128, m.local, n.local)};
  }
  friend EmitMask operator|(const EmitMask& m, const EmitMask& n) {
    if (m.is_none()) return n;
    if (n.is_none()) return m;
    return {emitted(bn::OrVec128, m.local, n.local)};
  }
  friend EmitMask operator~(const EmitMask& m) {
    return {emitted(bn::NotVec128, mask_bits(m).local)};
  }
};

template <int kBits>
struct EmitInt {
  using Ops = LaneOps<kBits>;
  using Mask = EmitMask<kBits>;
  struct At {
    Local local;
  };

  Local local;

  explicit EmitInt(typename Ops::Int v)
      : local(EmitScope::code().splat_bits(kBits, static_cast<std::uint64_t>(v))) {}
  explicit EmitInt(At at) : local(at.local) {}

  friend EmitInt operator+(const EmitInt& i, const EmitInt& j) { return of(Ops::kIntAdd, i, j); }
  friend EmitInt operator-(const EmitInt& i, const EmitInt& j) { return of(Ops::kIntSub, i, j); }
  friend EmitInt operator&(const EmitInt& i, const EmitInt& j) { return of(bn::AndVec128, i, j); }
  friend EmitInt operator|(const EmitInt& i, const EmitInt& j) { return of(bn::OrVec128, i, j); }
  friend EmitInt operator^(const EmitInt& i, const EmitInt& j) { return of(bn::XorVec128, i, j); }
  friend Mask operator==(const EmitInt& i, const EmitInt& j) {
    return {emitted(Ops::kIntEq, i.local, j.local)};
  }
  friend Mask operator<(const EmitInt& i, const EmitInt& j) {
    return {emitted(Ops::kIntLt, i.local, j.local)};
  }
  friend EmitInt shl(const EmitInt& i, int k) {
    Code& c = EmitScope::code();
    return EmitInt(At{c.keep(shift_left(c, kBits, i.local, static_cast<unsigned>(k)))});
  }
  friend EmitInt shr(const EmitInt& i, int k) { return shifted_right(i, k, false); }
  friend EmitInt sar(const EmitInt& i, int k) { return shifted_right(i, k, true); }
  friend EmitInt select(const Mask& m, const EmitInt& a, const EmitInt& b) {
    Code& c = EmitScope::code();
    if (m.is_none()) return b;
    return EmitInt(At{c.keep(c.bitselect(m.local, a.local, b.local))});
  }

 private:
  static EmitInt of(bn::BinaryOp op, const EmitInt& i, const EmitInt& j) {
    return EmitInt(At{emitted(op, i.local, j.local)});
  }
  static EmitInt shifted_right(const EmitInt& i, int k, bool is_signed) {
    Code& c = EmitScope::code();
    return EmitInt(
        At{c.keep(shift_right(c, kBits, is_signed, i.local, static_cast<unsigned>(k)))});
  }
};

template <int kBits>
EmitInt<kBits> mask_bits(const EmitMask<kBits>& m) {
  using Int = EmitInt<kBits>;
  return m.is_none() ? Int(0) : Int(typename Int::At{m.local});
}

struct EmitWide;
struct EmitWideInt;

template <int kBits>
struct EmitFloat {
  using Ops = LaneOps<kBits>;
  using Int = EmitInt<kBits>;
  using Mask = EmitMask<kBits>;
  using Wide = EmitWide;
  struct At {
    Local local;
  };

  Local local = 0;

  EmitFloat() = default;
  EmitFloat(typename Ops::Float v)  // NOLINT: constants stand next to values
      : local(Int(std::bit_cast<typename Ops::Int>(v)).local) {}
  explicit EmitFloat(At at) : local(at.local) {}

  static EmitFloat from_bits(const Int& i) { return EmitFloat(At{i.local}); }

  // Of float64 recipes: vmath's tables.
  static EmitFloat table(std::size_t offset, const Int& i)
    requires(kBits == 64)
  {
    Code& c = EmitScope::code();
    const Local first = c.keep(c.load_low(64, entry(i, 0, 3), offset));
    return EmitFloat(At{c.keep(c.load_lane64(entry(i, 1, 3), offset, first, 1))});
  }
  static void table_pair(std::size_t offset, const Int& i, EmitFloat& a, EmitFloat& b)
    requires(kBits == 64)
  {
    Code& c = EmitScope::code();
    const Local first = c.keep(c.load_vector(entry(i, 0, 4), offset));
    const Local second = c.keep(c.load_vector(entry(i, 1, 4), offset));
    a.local =
        c.keep(c.shuffle(first, second, {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}));
    b.local = c.keep(
        c.shuffle(first, second, {8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31}));
  }

  // Of float32 recipes: back from float64 (emit_single.h).
  static EmitFloat narrow(const EmitWide& w)
    requires(kBits == 32);
  static Int low_words(const EmitWideInt& i)
    requires(kBits == 32);

  friend EmitFloat operator+(const EmitFloat& a, const EmitFloat& b) { return of(Ops::kAdd, a, b); }
  friend EmitFloat operator-(const EmitFloat& a, const EmitFloat& b) { return of(Ops::kSub, a, b); }
  friend EmitFloat operator*(const EmitFloat& a, const EmitFloat& b) { return of(Ops::kMul, a, b); }
  friend EmitFloat operator/(const EmitFloat& a, const EmitFloat& b) { return of(Ops::kDiv, a, b); }
  friend EmitFloat operator-(const EmitFloat& a) { return of(Ops::kNeg, a); }
  friend EmitFloat abs(const EmitFloat& a) { return of(Ops::kAbs, a); }
  friend EmitFloat sqrt(const EmitFloat& a) { return of(Ops::kSqrt, a); }
  friend EmitFloat floor(const EmitFloat& a) { return of(Ops::kFloor, a); }
  friend EmitFloat ceil(const EmitFloat& a) { return of(Ops::kCeil, a); }
  friend EmitFloat trunc(const EmitFloat& a) { return of(Ops::kTrunc, a); }
  friend EmitFloat nearest(const EmitFloat& a) { return of(Ops::kNearest, a); }
  friend EmitFloat pmin(const EmitFloat& a, const EmitFloat& b) { return of(Ops::kPMin, a, b); }
  friend EmitFloat pmax(const EmitFloat& a, const EmitFloat& b) { return of(Ops::kPMax, a, b); }

  friend Mask operator==(const EmitFloat& a, const EmitFloat& b) { return test(Ops::kEq, a, b); }
  friend Mask operator!=(const EmitFloat& a, const EmitFloat& b) { return test(Ops::kNe, a, b); }
  friend Mask operator<(const EmitFloat& a, const EmitFloat& b) { return test(Ops::kLt, a, b); }
  friend Mask operator<=(const EmitFloat& a, const EmitFloat& b) { return test(Ops::kLe, a, b); }
  friend Mask operator>(const EmitFloat& a, const EmitFloat& b) { return test(Ops::kGt, a, b); }
  friend Mask operator>=(const EmitFloat& a, const EmitFloat& b) { return test(Ops::kGe, a, b); }

  friend Int bits(const EmitFloat& a) { return Int(typename Int::At{a.local}); }
  friend EmitFloat select(const Mask& m, const EmitFloat& a, const EmitFloat& b) {
    return from_bits(select(m, bits(a), bits(b)));
  }

 private:
  static EmitFloat of(bn::BinaryOp op, const EmitFloat& a, const EmitFloat& b) {
    return EmitFloat(At{emitted(op, a.local, b.local)});
  }
  static EmitFloat of(bn::UnaryOp op, const EmitFloat& a) {
    return EmitFloat(At{emitted(op, a.local)});
  }
  static Mask test(bn::BinaryOp op, const EmitFloat& a, const EmitFloat& b) {
    return {emitted(op, a.local, b.local)};
  }
  // The address of entry `i` of lane `lane`, entries being 2^shift bytes long.
  static Local entry(const Int& i, unsigned lane, int shift) {
    Code& c = EmitScope::code();
    // Indices are small: their low words are all there is.
    const auto word = static_cast<std::uint8_t>(2 * lane);
    Node index = c.make().makeSIMDExtract(bn::ExtractLaneVecI32x4, c.get(i.local), word);
    Node bytes = c.make().makeBinary(bn::ShlInt32, index, c.i32(shift));
    if (c.memory64()) bytes = c.make().makeUnary(bn::ExtendUInt32, bytes);
    return c.keep(c.add_pointer(bytes, c.get(EmitScope::tables())));
  }
};

using EmitDouble = EmitFloat<64>;
static_assert(vmath::Value<EmitDouble>);

}  // namespace me::wasm
