// Operations that SIMD128 has an instruction for, or a short sequence.
//
// Enters: an operation, a dtype and registers. Leaves: an expression for the resulting register.
// Example: Minimum of uint64, which has no instruction, compares with flipped signs and selects.
// All sequences give the interpreter's bits for every input. Tested by
// tests/unit/wasm_ops_test.cpp.
#include "base/status.h"
#include "wasm/simd.h"

namespace me::wasm {
namespace {

constexpr PerWidth kAdd = {{bn::AddVecI8x16, bn::AddVecI16x8, bn::AddVecI32x4, bn::AddVecI64x2}};
constexpr PerWidth kSub = {{bn::SubVecI8x16, bn::SubVecI16x8, bn::SubVecI32x4, bn::SubVecI64x2}};
constexpr PerWidth kEq = {{bn::EqVecI8x16, bn::EqVecI16x8, bn::EqVecI32x4, bn::EqVecI64x2}};
constexpr PerWidth kNe = {{bn::NeVecI8x16, bn::NeVecI16x8, bn::NeVecI32x4, bn::NeVecI64x2}};

// Signed ones; bn::InvalidBinary: none.
constexpr PerWidth kLtS = {{bn::LtSVecI8x16, bn::LtSVecI16x8, bn::LtSVecI32x4, bn::LtSVecI64x2}};
constexpr PerWidth kLeS = {{bn::LeSVecI8x16, bn::LeSVecI16x8, bn::LeSVecI32x4, bn::LeSVecI64x2}};
constexpr PerWidth kGtS = {{bn::GtSVecI8x16, bn::GtSVecI16x8, bn::GtSVecI32x4, bn::GtSVecI64x2}};
constexpr PerWidth kGeS = {{bn::GeSVecI8x16, bn::GeSVecI16x8, bn::GeSVecI32x4, bn::GeSVecI64x2}};
constexpr PerWidth kLtU = {{bn::LtUVecI8x16, bn::LtUVecI16x8, bn::LtUVecI32x4, bn::InvalidBinary}};
constexpr PerWidth kLeU = {{bn::LeUVecI8x16, bn::LeUVecI16x8, bn::LeUVecI32x4, bn::InvalidBinary}};
constexpr PerWidth kGtU = {{bn::GtUVecI8x16, bn::GtUVecI16x8, bn::GtUVecI32x4, bn::InvalidBinary}};
constexpr PerWidth kGeU = {{bn::GeUVecI8x16, bn::GeUVecI16x8, bn::GeUVecI32x4, bn::InvalidBinary}};
constexpr PerWidth kMinS = {
    {bn::MinSVecI8x16, bn::MinSVecI16x8, bn::MinSVecI32x4, bn::InvalidBinary}};
constexpr PerWidth kMaxS = {
    {bn::MaxSVecI8x16, bn::MaxSVecI16x8, bn::MaxSVecI32x4, bn::InvalidBinary}};
constexpr PerWidth kMinU = {
    {bn::MinUVecI8x16, bn::MinUVecI16x8, bn::MinUVecI32x4, bn::InvalidBinary}};
constexpr PerWidth kMaxU = {
    {bn::MaxUVecI8x16, bn::MaxUVecI16x8, bn::MaxUVecI32x4, bn::InvalidBinary}};

template <class T>
T by_float(DType t, T f32, T f64) {
  return t == DType::Float32 ? f32 : f64;
}

Local sign_bits(Code& c, DType t) {
  const unsigned width = bits_of(t);
  return c.splat_bits(width, std::uint64_t{1} << (width - 1));
}

// i8 lanes have no product: the low bytes of 16-bit products.
Node multiply_bytes(Code& c, Local a, Local b) {
  const Local low = c.keep(c.binary(bn::ExtMulLowSVecI16x8, a, b));
  const Local high = c.keep(c.binary(bn::ExtMulHighSVecI16x8, a, b));
  return c.shuffle(low, high, {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30});
}

Node multiply(Code& c, DType t, Local a, Local b) {
  switch (bits_of(t)) {
    case 8:
      return multiply_bytes(c, a, b);
    case 16:
      return c.binary(bn::MulVecI16x8, a, b);
    case 32:
      return c.binary(bn::MulVecI32x4, a, b);
    default:
      return c.binary(bn::MulVecI64x2, a, b);
  }
}

Node integer_extremum(Code& c, bool smallest, DType t, Local a, Local b) {
  const unsigned width = bits_of(t);
  if (width < 64) {
    const PerWidth& ops =
        is_signed_int(t) ? (smallest ? kMinS : kMaxS) : (smallest ? kMinU : kMaxU);
    return c.binary(ops.at(width), a, b);
  }
  const Local less = c.keep(simd_compare(c, Op::Lt, t, a, b));
  return smallest ? c.bitselect(less, a, b) : c.bitselect(less, b, a);
}

Node float_extremum(Code& c, bool smallest, DType t, Local a, Local b) {
  return c.binary(smallest ? by_float(t, bn::MinVecF32x4, bn::MinVecF64x2)
                           : by_float(t, bn::MaxVecF32x4, bn::MaxVecF64x2),
                  a, b);
}

Node extremum(Code& c, bool smallest, DType t, Local a, Local b) {
  return is_float(t) ? float_extremum(c, smallest, t, a, b)
                     : integer_extremum(c, smallest, t, a, b);
}

// Fmin, Fmax: a NaN loses.
Node extremum_of_numbers(Code& c, bool smallest, DType t, Local a, Local b) {
  if (!is_float(t)) return integer_extremum(c, smallest, t, a, b);
  const Local both = c.keep(float_extremum(c, smallest, t, a, b));
  const Local a_number = c.keep(simd_compare(c, Op::Eq, t, a, a));
  const Local b_number = c.keep(simd_compare(c, Op::Eq, t, b, b));
  const Local with_a = c.keep(c.bitselect(a_number, both, b));
  return c.bitselect(b_number, with_a, a);
}

Node copysign(Code& c, DType t, Local a, Local b) { return c.bitselect(sign_bits(c, t), b, a); }

// One step along the bit patterns, which are ordered like the magnitudes.
Node nextafter(Code& c, DType t, Local a, Local b) {
  const unsigned width = bits_of(t);
  const DType i = int_of_size(width / 8, true);
  const Local zero = c.splat_bits(width, 0);
  const Local one = c.splat_bits(width, 1);
  const Local upwards = c.keep(simd_compare(c, Op::Lt, t, a, b));
  const Local positive = c.keep(simd_compare(c, Op::Gt, t, a, zero));
  // All ones, which is -1, where the magnitude shrinks, else 0; twice that plus 1 is the step.
  const Local shrinks = c.keep(c.binary(bn::XorVec128, upwards, positive));
  const Local step = c.keep(c.binary(bn::OrVec128, shrinks, one));
  const Local moved = c.keep(simd(c, Op::Add, i, a, step));
  const Local b_sign = c.keep(c.binary(bn::AndVec128, b, sign_bits(c, t)));
  const Local smallest = c.keep(c.binary(bn::OrVec128, b_sign, one));
  const Local a_zero = c.keep(simd_compare(c, Op::Eq, t, a, zero));
  const Local stepped = c.keep(c.bitselect(a_zero, smallest, moved));
  const Local same = c.keep(simd_compare(c, Op::Eq, t, a, b));
  const Local number = c.keep(c.bitselect(same, b, stepped));
  const Local sum = c.keep(simd(c, Op::Add, t, a, b));
  const Local a_nan = c.keep(simd_compare(c, Op::Ne, t, a, a));
  const Local b_nan = c.keep(simd_compare(c, Op::Ne, t, b, b));
  const Local nan = c.keep(c.binary(bn::OrVec128, a_nan, b_nan));
  return c.bitselect(nan, sum, number);
}

Node negate(Code& c, DType t, Local a) {
  switch (bits_of(t)) {
    case 8:
      return c.unary(bn::NegVecI8x16, a);
    case 16:
      return c.unary(bn::NegVecI16x8, a);
    case 32:
      return c.unary(by_float(t, bn::NegVecF32x4, bn::NegVecI32x4), a);
    default:
      return c.unary(is_float(t) ? bn::NegVecF64x2 : bn::NegVecI64x2, a);
  }
}

Node absolute(Code& c, DType t, Local a) {
  if (is_unsigned_int(t)) return c.get(a);
  switch (bits_of(t)) {
    case 8:
      return c.unary(bn::AbsVecI8x16, a);
    case 16:
      return c.unary(bn::AbsVecI16x8, a);
    case 32:
      return c.unary(by_float(t, bn::AbsVecF32x4, bn::AbsVecI32x4), a);
    default:
      return c.unary(is_float(t) ? bn::AbsVecF64x2 : bn::AbsVecI64x2, a);
  }
}

Node rounded(Code& c, DType t, Local a, bn::UnaryOp f32, bn::UnaryOp f64) {
  return is_float(t) ? c.unary(by_float(t, f32, f64), a) : nullptr;
}

struct Order {
  PerWidth is_signed, is_unsigned;
  bn::BinaryOp f32, f64;
};

Order order_of(Op op) {
  switch (op) {
    case Op::Lt:
      return {kLtS, kLtU, bn::LtVecF32x4, bn::LtVecF64x2};
    case Op::Le:
      return {kLeS, kLeU, bn::LeVecF32x4, bn::LeVecF64x2};
    case Op::Gt:
      return {kGtS, kGtU, bn::GtVecF32x4, bn::GtVecF64x2};
    case Op::Ge:
      return {kGeS, kGeU, bn::GeVecF32x4, bn::GeVecF64x2};
    case Op::Eq:
      return {kEq, kEq, bn::EqVecF32x4, bn::EqVecF64x2};
    case Op::Ne:
      return {kNe, kNe, bn::NeVecF32x4, bn::NeVecF64x2};
    default:
      throw Unsupported("not a comparison: " + std::string(info_of(op).name));
  }
}

}  // namespace

Node simd(Code& c, Op op, DType t, Local a, Local b) {
  const unsigned width = bits_of(t);
  const bool f = is_float(t);
  switch (op) {
    case Op::Add:
      return f ? c.binary(by_float(t, bn::AddVecF32x4, bn::AddVecF64x2), a, b)
               : c.binary(kAdd.at(width), a, b);
    case Op::Sub:
      return f ? c.binary(by_float(t, bn::SubVecF32x4, bn::SubVecF64x2), a, b)
               : c.binary(kSub.at(width), a, b);
    case Op::Mul:
      return f ? c.binary(by_float(t, bn::MulVecF32x4, bn::MulVecF64x2), a, b)
               : multiply(c, t, a, b);
    case Op::Div:
      return f ? c.binary(by_float(t, bn::DivVecF32x4, bn::DivVecF64x2), a, b) : nullptr;
    case Op::Neg:
      return negate(c, t, a);
    case Op::Abs:
      return absolute(c, t, a);
    case Op::BitAnd:
      return c.binary(bn::AndVec128, a, b);
    case Op::BitOr:
      return c.binary(bn::OrVec128, a, b);
    case Op::BitXor:
      return c.binary(bn::XorVec128, a, b);
    case Op::BitNot:
      return c.unary(bn::NotVec128, a);
    case Op::Minimum:
      return extremum(c, true, t, a, b);
    case Op::Maximum:
      return extremum(c, false, t, a, b);
    case Op::Fmin:
      return extremum_of_numbers(c, true, t, a, b);
    case Op::Fmax:
      return extremum_of_numbers(c, false, t, a, b);
    case Op::Floor:
      return rounded(c, t, a, bn::FloorVecF32x4, bn::FloorVecF64x2);
    case Op::Ceil:
      return rounded(c, t, a, bn::CeilVecF32x4, bn::CeilVecF64x2);
    case Op::Trunc:
      return rounded(c, t, a, bn::TruncVecF32x4, bn::TruncVecF64x2);
    case Op::Rint:
      return rounded(c, t, a, bn::NearestVecF32x4, bn::NearestVecF64x2);
    case Op::Sqrt:
      return rounded(c, t, a, bn::SqrtVecF32x4, bn::SqrtVecF64x2);
    case Op::Copysign:
      return f ? copysign(c, t, a, b) : nullptr;
    case Op::Nextafter:
      return f ? nextafter(c, t, a, b) : nullptr;
    default:
      return nullptr;
  }
}

Node simd_compare(Code& c, Op op, DType t, Local a, Local b) {
  const Order order = order_of(op);
  if (is_float(t)) return c.binary(by_float(t, order.f32, order.f64), a, b);
  const unsigned width = bits_of(t);
  if (is_signed_int(t)) return c.binary(order.is_signed.at(width), a, b);
  const bn::BinaryOp direct = order.is_unsigned.at(width);
  if (direct != bn::InvalidBinary) return c.binary(direct, a, b);
  const Local flip = sign_bits(c, t);
  return c.binary(order.is_signed.at(width), c.keep(c.binary(bn::XorVec128, a, flip)),
                  c.keep(c.binary(bn::XorVec128, b, flip)));
}

Node mask_compare(Code& c, Op op, Local a, Local b) {
  const auto and_not = [&](Local x, Local y) { return c.binary(bn::AndNotVec128, x, y); };
  const auto inverse = [&](Node n) { return c.unary(bn::NotVec128, c.keep(n)); };
  switch (op) {
    case Op::Lt:
      return and_not(b, a);
    case Op::Gt:
      return and_not(a, b);
    case Op::Le:
      return inverse(and_not(a, b));
    case Op::Ge:
      return inverse(and_not(b, a));
    case Op::Eq:
      return inverse(c.binary(bn::XorVec128, a, b));
    case Op::Ne:
      return c.binary(bn::XorVec128, a, b);
    default:
      throw Unsupported("not a comparison: " + std::string(info_of(op).name));
  }
}

bn::SIMDShiftOp shift_op(Op op, DType t) {
  const bool left = op == Op::Shl;
  const bool arithmetic = is_signed_int(t);
  switch (bits_of(t)) {
    case 8:
      return left ? bn::ShlVecI8x16 : arithmetic ? bn::ShrSVecI8x16 : bn::ShrUVecI8x16;
    case 16:
      return left ? bn::ShlVecI16x8 : arithmetic ? bn::ShrSVecI16x8 : bn::ShrUVecI16x8;
    case 32:
      return left ? bn::ShlVecI32x4 : arithmetic ? bn::ShrSVecI32x4 : bn::ShrUVecI32x4;
    default:
      return left ? bn::ShlVecI64x2 : arithmetic ? bn::ShrSVecI64x2 : bn::ShrUVecI64x2;
  }
}

Node shift_left(Code& c, unsigned width, Local a, unsigned count) {
  return c.shift(shift_op(Op::Shl, int_of_size(width / 8, false)), a,
                 c.i32(static_cast<std::int32_t>(count)));
}

Node shift_right(Code& c, unsigned width, bool is_signed, Local a, unsigned count) {
  return c.shift(shift_op(Op::Shr, int_of_size(width / 8, is_signed)), a,
                 c.i32(static_cast<std::int32_t>(count)));
}

}  // namespace me::wasm
