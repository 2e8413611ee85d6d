// Superinstructions: which operations share a step, and that values which somebody else reads, or
// which change in between, do not.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "interp_programs.h"

namespace {

using namespace me;        // NOLINT
using namespace me::test;  // NOLINT
using interp::Place;
using interp::StepKind;

constexpr DType kF64 = DType::Float64;

std::size_t steps(const Builder& b) { return interp::schedule(b.program, 0).body.size(); }

std::vector<double> values(const Builder& b) {
  const std::vector<double> x = {1, -2, 3, 4.5, -6}, y = {2, 3, -1, 0.25, 8};
  std::vector<double> out(x.size());
  CHECK(run(b, {x.data(), y.data()}, out.data(), 5) == ir::KernelStatus::Done);
  return out;
}

TEST_CASE("a product and a sum are one step, constants included") {
  Builder b(kF64, {kF64, kF64});
  const ValueId product = b.op(Op::Mul, kF64, b.operand(0), b.splat(b.number(2)));
  b.store(b.op(Op::Sub, kF64, b.operand(1), product));
  CHECK(steps(b) == 1);
  CHECK(values(b) == std::vector<double>{0, 7, -7, -8.75, 20});
}

TEST_CASE("each operation is in at most one pair") {
  Builder b(kF64, {kF64, kF64});
  ValueId v = b.operand(0);
  for (int i = 0; i < 4; ++i) {  // Horner: four pairs
    v = b.op(Op::Add, kF64, b.op(Op::Mul, kF64, v, b.operand(1)), b.splat(b.number(1)));
  }
  b.store(v);
  CHECK(steps(b) == 4);
}

TEST_CASE("a value with two readers has a step of its own") {
  Builder b(kF64, {kF64, kF64});
  const ValueId product = b.op(Op::Mul, kF64, b.operand(0), b.operand(1));
  const ValueId sum = b.op(Op::Add, kF64, product, b.operand(1));
  b.store(b.op(Op::Div, kF64, sum, product));
  CHECK(steps(b) == 3);
}

TEST_CASE("a value is not computed later if a local that it reads has changed by then") {
  Builder b(kF64, {kF64, kF64});
  const std::uint32_t x = b.local(kF64);
  b.set(x, b.operand(0));
  const ValueId before = b.op(Op::Mul, kF64, b.get(x), b.operand(1));
  b.set(x, b.operand(1));
  b.store(b.op(Op::Add, kF64, before, b.get(x)));
  CHECK(values(b) == std::vector<double>{4, -3, -4, 1.375, -40});
}

TEST_CASE("a value is not computed inside a region for one outside of it") {
  Builder b(kF64, {kF64, kF64});
  const std::uint32_t x = b.local(kF64), n = b.local(kF64);
  b.set(x, b.operand(0));
  b.set(n, b.splat(b.number(0)));
  const ValueId outside = b.op(Op::Mul, kF64, b.operand(0), b.operand(1));
  b.begin_loop();
  const ValueId more = b.op(Op::Lt, DType::Bool, b.get(n), b.splat(b.number(3)));
  b.leave_unless(more);
  b.set(n, b.op(Op::Add, kF64, b.get(n), b.splat(b.number(1))));
  b.set(x, b.op(Op::Add, kF64, b.get(x), outside));
  b.end();
  b.store(b.get(x));
  const interp::StageProgram p = interp::schedule(b.program, 0);
  const auto loop = std::find_if(p.body.begin(), p.body.end(),
                                 [](const auto& s) { return s.kind == StepKind::EnterLoop; });
  CHECK(loop - p.body.begin() == 3);  // two Sets and the product
  CHECK(values(b) == std::vector<double>{7, -20, -6, 7.875, -150});
}

TEST_CASE("a masked assignment takes its operation in") {
  Builder b(kF64, {kF64, kF64});
  const std::uint32_t x = b.local(kF64);
  b.set(x, b.operand(1));
  const ValueId mask = b.op(Op::Gt, DType::Bool, b.operand(0), b.splat(b.number(0)));
  b.set(x, b.op(Op::Sub, kF64, b.splat(b.number(1)), b.get(x)), mask);
  b.store(b.get(x));
  CHECK(steps(b) == 4);  // copy in, comparison, masked subtraction, copy out
  CHECK(values(b) == std::vector<double>{-1, 3, 2, 0.75, 8});
}

TEST_CASE("a comparison and what it chooses are one step, or it and another mask") {
  Builder b(kF64, {kF64, kF64});
  const ValueId less = b.op(Op::Lt, DType::Bool, b.operand(0), b.operand(1));
  b.store(b.op(Op::Where, kF64, less, b.operand(0), b.operand(1)));
  CHECK(steps(b) == 1);
  CHECK(values(b) == std::vector<double>{1, -2, -1, 0.25, -6});

  Builder both(DType::Bool, {kF64, kF64});
  const ValueId one = both.op(Op::Lt, DType::Bool, both.operand(0), both.operand(1));
  const ValueId other = both.op(Op::Lt, DType::Bool, both.splat(both.number(2)), both.operand(1));
  both.store(both.op(Op::BitAnd, DType::Bool, one, other));
  CHECK(steps(both) == 2);
}

TEST_CASE("the choice of an operation under a mask") {
  Builder b(kF64, {kF64, kF64});
  const ValueId less = b.op(Op::Lt, DType::Bool, b.operand(0), b.splat(b.number(2)));
  const ValueId mask = b.op(Op::BitNot, DType::Bool, less);
  const ValueId sum = b.op(Op::Add, kF64, b.operand(0), b.operand(1));
  b.store(b.op(Op::Where, kF64, mask, sum, b.operand(1)));
  CHECK(steps(b) == 3);
  CHECK(values(b) == std::vector<double>{2, 3, 2, 4.75, 8});
}

}  // namespace
