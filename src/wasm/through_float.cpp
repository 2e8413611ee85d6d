// Division and shifts of integers up to 32 bits in the lanes of floats.
//
// Enters: registers. Leaves: registers of the exact integer results. A quotient of integers that is
// no integer is at least 1/b away from one, which is more than the rounding of a float with twice
// the bits of a: truncating the float quotient is exact, for 8 and 16 bits in float32, for 32 bits
// in float64; 64 bits as long as both are below 2^51. Shifts multiply by a power of two, whose
// exponent field is made from the count.
// Example: -7 // 2 of int8 is trunc(-3.5) = -3, remainder -1, whose sign is not the divisor's: -4.
// Tested by tests/unit/wasm_ops_test.cpp (values) and wasm_vector_test.cpp (no lane by itself).
#include "wasm/through_float.h"

#include "wasm/convert.h"
#include "wasm/simd.h"

namespace me::wasm {
namespace {

class Lanes {
 public:
  Lanes(Code& code, Shape shape) : c_(code), shape_(shape) {}

  Value value(DType t, Registers r) const {
    Value v;
    v.dtype = t;
    v.width = bits_of(t);
    v.shape = shape_;
    v.registers = std::move(r);
    return v;
  }
  Value cast(const Value& v, DType to) { return me::wasm::cast(c_, v, to); }

  template <class F>
  Value each(const Value& a, F f) {
    Registers out;
    for (const Local r : a.registers) out.push_back(c_.keep(f(r)));
    return value(a.dtype, std::move(out));
  }
  template <class F>
  Value each(const Value& a, const Value& b, F f) {
    Registers out;
    for (std::size_t i = 0; i < a.registers.size(); ++i) {
      out.push_back(c_.keep(f(a.registers[i], b.registers[i])));
    }
    return value(a.dtype, std::move(out));
  }
  Value op(Op op, const Value& a, const Value& b) {
    return each(a, b, [&](Local x, Local y) { return simd(c_, op, a.dtype, x, y); });
  }
  // Masks are values of the compared dtype: all ones or zeros per lane.
  Value compare(Op op, const Value& a, const Value& b) {
    return each(a, b, [&](Local x, Local y) { return simd_compare(c_, op, a.dtype, x, y); });
  }
  Value select(const Value& mask, const Value& yes, const Value& no) {
    Value out = yes;
    for (std::size_t i = 0; i < out.registers.size(); ++i) {
      out.registers[i] =
          c_.keep(c_.bitselect(mask.registers[i], yes.registers[i], no.registers[i]));
    }
    return out;
  }
  // `a` where the mask is off, else 0.
  Value without(const Value& a, const Value& mask) {
    return each(a, mask,
                [&](Local x, Local m) { return c_.binary(bn::AndNotVec128, x, m); });
  }
  Value splat(DType t, std::uint64_t bits) {
    return value(t, Registers(shape_.registers(bits_of(t)), c_.splat_bits(bits_of(t), bits)));
  }
  Value shifted_left(const Value& a, unsigned n) {
    return each(a, [&](Local r) { return shift_left(c_, bits_of(a.dtype), r, n); });
  }
  Value shifted_right(const Value& a, unsigned n) {
    return each(a, [&](Local r) {
      return shift_right(c_, bits_of(a.dtype), is_signed_int(a.dtype), r, n);
    });
  }
  // The same lanes read as another dtype of the same width.
  static Value as(Value a, DType t) {
    a.dtype = t;
    return a;
  }

  // The integer dtype to compute in, which holds every quotient but minimum / -1 of 32 bits.
  static DType work_of(DType t) { return bits_of(t) == 32 ? t : DType::Int32; }

  Value divided(Op op_, const Value& a, const Value& b) {
    const DType work = work_of(a.dtype);
    const DType real = bits_of(a.dtype) == 32 ? DType::Float64 : DType::Float32;
    const Value x = cast(a, work);
    const Value y = cast(b, work);
    const Value ratio = op(Op::Div, cast(x, real), cast(y, real));
    const Value by_zero = compare(Op::Eq, y, splat(work, 0));
    Value q = cast(ratio, work);
    if (a.dtype == DType::Int32) {
      // The minimum / -1 wraps instead of saturating.
      const Value by_minus_one = compare(Op::Eq, y, splat(work, ~std::uint64_t{0}));
      q = select(by_minus_one, op(Op::Sub, splat(work, 0), x), q);
    }
    return finished(op_, a.dtype, x, y, q, by_zero);
  }

  // Of 64-bit integers between -2^51 and 2^51: added to 1.5 * 2^52 they are a float's low bits.
  Value divided_small(Op op_, const Value& x, const Value& y) {
    const std::uint64_t magic = 0x4338000000000000;
    const DType t = x.dtype;
    const auto to_float = [&](const Value& v) {
      const Value sum = as(op(Op::Add, v, splat(t, magic)), DType::Float64);
      return op(Op::Sub, sum, splat(DType::Float64, magic));
    };
    const Value ratio = op(Op::Div, to_float(x), to_float(y));
    const Value whole = each(ratio, [&](Local r) { return c_.unary(bn::TruncVecF64x2, r); });
    const Value sum = as(op(Op::Add, whole, splat(DType::Float64, magic)), t);
    const Value by_zero = compare(Op::Eq, y, splat(t, 0));
    return finished(op_, t, x, y, op(Op::Sub, sum, splat(t, magic)), by_zero);
  }

