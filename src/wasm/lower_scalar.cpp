// What SIMD128 has no instruction for: integer division, shifts by vectors, integer powers.
//
// Enters: registers. Leaves: registers that went through floats, were taken apart lane by lane (64
// bits that floats do not hold), or a loop. Example: Mod of int64 by a zero lane divides by 1 and
// selects 0 afterwards, as wasm's i64.rem_s would trap. A power squares all lanes until no exponent
// has bits left. Tested by tests/unit/wasm_ops_test.cpp and wasm_vector_test.cpp.
#include "base/status.h"
#include "wasm/convert.h"
#include "wasm/scalar.h"
#include "wasm/simd.h"
#include "wasm/through_float.h"

namespace me::wasm {
namespace {

bn::SIMDReplaceOp replace_op(DType t) {
  switch (bits_of(t)) {
    case 8:
      return bn::ReplaceLaneVecI8x16;
    case 16:
      return bn::ReplaceLaneVecI16x8;
    case 32:
      return is_float(t) ? bn::ReplaceLaneVecF32x4 : bn::ReplaceLaneVecI32x4;
    default:
      return is_float(t) ? bn::ReplaceLaneVecF64x2 : bn::ReplaceLaneVecI64x2;
  }
}

bn::UnaryOp splat_op(DType t) {
  switch (bits_of(t)) {
    case 8:
      return bn::SplatVecI8x16;
    case 16:
      return bn::SplatVecI16x8;
    case 32:
      return is_float(t) ? bn::SplatVecF32x4 : bn::SplatVecI32x4;
    default:
      return is_float(t) ? bn::SplatVecF64x2 : bn::SplatVecI64x2;
  }
}

// Scalar code of 64-bit integers.
class Integer {
 public:
  explicit Integer(Code& code) : c_(code) {}

  Node divide(Op op, bool is_signed, Local a, Local b) {
    const bool quotient = op == Op::DivTrunc || op == Op::FloorDivide;
    if (!is_signed) {
      const Local divisor = c_.keep(select(is(b, 0), c_.i64(1), c_.get(b)));
      Node r = c_.binary(quotient ? bn::DivUInt64 : bn::RemUInt64, a, divisor);
      return select(is(b, 0), c_.i64(0), r);
    }
    // Divisors 0 and -1 are replaced by 1: the quotients are then 0 and -a, the remainders 0.
    const Local zero = c_.keep(is(b, 0));
    const Local minus_one = c_.keep(is(b, -1));
    const Local odd = c_.keep(c_.binary(bn::OrInt32, zero, minus_one));
    const Local divisor = c_.keep(select(c_.get(odd), c_.i64(1), c_.get(b)));
    // One division: the remainder of a floored quotient is a product away.
    const Local plain = quotient ? c_.keep(c_.binary(bn::DivSInt64, a, divisor)) : Local{0};
    Node remainder = quotient ? c_.binary(bn::SubInt64, c_.get(a),
                                          c_.binary(bn::MulInt64, plain, divisor))
                              : c_.binary(bn::RemSInt64, a, divisor);
    const Local rest = c_.keep(remainder);
    const bool floored = op == Op::FloorDivide || op == Op::Mod;
    // Set where a remainder other than zero and the divisor differ in sign.
    Local below = 0;
    if (floored) {
      Node differ = c_.binary(bn::LtSInt64, c_.binary(bn::XorInt64, rest, b), c_.i64(0));
      Node some = c_.binary(bn::NeInt64, c_.get(rest), c_.i64(0));
      below = c_.keep(c_.binary(bn::AndInt32, differ, some));
    }
    if (!quotient) {
      if (!floored) return c_.get(rest);
      return c_.binary(bn::AddInt64, c_.get(rest), select(c_.get(below), c_.get(b), c_.i64(0)));
    }
    Node down = c_.get(plain);
    if (floored) {
      down = c_.binary(bn::SubInt64, down, select(c_.get(below), c_.i64(1), c_.i64(0)));
    }
    Node negative = c_.binary(bn::SubInt64, c_.i64(0), c_.get(a));
    Node nonzero = select(c_.get(minus_one), negative, down);
    return select(c_.get(zero), c_.i64(0), nonzero);
  }

