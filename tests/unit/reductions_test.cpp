// Folding the leaves of reductions: identities, wrapping, NaN, signed zeros, one order of sums.
#include "jit/driver/reductions.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ir/kernel_abi.h"

using namespace me;
using namespace me::jit;

namespace {

ir::Reduction reduction(Op op, DType t) {
  ir::Reduction r{};
  r.op = op;
  r.dtype = t;
  return r;
}

Scalar fold(Op op, DType t, const std::vector<Scalar>& leaves) {
  LeafFold f(reduction(op, t));
  for (const Scalar& leaf : leaves) {
    unsigned char slot[ir::kReductionSlotBytes] = {};
    store_scalar(leaf, slot);
    f.push(slot);
  }
  return f.finish();
}

Scalar f64(double v) { return Scalar::of_float(DType::Float64, v); }
Scalar i64(std::int64_t v) { return Scalar::of_int(DType::Int64, v); }
constexpr double kInf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("of no leaves: the identity") {
  CHECK(fold(Op::Sum, DType::Float64, {}).as_double() == 0);
  CHECK_FALSE(std::signbit(fold(Op::Sum, DType::Float64, {}).as_double()));
  CHECK(fold(Op::Prod, DType::Float64, {}).as_double() == 1);
  CHECK(fold(Op::Prod, DType::UInt64, {}).bits == 1);
  CHECK(fold(Op::Min, DType::Float32, {}).as_double() == kInf);
  CHECK(fold(Op::Max, DType::Float64, {}).as_double() == -kInf);
  CHECK(fold(Op::Min, DType::Int8, {}).as_int() == 127);
  CHECK(fold(Op::Max, DType::Int8, {}).as_int() == -128);
  CHECK(fold(Op::Max, DType::Int64, {}).as_int() == INT64_MIN);
  CHECK(fold(Op::Min, DType::UInt64, {}).bits == UINT64_MAX);
  CHECK(fold(Op::Max, DType::UInt16, {}).bits == 0);
  CHECK(fold(Op::Min, DType::Bool, {}).bits == 1);
  CHECK(fold(Op::Any, DType::Bool, {}).bits == 0);
  CHECK(fold(Op::All, DType::Bool, {}).bits == 1);
}

TEST_CASE("integers wrap") {
  CHECK(fold(Op::Sum, DType::Int64, {i64(INT64_MAX), i64(1)}).as_int() == INT64_MIN);
  CHECK(fold(Op::Prod, DType::Int64, {i64(INT64_MIN), i64(-1)}).as_int() == INT64_MIN);
}

TEST_CASE("extremes: NaN wins, zeros have an order, unsigned is unsigned") {
  CHECK(std::isnan(fold(Op::Max, DType::Float64, {f64(1), f64(NAN), f64(kInf)}).as_double()));
  CHECK(std::isnan(fold(Op::Min, DType::Float64, {f64(NAN), f64(-kInf)}).as_double()));
  CHECK(std::signbit(fold(Op::Min, DType::Float64, {f64(0.0), f64(-0.0)}).as_double()));
  CHECK_FALSE(std::signbit(fold(Op::Max, DType::Float64, {f64(-0.0), f64(0.0)}).as_double()));
  CHECK(fold(Op::Max, DType::UInt64, {{DType::UInt64, 1}, {DType::UInt64, UINT64_MAX}}).bits ==
        UINT64_MAX);
  CHECK(fold(Op::Min, DType::Int64, {i64(3), i64(-4), i64(9)}).as_int() == -4);
}

TEST_CASE("sums are a tree over leaves, not a chain") {
  const std::vector<double> v = {1, 1e16, -1e16, 3, 5};
  std::vector<Scalar> leaves;
  for (const double x : v) leaves.push_back(f64(x));
  CHECK(fold(Op::Sum, DType::Float64, leaves).as_double() ==
        ((v[0] + v[1]) + (v[2] + v[3])) + v[4]);
  CHECK(fold(Op::Prod, DType::Float64, leaves).as_double() ==
        ((v[0] * v[1]) * (v[2] * v[3])) * v[4]);
}

TEST_CASE("pairs: products, and extrema by the real part first") {
  const auto folded = [](Op op, const std::vector<vmath::PairValue>& leaves) {
    LeafFold f(reduction(op, DType::Complex128));
    for (const vmath::PairValue& leaf : leaves) f.push(&leaf);
    return vmath::PairValue{f.finish(0).as_double(), f.finish(1).as_double()};
  };
  const vmath::PairValue product = folded(Op::Prod, {{1, 2}, {3, -4}, {0.5, 1}});
  CHECK(product.re == 3.5);
  CHECK(product.im == 12);
  CHECK(folded(Op::Prod, {}).re == 1);
  CHECK(folded(Op::Min, {{1, 2}, {1, -2}, {4, -9}}).im == -2);
  CHECK(folded(Op::Max, {{1, 2}, {1, -2}, {0, 9}}).im == 2);
  const double nan = std::nan("");
  CHECK(folded(Op::Max, {{1, 2}, {7, nan}, {nan, 3}, {9, 9}}).re == 7);  // the first with a NaN
}