  // Not zero if an item lies outside that range, as an i32 expression.
  Node any_large(const Value& x, const Value& y) {
    const bool is_signed = is_signed_int(x.dtype);
    const Value offset = splat(x.dtype, is_signed ? std::uint64_t{1} << 51 : 0);
    const Value either = op(Op::BitOr, op(Op::Add, x, offset), op(Op::Add, y, offset));
    Local bits = either.registers[0];
    for (const Local r : either.registers) bits = c_.keep(c_.binary(bn::OrVec128, bits, r));
    return c_.any_true(c_.keep(shift_right(c_, 64, false, bits, is_signed ? 52 : 51)));
  }

  // What `op_` makes of the quotient rounded to zero, of operands in their working dtype.
  Value finished(Op op_, DType t, const Value& x, const Value& y, Value q, const Value& by_zero) {
    q = without(q, by_zero);
    if (op_ == Op::DivTrunc) return q;
    const Value rest = without(op(Op::Sub, x, op(Op::Mul, q, y)), by_zero);
    const bool floored = op_ == Op::FloorDivide || op_ == Op::Mod;
    if (!floored || is_unsigned_int(t)) return op_ == Op::FloorDivide ? q : rest;
    // -1 where there is a remainder whose sign is not the divisor's.
    const Value zero = splat(x.dtype, 0);
    const Value signs = compare(Op::Lt, op(Op::BitXor, rest, y), zero);
    const Value down = without(signs, compare(Op::Eq, rest, zero));
    if (op_ == Op::FloorDivide) return op(Op::Add, q, down);
    return op(Op::Add, rest, op(Op::BitAnd, down, y));
  }

  // 2^(bias - 127 - n) or 2^(n + bias - 127) as float32, from the exponent field alone.
  Value power_of_two(const Value& n, std::uint64_t bias, bool negative) {
    const Value base = splat(n.dtype, bias);
    const Value exponent = negative ? op(Op::Sub, base, n) : op(Op::Add, base, n);
    return as(shifted_left(exponent, 23), DType::Float32);
  }

  Value shifted(Op op_, const Value& a, const Value& count) {
    const DType t = a.dtype;
    const unsigned width = bits_of(t);
    const DType u = int_of_size(width / 8, false);
    Value n = as(count, u);
    const Value good = compare(Op::Lt, n, splat(u, width));
    const bool keeps_sign = op_ == Op::Shr && is_signed_int(t);
    if (keeps_sign) n = select(good, n, splat(u, width - 1));
    Value out;
    if (op_ == Op::Shl) {
      const Value factor = cast(power_of_two(cast(n, DType::UInt32), 127, false), DType::UInt32);
      out = cast(op(Op::Mul, cast(as(a, u), DType::UInt32), factor), u);
    } else if (width < 32) {
      // (x * 2^(16 - n)) >> 16 within 32 bits.
      const DType wide = is_signed_int(t) ? DType::Int32 : DType::UInt32;
      const Value factor = cast(power_of_two(cast(n, DType::UInt32), 143, true), DType::UInt32);
      out = cast(shifted_right(op(Op::Mul, cast(a, wide), as(factor, wide)), 16), t);
    } else {
      // floor(x * 2^-n) in float64.
      const Value exponent = op(Op::Sub, splat(DType::UInt64, 1023), cast(n, DType::UInt64));
      const Value factor = as(shifted_left(exponent, 52), DType::Float64);
      const Value scaled = op(Op::Mul, cast(a, DType::Float64), factor);
      const Value whole =
          each(scaled, [&](Local r) { return c_.unary(bn::FloorVecF64x2, r); });
      out = cast(whole, t);
    }
    if (keeps_sign) return out;
    return op(Op::BitAnd, as(out, u), good);
  }

 private:
  Code& c_;
  Shape shape_;
};

}  // namespace

Registers divide_through_floats(Code& code, Shape shape, Op op, DType t, const Registers& a,
                                const Registers& b) {
  Lanes lanes(code, shape);
  return lanes.cast(lanes.divided(op, lanes.value(t, a), lanes.value(t, b)), t).registers;
}

SmallDivision divide_small_longs(Code& code, Shape shape, Op op, DType t, const Registers& a,
                                 const Registers& b) {
  Lanes lanes(code, shape);
  const Value x = lanes.value(t, a);
  const Value y = lanes.value(t, b);
  SmallDivision result;
  result.registers = lanes.divided_small(op, x, y).registers;
  result.any_large = lanes.any_large(x, y);
  return result;
}

Registers shift_through_floats(Code& code, Op op, DType t, Shape shape, const Registers& a,
                               const Registers& count) {
  Lanes lanes(code, shape);
  return lanes.shifted(op, lanes.value(t, a), lanes.value(t, count)).registers;
}

}  // namespace me::wasm
