// Reductions in stages of their own.
#include "ir/stages.h"

#include <doctest/doctest.h>

#include "ir/build.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ir_reference.h"
#include "ir_typed.h"

namespace me::ir_test {
namespace {

ir::Program optimised(const lang::TypedProgram& typed) {
  auto program = ir::build(typed);
  REQUIRE(program);
  CHECK(ir::verify(*program) == "");
  ir::run_passes(*program);
  CHECK(ir::verify(*program) == "");
  return *program;
}

TEST_CASE("independent reductions share a stage, equal ones a slot") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  const auto y = t.load(t.param(DType::Float64));
  const auto low = t.f64(Op::Min, {x});
  const auto range = t.f64(Op::Sub, {t.f64(Op::Max, {y}), low});
  const auto all = t.f64(Op::Add, {range, t.f64(Op::Min, {x})});
  const ir::Program p = optimised(t.expression(all));
  CHECK(ir::print(p) ==
        "stage 0 reduce\n"
        "  %0 = operand 0 : float64\n"
        "  %1 = operand 1 : float64\n"
        "  reduce 0 min %0\n"
        "  reduce 1 max %1\n"
        "stage 1 map\n"
        "  %0 = scalar 0 : float64 uniform\n"
        "  %1 = scalar 1 : float64 uniform\n"
        "  %2 = sub %1 %0 : float64 uniform\n"
        "  %3 = add %0 %2 : float64 uniform\n"
        "  %4 = splat %3 : float64\n"
        "  store 0 %4\n");
  CHECK(p.result_uniform);
}

TEST_CASE("a reduction over a reduction gets the next stage") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  const auto centred = t.f64(Op::Sub, {x, t.f64(Op::Max, {x})});
  const auto root = t.f64(Op::Div, {centred, t.f64(Op::Sum, {t.f64(Op::Exp, {centred})})});
  const ir::Program p = optimised(t.expression(root));
  REQUIRE(p.stages.size() == 3);
  CHECK(ir::print(p.stages[1]) ==
        "  %0 = operand 0 : float64\n"
        "  %1 = scalar 0 : float64 uniform\n"
        "  %2 = splat %1 : float64\n"
        "  %3 = sub %0 %2 : float64\n"
        "  %4 = exp %3 : float64\n"
        "  reduce 0 sum %4\n");
  REQUIRE(p.scalars.size() == 2);
  CHECK(p.scalars[1].stage == 1);
  CHECK(p.scalars[1].source == ir::ScalarSource::Reduction);
  CHECK_FALSE(p.result_uniform);
}

TEST_CASE("reducing a uniform value counts it once per element") {
  Typed t;
  const auto root = t.i64(Op::Sum, {t.integer(3)});
  const ir::Program p = optimised(t.expression(root));
  CHECK(LockstepRun(p, {}, 5, 1).run().values[0].as_int() == 15);
}

TEST_CASE("narrow sums accumulate wide") {
  Typed t;
  const auto x = t.load(t.param(DType::UInt8));
  const auto p = ir::build(t.expression(t.op(Op::Sum, DType::UInt64, {x})));
  REQUIRE(p);
  CHECK(p->stages[0].reductions[0].dtype == DType::UInt64);
  Typed f;
  const auto y = f.load(f.param(DType::Float32));
  const auto q = ir::build(f.expression(f.op(Op::Prod, DType::Float32, {y})));
  REQUIRE(q);
  CHECK(q->stages[0].reductions[0].dtype == DType::Float64);
  CHECK(q->scalars[0].dtype == DType::Float64);
}

