// Expressions to IR: slots, splats, stages' text.
#include "ir/build.h"

#include <doctest/doctest.h>

#include "ir/print.h"
#include "ir/verify.h"
#include "ir_typed.h"

namespace me::ir_test {
namespace {

std::string text_of(const lang::TypedProgram& typed) {
  const auto program = ir::build(typed);
  REQUIRE(program);
  CHECK(ir::verify(*program) == "");
  return ir::print(*program);
}

TEST_CASE("a*2 + sum(a) prints as code.h shows") {
  Typed t;
  const auto a = t.load(t.param(DType::Float64));
  const auto twice = t.f64(Op::Mul, {a, t.real(2)});
  const auto sum = t.f64(Op::Sum, {a});
  CHECK(text_of(t.expression(t.f64(Op::Add, {twice, sum}))) ==
        "stage 0 reduce\n"
        "  %0 = operand 0 : float64\n"
        "  reduce 0 sum %0\n"
        "stage 1 map\n"
        "  %0 = operand 0 : float64\n"
        "  %1 = const 2 : float64 uniform\n"
        "  %2 = splat %1 : float64\n"
        "  %3 = mul %0 %2 : float64\n"
        "  %4 = scalar 0 : float64 uniform\n"
        "  %5 = splat %4 : float64\n"
        "  %6 = add %3 %5 : float64\n"
        "  store 0 %6\n");
}

TEST_CASE("parameters become operands and scalars in declaration order") {
  Typed t;
  const auto a = t.param(DType::Int32);
  const auto n = t.param(DType::Float32, true);
  const auto b = t.param(DType::Bool);
  const auto x = t.op(Op::Cast, DType::Float32, {t.load(b)});
  const auto program = ir::build(t.expression(t.op(Op::Mul, DType::Float32, {x, t.load(n)})));
  REQUIRE(program);
  REQUIRE(program->operands.size() == 2);
  CHECK(program->operands[0].param == a);
  CHECK(program->operands[1].param == b);
  CHECK(program->operands[1].dtype == DType::Bool);
  REQUIRE(program->scalars.size() == 1);
  CHECK(program->scalars[0].param == n);
  CHECK(program->scalars[0].dtype == DType::Float32);
  CHECK_FALSE(program->result_uniform);
  CHECK_FALSE(program->root_is_reduction);
}

TEST_CASE("a result that is the same everywhere is marked") {
  Typed t;
  const auto n = t.load(t.param(DType::Float64, true));
  const auto& typed = t.expression(t.f64(Op::Add, {n, t.real(1)}));
  CHECK(text_of(typed) ==
        "stage 0 map\n"
        "  %0 = scalar 0 : float64 uniform\n"
        "  %1 = const 1 : float64 uniform\n"
        "  %2 = add %0 %1 : float64 uniform\n"
        "  %3 = splat %2 : float64\n"
        "  store 0 %3\n");
  CHECK(ir::build(typed)->result_uniform);
}

TEST_CASE("a float32 sum is accumulated in float64") {
  Typed sum;
  const auto x = sum.load(sum.param(DType::Float32));
  const auto program = ir::build(sum.expression(sum.op(Op::Sum, DType::Float32, {x})));
  REQUIRE(program);
  CHECK(program->result_uniform);
  CHECK(program->stages[0].reductions[0].dtype == DType::Float64);
}

TEST_CASE("an expression as deep as it is long needs no stack") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  auto sum = x;
  for (int i = 0; i < 200000; ++i) sum = t.f64(Op::Add, {sum, x});
  CHECK(ir::build(t.expression(sum)));
}

}  // namespace
}  // namespace me::ir_test
