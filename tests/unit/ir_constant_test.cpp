// The constant evaluator at the corners that RULES.md names.
#include "ir/constant.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace me::ir {
namespace {

std::int64_t ints(Op op, DType t, std::int64_t a, std::int64_t b) {
  return evaluate(op, t, {Scalar::of_int(t, a), Scalar::of_int(t, b), Scalar{}})->as_int();
}

double reals(Op op, DType t, double a, double b) {
  return evaluate(op, t, {Scalar::of_float(t, a), Scalar::of_float(t, b), Scalar{}})->as_double();
}

TEST_CASE("integers wrap and never trap") {
  CHECK(ints(Op::Add, DType::UInt8, 200, 100) == 44);
  CHECK(ints(Op::Mul, DType::Int8, 100, 3) == 44);
  CHECK(ints(Op::DivTrunc, DType::Int32, INT32_MIN, -1) == INT32_MIN);
  CHECK(ints(Op::DivTrunc, DType::Int64, INT64_MIN, -1) == INT64_MIN);
  CHECK(ints(Op::Mod, DType::Int64, INT64_MIN, -1) == 0);
  CHECK(ints(Op::FloorDivide, DType::Int16, 5, 0) == 0);
  CHECK(ints(Op::Mod, DType::UInt16, 5, 0) == 0);
  CHECK(ints(Op::FloorDivide, DType::Int8, -7, 2) == -4);
  CHECK(ints(Op::FloorDivide, DType::Int8, 7, -2) == -4);
  CHECK(ints(Op::DivTrunc, DType::Int8, -7, 2) == -3);
  CHECK(ints(Op::Mod, DType::Int8, -7, 3) == 2);
  CHECK(ints(Op::Mod, DType::Int8, 7, -3) == -2);
  CHECK(ints(Op::Fmod, DType::Int8, -7, 3) == -1);
}

TEST_CASE("shifts and powers") {
  CHECK(ints(Op::Shl, DType::Int32, 1, 31) == INT32_MIN);
  CHECK(ints(Op::Shl, DType::Int32, 1, 32) == 0);
  CHECK(ints(Op::Shl, DType::Int32, 1, -1) == 0);
  CHECK(ints(Op::Shr, DType::Int8, -128, 100) == -1);
  CHECK(ints(Op::Shr, DType::Int8, -128, -3) == -1);
  CHECK(ints(Op::Shr, DType::UInt8, 255, 8) == 0);
  CHECK(ints(Op::Pow, DType::Int8, 3, 5) == -13);
  CHECK(ints(Op::Pow, DType::Int64, 2, -1) == 0);
  CHECK(ints(Op::Pow, DType::Int64, 1, -7) == 1);
  CHECK(ints(Op::Pow, DType::Int64, -1, -7) == -1);
  CHECK(ints(Op::Pow, DType::Int64, -1, -8) == 1);
  CHECK(ints(Op::Pow, DType::Int64, 0, 0) == 1);
}

TEST_CASE("extrema order zeros and treat NaN as their kind says") {
  const DType f = DType::Float64;
  CHECK(std::signbit(reals(Op::Minimum, f, 0.0, -0.0)));
  CHECK(std::signbit(reals(Op::Minimum, f, -0.0, 0.0)));
  CHECK_FALSE(std::signbit(reals(Op::Maximum, f, -0.0, 0.0)));
  CHECK(std::isnan(reals(Op::Minimum, f, NAN, 1)));
  CHECK(std::isnan(reals(Op::Maximum, f, 1, NAN)));
  CHECK(reals(Op::Fmin, f, NAN, 1) == 1);
  CHECK(reals(Op::Fmax, f, 1, NAN) == 1);
}

TEST_CASE("float32 is rounded to float32") {
  CHECK(reals(Op::Add, DType::Float32, 16777216, 1) == 16777216);
  CHECK(reals(Op::Div, DType::Float32, 1, 3) == double{1.0f / 3.0f});
}

TEST_CASE("comparisons of 64-bit integers are exact") {
  const Scalar a = Scalar::of_int(DType::UInt64, -1);
  const Scalar b = Scalar::of_int(DType::UInt64, -2);
  CHECK(evaluate(Op::Gt, DType::Bool, {a, b, Scalar{}})->bits == 1);
  const Scalar nan = Scalar::of_float(DType::Float64, NAN);
  CHECK(evaluate(Op::Ge, DType::Bool, {nan, nan, Scalar{}})->bits == 0);
  CHECK(evaluate(Op::Ne, DType::Bool, {nan, nan, Scalar{}})->bits == 1);
}

TEST_CASE("math operations are left to the tiers") {
  const Scalar x = Scalar::of_float(DType::Float64, 1);
  CHECK_FALSE(evaluate(Op::Exp, DType::Float64, {x, Scalar{}, Scalar{}}));
}

}  // namespace
}  // namespace me::ir