  // As an unsigned number a bad count is at least the width.
  Node shift(Op op, bool is_signed, Local a, Local count) {
    const Local good = c_.keep(c_.binary(bn::LtUInt64, c_.get(count), c_.i64(64)));
    if (op == Op::Shr && is_signed) {
      return c_.binary(bn::ShrSInt64, c_.get(a), select(c_.get(good), c_.get(count), c_.i64(63)));
    }
    Node shifted = c_.binary(op == Op::Shl ? bn::ShlInt64 : bn::ShrUInt64, a, count);
    return select(c_.get(good), shifted, c_.i64(0));
  }

 private:
  Node select(Node condition, Node a, Node b) { return c_.make().makeSelect(condition, a, b); }
  Node is(Local a, std::int64_t v) { return c_.binary(bn::EqInt64, c_.get(a), c_.i64(v)); }

  Code& c_;
};

// All lanes by one count, which stands in every lane of `count`.
Registers uniform_shift(Code& c, Op op, DType t, const Registers& a, Local count) {
  const std::int32_t width = static_cast<std::int32_t>(bits_of(t));
  const DType count_type = int_of_size(size_of(t), false);
  const Local n = c.keep(extract_lane(c, count_type, count, 0));
  const Local good = c.keep(width == 64 ? c.binary(bn::LtUInt64, c.get(n), c.i64(width))
                                        : c.binary(bn::LtUInt32, c.get(n), c.i32(width)));
  const auto low_word = [&] { return width == 64 ? c.unary(bn::WrapInt64, n) : c.get(n); };
  Registers out;
  if (op == Op::Shr && is_signed_int(t)) {
    const Local used = c.keep(c.make().makeSelect(c.get(good), low_word(), c.i32(width - 1)));
    for (const Local r : a) out.push_back(c.keep(c.shift(shift_op(op, t), r, c.get(used))));
    return out;
  }
  Node keep_bits = c.make().makeSelect(c.get(good), c.i32(-1), c.i32(0));
  const Local mask = c.keep(c.make().makeUnary(bn::SplatVecI32x4, keep_bits));
  const Local used = c.keep(low_word());
  for (const Local r : a) {
    const Local shifted = c.keep(c.shift(shift_op(op, t), r, c.get(used)));
    out.push_back(c.keep(c.binary(bn::AndVec128, shifted, mask)));
  }
  return out;
}

}  // namespace

Node extract_lane(Code& c, DType t, Local vector, unsigned lane) {
  bn::SIMDExtractOp op;
  const bool s = is_signed_int(t);
  switch (bits_of(t)) {
    case 8:
      op = s ? bn::ExtractLaneSVecI8x16 : bn::ExtractLaneUVecI8x16;
      break;
    case 16:
      op = s ? bn::ExtractLaneSVecI16x8 : bn::ExtractLaneUVecI16x8;
      break;
    case 32:
      op = is_float(t) ? bn::ExtractLaneVecF32x4 : bn::ExtractLaneVecI32x4;
      break;
    default:
      op = is_float(t) ? bn::ExtractLaneVecF64x2 : bn::ExtractLaneVecI64x2;
      break;
  }
  return c.make().makeSIMDExtract(op, c.get(vector), static_cast<std::uint8_t>(lane));
}

Registers lane_by_lane(Code& c, Shape shape, DType from, DType to,
                       const std::vector<Registers>& args,
                       const std::function<Node(const std::vector<Local>&)>& f) {
  const unsigned from_lanes = shape.used_lanes(bits_of(from));
  const unsigned to_lanes = shape.used_lanes(bits_of(to));
  const unsigned total = shape.uniform() ? 1 : shape.lanes;
  Registers out;
  for (unsigned i = 0; i < total; ++i) {
    std::vector<Local> lane;
    for (const Registers& a : args) {
      lane.push_back(c.keep(extract_lane(c, from, a[i / from_lanes], i % from_lanes)));
    }
    const Local value = c.keep(f(lane));
    if (i % to_lanes == 0) {
      out.push_back(c.keep(c.unary(splat_op(to), value)));
    } else {
      c.set(out.back(),
            c.make().makeSIMDReplace(replace_op(to), c.get(out.back()),
                                     static_cast<std::uint8_t>(i % to_lanes), c.get(value)));
    }
  }
  return out;
}

Registers integer_division(Code& c, Shape shape, Op op, DType t, const Registers& a,
                           const Registers& b) {
  if (bits_of(t) < 64) return divide_through_floats(c, shape, op, t, a, b);
  Integer code(c);
  const auto by_lanes = [&] {
    return lane_by_lane(c, shape, t, t, {a, b}, [&](const std::vector<Local>& lane) {
      return code.divide(op, is_signed_int(t), lane[0], lane[1]);
    });
  };
  if (shape.uniform()) return by_lanes();
  SmallDivision small = divide_small_longs(c, shape, op, t, a, b);
  c.begin_if(small.any_large);
  const Registers exact = by_lanes();
  for (std::size_t i = 0; i < exact.size(); ++i) c.set(small.registers[i], c.get(exact[i]));
  c.end();
  return small.registers;
}

Registers shift(Code& c, Op op, const Value& a, const Value& count) {
  if (count.splat || count.shape.uniform()) {
    return uniform_shift(c, op, a.dtype, a.registers, count.registers[0]);
  }
  if (bits_of(a.dtype) < 64) {
    return shift_through_floats(c, op, a.dtype, a.shape, a.registers, count.registers);
  }
  Integer code(c);
  return lane_by_lane(
      c, a.shape, a.dtype, a.dtype, {a.registers, count.registers},
      [&](const std::vector<Local>& lane) {
        return code.shift(op, is_signed_int(a.dtype), lane[0], lane[1]);
      });
}

Registers integer_power(Code& c, DType t, const Registers& a, const Registers& b) {
  const unsigned width = bits_of(t);
  const Local zero = c.splat_bits(width, 0);
  const Local one = c.splat_bits(width, 1);
  const std::size_t n = a.size();
  Registers result(n), square(n), exponent(n), of_negative(n), negative(n);
  for (std::size_t i = 0; i < n; ++i) {
    result[i] = c.copy(one);
    square[i] = c.copy(a[i]);
    exponent[i] = c.copy(b[i]);
    if (!is_signed_int(t)) continue;
    // Negative exponents: 1 and -1 are their own inverses up to sign, all else gives 0.
    negative[i] = c.keep(simd_compare(c, Op::Lt, t, b[i], zero));
    const Local is_one = c.keep(simd_compare(c, Op::Eq, t, a[i], one));
    const Local minus_one = c.splat_bits(width, ~std::uint64_t{0});
    const Local is_minus_one = c.keep(simd_compare(c, Op::Eq, t, a[i], minus_one));
    const Local odd_bit = c.keep(c.binary(bn::AndVec128, b[i], one));
    const Local odd = c.keep(simd_compare(c, Op::Eq, t, odd_bit, one));
    const Local sign = c.keep(c.bitselect(odd, minus_one, one));
    const Local signed_one = c.keep(c.binary(bn::AndVec128, is_minus_one, sign));
    const Local plain_one = c.keep(c.binary(bn::AndVec128, is_one, one));
    of_negative[i] = c.keep(c.binary(bn::OrVec128, signed_one, plain_one));
    c.set(exponent[i], c.binary(bn::AndNotVec128, exponent[i], negative[i]));
  }
  const bn::Name done = c.begin_block();
  const bn::Name top = c.begin_loop();
  Local left = exponent[0];
  for (std::size_t i = 1; i < n; ++i) left = c.keep(c.binary(bn::OrVec128, left, exponent[i]));
  c.leave(done, c.make().makeUnary(bn::EqZInt32, c.any_true(left)));
  for (std::size_t i = 0; i < n; ++i) {
    const Local odd_bit = c.keep(c.binary(bn::AndVec128, exponent[i], one));
    const Local odd = c.keep(simd_compare(c, Op::Eq, t, odd_bit, one));
    const Local product = c.keep(simd(c, Op::Mul, t, result[i], square[i]));
    c.set(result[i], c.bitselect(odd, product, result[i]));
    c.set(square[i], simd(c, Op::Mul, t, square[i], square[i]));
    c.set(exponent[i], shift_right(c, width, false, exponent[i], 1));
  }
  c.leave(top);
  c.end();
  c.end();
  if (is_signed_int(t)) {
    for (std::size_t i = 0; i < n; ++i) {
      c.set(result[i], c.bitselect(negative[i], of_negative[i], result[i]));
    }
  }
  return result;
}

}  // namespace me::wasm
