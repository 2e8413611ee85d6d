// Scheduling: what goes into the prologue, where results are written, how many buffers are used.
#include <doctest/doctest.h>

#include "interp_programs.h"

namespace {

using namespace me;        // NOLINT
using namespace me::test;  // NOLINT
using interp::Place;
using interp::StepKind;

constexpr DType kF64 = DType::Float64;

Place place(const interp::StageProgram& p, interp::RegisterId r) { return p.registers[r].place; }

TEST_CASE("operands are read in place, constants leave the body, the last result is the output") {
  Builder b(kF64, {kF64, kF64});
  const ValueId a = b.operand(0);
  const ValueId two = b.splat(b.number(2));
  const ValueId power = b.op(Op::PowFloat, kF64, a, two);
  b.store(b.op(Op::Add, kF64, power, b.operand(1)));
  const interp::StageProgram p = interp::schedule(b.program, 0);
  REQUIRE(p.prologue.size() == 1);
  REQUIRE(p.body.size() == 2);
  CHECK(place(p, p.body[0].a) == Place::Operand);
  CHECK(place(p, p.body[0].out) == Place::Buffer);
  CHECK(place(p, p.body[1].out) == Place::Output);
  CHECK(p.buffers.size() == 2);
}

TEST_CASE("a chain of operations needs one buffer") {
  Builder b(kF64, {kF64});
  ValueId v = b.operand(0);
  for (int i = 0; i < 10; ++i) v = b.op(Op::Sqrt, kF64, v);
  b.store(v);
  CHECK(interp::schedule(b.program, 0).buffers.size() == 1);
}

TEST_CASE("a narrower result does not overwrite its input") {
  Builder b(DType::Bool, {kF64});
  const ValueId root = b.op(Op::Sqrt, kF64, b.operand(0));
  const ValueId less = b.op(Op::Lt, DType::Bool, root, root);
  b.store(b.op(Op::BitNot, DType::Bool, less));
  const interp::StageProgram p = interp::schedule(b.program, 0);
  CHECK(p.body[0].out != p.body[1].out);
}

TEST_CASE("uniform arithmetic runs once per call, dead values never") {
  Builder b(kF64, {kF64});
  const ValueId s = b.scalar(kF64);
  const ValueId t = b.op(Op::Exp, kF64, b.op(Op::Add, kF64, s, b.number(1)));
  b.op(Op::Sqrt, kF64, b.operand(0));
  b.store(b.op(Op::Mul, kF64, b.operand(0), b.splat(t)));
  const interp::StageProgram p = interp::schedule(b.program, 0);
  CHECK(p.prologue.size() == 3);  // scalar, add, exp
  CHECK(p.body.size() == 1);
}

TEST_CASE("a local that is set from the next instruction is computed in its place") {
  Builder b(kF64, {kF64});
  const std::uint32_t x = b.local(kF64);
  b.set(x, b.operand(0));
  b.set(x, b.op(Op::Sqrt, kF64, b.get(x)));
  b.store(b.get(x));
  const interp::StageProgram p = interp::schedule(b.program, 0);
  REQUIRE(p.body.size() == 3);  // copy in, sqrt in place, copy out
  CHECK(p.body[1].out == p.body[1].a);
  CHECK(p.buffers.size() == 1);
}

TEST_CASE("a value that a loop reads keeps its buffer until the loop ends") {
  Builder b(kF64, {kF64});
  const std::uint32_t x = b.local(kF64);
  b.set(x, b.operand(0));
  const ValueId outside = b.op(Op::Sqrt, kF64, b.operand(0));
  b.begin_loop();
  const ValueId sum = b.op(Op::Add, kF64, b.get(x), outside);
  const ValueId inside = b.op(Op::Exp, kF64, b.op(Op::Neg, kF64, sum));
  b.set(x, sum);
  b.leave_unless(b.op(Op::Lt, DType::Bool, inside, sum));
  b.end();
  b.store(b.get(x));
  const interp::StageProgram p = interp::schedule(b.program, 0);
  const interp::RegisterId kept = p.body[1].out;
  for (std::size_t i = 2; i < p.body.size(); ++i) {
    if (p.body[i].kind == StepKind::Call) CHECK(p.body[i].out != kept);
  }
}

}  // namespace
