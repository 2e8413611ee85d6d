// Casts between all numeric dtypes.
//
// Enters: a value and the wished dtype. Leaves: its lanes converted: floats to integers truncate
// and saturate with NaN as 0, integers wrap, everything is rounded once. Example: float64 to int8
// with 8 lanes takes 4 registers to 2 of int32 (trunc_sat), then to half a register by saturating
// narrowing. Conversions between 64-bit integers and floats that need more than a few vector
// instructions go lane by lane. Tested by tests/unit/wasm_ops_test.cpp.
#include "base/status.h"
#include "wasm/convert.h"
#include "wasm/simd.h"

namespace me::wasm {
namespace {

using Lanes16 = std::array<std::uint8_t, 16>;
constexpr Lanes16 kEvenBytes = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
constexpr Lanes16 kEvenHalves = {0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29};
constexpr Lanes16 kEvenWords = {0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27};
constexpr Lanes16 kLowHalves = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23};
constexpr Lanes16 kHighHalves = {8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31};

class Caster {
 public:
  Caster(Code& code, Shape shape) : c_(code), shape_(shape) {}

  Registers map(const Registers& in, bn::UnaryOp op) {
    Registers out;
    for (const Local r : in) out.push_back(c_.keep(c_.unary(op, r)));
    return out;
  }

  // Twice the width: `low` and `high` make a register of the low and high half of each.
  template <class Low, class High>
  Registers widen(const Registers& in, unsigned to_width, Low low, High high) {
    const bool both = shape_.registers(to_width) == 2 * in.size();
    Registers out;
    for (const Local r : in) {
      out.push_back(c_.keep(low(r)));
      if (both) out.push_back(c_.keep(high(r)));
    }
    return out;
  }

  // Half the width: `join` makes one register of two, the first for the low half.
  template <class Join>
  Registers narrow(const Registers& in, Join join) {
    Registers out;
    for (std::size_t i = 0; i < in.size(); i += 2) {
      out.push_back(c_.keep(join(in[i], in[in.size() == 1 ? i : i + 1])));
    }
    return out;
  }

  Registers widen_integer(const Registers& in, unsigned from, bool is_signed) {
    const auto pick = [&](bn::UnaryOp s, bn::UnaryOp u) { return is_signed ? s : u; };
    bn::UnaryOp low, high;
    if (from == 8) {
      low = pick(bn::ExtendLowSVecI8x16ToVecI16x8, bn::ExtendLowUVecI8x16ToVecI16x8);
      high = pick(bn::ExtendHighSVecI8x16ToVecI16x8, bn::ExtendHighUVecI8x16ToVecI16x8);
    } else if (from == 16) {
      low = pick(bn::ExtendLowSVecI16x8ToVecI32x4, bn::ExtendLowUVecI16x8ToVecI32x4);
      high = pick(bn::ExtendHighSVecI16x8ToVecI32x4, bn::ExtendHighUVecI16x8ToVecI32x4);
    } else {
      low = pick(bn::ExtendLowSVecI32x4ToVecI64x2, bn::ExtendLowUVecI32x4ToVecI64x2);
      high = pick(bn::ExtendHighSVecI32x4ToVecI64x2, bn::ExtendHighUVecI32x4ToVecI64x2);
    }
    return widen(
        in, from * 2, [&](Local r) { return c_.unary(low, r); },
        [&](Local r) { return c_.unary(high, r); });
  }

  Registers truncate_integer(const Registers& in, unsigned from) {
    const Lanes16& lanes = from == 64 ? kEvenWords : from == 32 ? kEvenHalves : kEvenBytes;
    return narrow(in, [&](Local a, Local b) { return c_.shuffle(a, b, lanes); });
  }

  Registers integer_to_width(Registers r, unsigned from, unsigned to, bool is_signed) {
    for (; from < to; from *= 2) r = widen_integer(r, from, is_signed);
    for (; from > to; from /= 2) r = truncate_integer(r, from);
    return r;
  }

  Registers promote(const Registers& in) {
    return widen(
        in, 64, [&](Local r) { return c_.unary(bn::PromoteLowVecF32x4ToVecF64x2, r); },
        [&](Local r) {
          return c_.unary(bn::PromoteLowVecF32x4ToVecF64x2, c_.keep(c_.shuffle(r, r, kHighHalves)));
        });
  }

  // Four float64 in two registers to four lanes of 32 bits.
  Registers halve(const Registers& in, bn::UnaryOp op) {
    if (in.size() == 1 && !shape_.uniform()) return map(in, op);
    return narrow(in, [&](Local a, Local b) {
      const Local low = c_.keep(c_.unary(op, a));
      if (a == b) return c_.shuffle(low, low, kLowHalves);
      return c_.shuffle(low, c_.keep(c_.unary(op, b)), kLowHalves);
    });
  }

  // int32 or uint32 to float64.
  Registers words_to_double(const Registers& in, bool is_signed) {
    const bn::UnaryOp op =
        is_signed ? bn::ConvertLowSVecI32x4ToVecF64x2 : bn::ConvertLowUVecI32x4ToVecF64x2;
    return widen(
        in, 64, [&](Local r) { return c_.unary(op, r); },
        [&](Local r) { return c_.unary(op, c_.keep(c_.shuffle(r, r, kHighHalves))); });
  }