TEST_CASE("elements that have returned take no part") {
  Typed t;
  const auto x = t.load(t.param(DType::Int64));
  const auto gone = t.block({Typed::give(t.integer(-1))});
  const auto& typed = t.kernel({Typed::branch(t.test(Op::Lt, {x, t.integer(0)}), gone),
                                Typed::give(t.i64(Op::Sum, {x}))},
                               DType::Int64);
  const ir::Program p = optimised(typed);
  std::vector<Column> columns(1);
  for (int v : {3, -5, 4}) columns[0].push_back(Scalar::of_int(DType::Int64, v));
  const Run r = LockstepRun(p, columns, 3, 1).run();
  CHECK(r.values[0].as_int() == 7);
  CHECK(r.values[1].as_int() == -1);
  CHECK(ir::print(p.stages[0]).find(" where ") != std::string::npos);
}

TEST_CASE("an earlier stage leaves out what it does not need") {
  Typed t;
  const auto x = t.load(t.param(DType::Int64));
  const auto n = t.local("n", DType::Int64);
  const auto i = t.local("i", DType::Int64);
  const auto body = t.block({Typed::assign(n, t.i64(Op::Add, {t.read(n), t.integer(1)}))});
  const auto loop = [&](ExprId stop) {
    return Typed::range(i, t.integer(0), stop, t.integer(1), body);
  };
  const auto& typed = t.kernel({Typed::assign(n, t.i64(Op::Sum, {x})), loop(t.read(n)),
                                Typed::assign(n, t.i64(Op::Add, {t.read(n), t.i64(Op::Max, {x})})),
                                Typed::give(t.read(n))},
                               DType::Int64);
  const ir::Program p = optimised(typed);
  REQUIRE(p.stages.size() == 2);
  CHECK(ir::print(p.stages[0]) ==
        "  %0 = operand 0 : int64\n"
        "  reduce 0 sum %0\n"
        "  reduce 1 max %0\n");
}

TEST_CASE("a loop around a reduction becomes a script") {
  Typed t;
  const auto x = t.load(t.param(DType::Int64));
  const auto n = t.local("n", DType::Int64);
  const auto body = t.block({Typed::assign(n, t.i64(Op::Add, {t.read(n), t.i64(Op::Min, {x})}))});
  const auto& typed =
      t.kernel({Typed::assign(n, t.integer(0)),
                Typed::loop(t.test(Op::Lt, {t.read(n), t.i64(Op::Max, {x})}), body),
                Typed::give(t.read(n))},
               DType::Int64);
  const ir::Program p = optimised(typed);
  CHECK(ir::print(p) ==
        "command 0 run stage 0\n"
        "command 1 commit\n"
        "command 2 enter loop 0\n"
        "command 3 run stage 1\n"
        "command 4 run stage 2\n"
        "command 5 commit\n"
        "command 6 jump 12 unless .condition9\n"
        "command 7 tick loop 0\n"
        "command 8 run stage 3\n"
        "command 9 run stage 4\n"
        "command 10 commit\n"
        "command 11 jump 3\n"
        "stage 0 map to n\n"
        "  %0 = const 0 : int64 uniform\n"
        "  %1 = splat %0 : int64\n"
        "  store 0 %1\n"
        "stage 1 reduce\n"
        "  %0 = operand 0 : int64\n"
        "  reduce 0 max %0\n"
        "stage 2 map to .condition9\n"
        "  %0 = scalar 0 : int64 uniform\n"
        "  %1 = scalar 2 : int64 uniform\n"
        "  %2 = lt %0 %1 : bool uniform\n"
        "  %3 = splat %2 : bool\n"
        "  store 0 %3\n"
        "stage 3 reduce\n"
        "  %0 = operand 0 : int64\n"
        "  reduce 0 min %0\n"
        "stage 4 map to n\n"
        "  %0 = scalar 0 : int64 uniform\n"
        "  %1 = scalar 3 : int64 uniform\n"
        "  %2 = add %0 %1 : int64 uniform\n"
        "  %3 = splat %2 : int64\n"
        "  store 0 %3\n"
        "stage 5 map\n"
        "  %0 = scalar 0 : int64 uniform\n"
        "  %1 = splat %0 : int64\n"
        "  store 0 %1\n");
}

}  // namespace
}  // namespace me::ir_test