  // 64-bit integers to float64 as (high half) 2^32 + (low half): both halves are put into the low
  // bits of a float's fraction, the high one of 2^84 and the low one of 2^52; the sum rounds once.
  Registers longs_to_double(const Registers& in, bool is_signed) {
    const std::uint64_t high_bits = is_signed ? 0x4530000080000000 : 0x4530000000000000;
    const std::uint64_t excess = is_signed ? 0x4530000080100000 : 0x4530000000100000;
    Registers out;
    for (const Local r : in) {
      const Local high = c_.keep(shift_right(c_, 64, false, r, 32));
      const Local high_float = c_.keep(c_.binary(bn::XorVec128, high, c_.vector64(high_bits)));
      const Local low = c_.keep(c_.binary(bn::AndVec128, r, c_.vector64(0xffffffff)));
      const Local low_float =
          c_.keep(c_.binary(bn::OrVec128, low, c_.vector64(0x4330000000000000)));
      const Local rest = c_.keep(c_.binary(bn::SubVecF64x2, high_float, c_.vector64(excess)));
      out.push_back(c_.keep(c_.binary(bn::AddVecF64x2, rest, low_float)));
    }
    return out;
  }

  Registers integer_to_float(Registers r, DType from, DType to) {
    const bool s = is_signed_int(from);
    if (size_of(from) == 8) {
      if (to == DType::Float64) return longs_to_double(r, s);
      return lane_by_lane(c_, shape_, from, to, {r}, [&](const std::vector<Local>& lane) {
        return c_.unary(s ? bn::ConvertSInt64ToFloat32 : bn::ConvertUInt64ToFloat32, lane[0]);
      });
    }
    r = integer_to_width(std::move(r), bits_of(from), 32, s);
    if (to == DType::Float64) return words_to_double(r, s);
    return map(r, s ? bn::ConvertSVecI32x4ToVecF32x4 : bn::ConvertUVecI32x4ToVecF32x4);
  }

  Registers float_to_word(const Registers& r, DType from, bool is_signed) {
    if (from == DType::Float32) {
      return map(r, is_signed ? bn::TruncSatSVecF32x4ToVecI32x4 : bn::TruncSatUVecF32x4ToVecI32x4);
    }
    return halve(
        r, is_signed ? bn::TruncSatZeroSVecF64x2ToVecI32x4 : bn::TruncSatZeroUVecF64x2ToVecI32x4);
  }

  Registers float_to_integer(const Registers& r, DType from, DType to) {
    const bool s = is_signed_int(to);
    if (size_of(to) == 8) {
      const bn::UnaryOp op = from == DType::Float64
                                 ? (s ? bn::TruncSatSFloat64ToInt64 : bn::TruncSatUFloat64ToInt64)
                                 : (s ? bn::TruncSatSFloat32ToInt64 : bn::TruncSatUFloat32ToInt64);
      return lane_by_lane(c_, shape_, from, to, {r},
                          [&](const std::vector<Local>& lane) { return c_.unary(op, lane[0]); });
    }
    if (size_of(to) == 4) return float_to_word(r, from, s);
    // int32 first, whatever the sign of the target: the narrowing instructions take signed lanes.
    Registers words = float_to_word(r, from, true);
    const auto join = [&](bn::BinaryOp op) {
      return [this, op](Local a, Local b) { return c_.binary(op, a, b); };
    };
    if (size_of(to) == 2) {
      return narrow(words, join(s ? bn::NarrowSVecI32x4ToVecI16x8 : bn::NarrowUVecI32x4ToVecI16x8));
    }
    words = narrow(words, join(bn::NarrowSVecI32x4ToVecI16x8));
    return narrow(words, join(s ? bn::NarrowSVecI16x8ToVecI8x16 : bn::NarrowUVecI16x8ToVecI8x16));
  }

  Registers from_mask(const Value& v, DType to) {
    const unsigned width = bits_of(to);
    const Registers mask = mask_of_width(c_, shape_, v.registers, v.width, width);
    const Local one = c_.splat_bits(width, is_float(to) ? Scalar::of_float(to, 1.0).bits : 1);
    Registers out;
    for (const Local r : mask) out.push_back(c_.keep(c_.binary(bn::AndVec128, r, one)));
    return out;
  }

  Registers to_mask(const Value& v) {
    const Local zero = c_.splat_bits(v.width, 0);
    Registers out;
    for (const Local r : v.registers)
      out.push_back(c_.keep(simd_compare(c_, Op::Ne, v.dtype, r, zero)));
    return out;
  }

  Registers convert(const Value& v, DType to) {
    const DType from = v.dtype;
    if (is_bool(from)) return from_mask(v, to);
    if (is_bool(to)) return to_mask(v);
    if (is_float(from) && is_float(to)) {
      return to == DType::Float64 ? promote(v.registers)
                                  : halve(v.registers, bn::DemoteZeroVecF64x2ToVecF32x4);
    }
    if (is_float(from)) return float_to_integer(v.registers, from, to);
    if (is_float(to)) return integer_to_float(v.registers, from, to);
    return integer_to_width(v.registers, bits_of(from), bits_of(to), is_signed_int(from));
  }

 private:
  Code& c_;
  Shape shape_;
};

}  // namespace

Value cast(Code& c, const Value& value, DType to) {
  if (value.dtype == to) return value;
  Value result = value;
  result.dtype = to;
  result.any_width = false;
  result.width = is_bool(to) ? value.width : bits_of(to);
  if (value.splat) {
    // Splats are converted once, as a uniform value, and copied.
    Value one = value;
    one.shape = Shape{};
    one.splat = false;
    one.registers = {value.registers[0]};
    const Registers converted = Caster(c, one.shape).convert(one, to);
    result.registers.assign(value.shape.registers(result.width), converted[0]);
    return result;
  }
  result.registers = Caster(c, value.shape).convert(value, to);
  return result;
}

}  // namespace me::wasm
