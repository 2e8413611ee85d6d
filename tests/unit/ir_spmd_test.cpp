// Control flow as masks: the text of small kernels, and loops at the edges.
#include "ir/spmd.h"

#include <doctest/doctest.h>

#include "ir/build.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ir_reference.h"
#include "ir_typed.h"

namespace me::ir_test {
namespace {

ir::Program built(const lang::TypedProgram& typed) {
  auto program = ir::build(typed);
  REQUIRE(program);
  CHECK(ir::verify(*program) == "");
  return *program;
}

std::string optimised_text(const lang::TypedProgram& typed) {
  ir::Program program = built(typed);
  ir::run_passes(program);
  CHECK(ir::verify(program) == "");
  return ir::print(program);
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

// One element, int64 in and out, in both forms of the program.
Run run_one(const lang::TypedProgram& typed, std::int64_t x, std::int64_t cap = 1000) {
  const std::vector<Column> columns = {{Scalar::of_int(DType::Int64, x)}};
  ir::Program program = built(typed);
  const Run plain = LockstepRun(program, columns, 1, cap).run();
  ir::run_passes(program);
  const Run optimised = LockstepRun(program, columns, 1, cap).run();
  CHECK(plain.status == optimised.status);
  CHECK(plain.values == optimised.values);
  return optimised;
}

TEST_CASE("an early return becomes a where") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  const auto body = t.block({Typed::give(t.f64(Op::Neg, {x}))});
  const auto& typed = t.kernel(
      {Typed::branch(t.test(Op::Lt, {x, t.real(0)}), body), Typed::give(x)}, DType::Float64);
  CHECK(optimised_text(typed) ==
        "stage 0 map\n"
        "  %0 = const 0 : float64 uniform\n"
        "  %1 = splat %0 : float64\n"
        "  %2 = operand 0 : float64\n"
        "  %3 = lt %2 %1 : bool\n"
        "  %4 = neg %2 : float64\n"
        "  %5 = where %3 %4 %2 : float64\n"
        "  store 0 %5\n");
}

TEST_CASE("an expensive branch stays a region") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  const auto body = t.block({Typed::give(t.f64(Op::Exp, {x}))});
  const auto& typed = t.kernel(
      {Typed::branch(t.test(Op::Lt, {x, t.real(0)}), body), Typed::give(x)}, DType::Float64);
  CHECK(count(optimised_text(typed), "  if %") == 1);
}

TEST_CASE("a uniform condition stays a plain branch without masks") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  const auto n = t.load(t.param(DType::Int64, true));
  const auto y = t.local("y", DType::Float64);
  const auto body = t.block({Typed::assign(y, t.f64(Op::Add, {t.read(y), t.real(1)}))});
  const auto& typed = t.kernel({Typed::assign(y, x),
                                Typed::branch(t.test(Op::Gt, {n, t.integer(3)}), body),
                                Typed::give(t.read(y))},
                               DType::Float64);
  CHECK(optimised_text(typed) ==
        "stage 0 map\n"
        "  %0 = operand 0 : float64\n"
        "  set y %0\n"
        "  %2 = scalar 0 : int64 uniform\n"
        "  %3 = const 3 : int64 uniform\n"
        "  %4 = gt %2 %3 : bool uniform\n"
        "  %5 = const 1 : float64 uniform\n"
        "  %6 = splat %5 : float64\n"
        "  if %4\n"
        "    %8 = add %0 %6 : float64\n"
        "    set y %8\n"
        "  end\n"
        "  %11 = get y : float64\n"
        "  store 0 %11\n");
}

TEST_CASE("a uniform loop has no masks, and its variable is uniform") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  const auto sum = t.local("sum", DType::Float64);
  const auto i = t.local("i", DType::Int64);
  const auto term = t.f64(Op::Mul, {x, t.f64(Op::Cast, {t.read(i)})});
  const auto body = t.block({Typed::assign(sum, t.f64(Op::Add, {t.read(sum), term}))});
  const auto& typed =
      t.kernel({Typed::assign(sum, t.real(0)),
                Typed::range(i, t.integer(0), t.integer(10), t.integer(1), body),
                Typed::give(t.read(sum))},
               DType::Float64);
  const std::string text = optimised_text(typed);
  CHECK(count(text, " where ") == 0);
  CHECK(count(text, ".active") == 0);
  CHECK(count(text, "tick for") == 1);
}

TEST_CASE("a diverging while loop keeps a mask of active elements") {
  Typed t;
  const auto x = t.local("x", DType::Int64);
  const auto p = t.load(t.param(DType::Int64));
  const auto body = t.block({Typed::assign(x, t.i64(Op::Mul, {t.read(x), t.integer(2)}))});
  const auto& typed = t.kernel({Typed::assign(x, p),
                                Typed::loop(t.test(Op::Lt, {t.read(x), t.integer(9)}), body),
                                Typed::give(t.read(x))},
                               DType::Int64);
  CHECK(optimised_text(typed) ==
        "stage 0 map\n"
        "  %0 = const true : bool uniform\n"
        "  %1 = operand 0 : int64\n"
        "  set x %1\n"
        "  %3 = splat %0 : bool\n"
        "  set .active2 %3\n"
        "  %5 = const 9 : int64 uniform\n"
        "  %6 = splat %5 : int64\n"
        "  %7 = const 2 : int64 uniform\n"
        "  %8 = splat %7 : int64\n"
        "  loop\n"
        "    %10 = get .active2 : bool\n"
        "    %11 = get x : int64\n"
        "    %12 = lt %11 %6 : bool\n"
        "    %13 = bit_and %10 %12 : bool\n"
        "    set .active2 %13\n"
        "    leave_unless %13\n"
        "    tick while\n"
        "    %17 = mul %8 %11 : int64\n"
        "    set x %17 where %13\n"
        "  end\n"
        "  %20 = get x : int64\n"
        "  store 0 %20\n");
  CHECK(run_one(typed, 3).values[0].as_int() == 12);
  CHECK(run_one(typed, 0).status == ir::KernelStatus::WhileCap);
}

TEST_CASE("the cap counts iterations that are entered") {
  Typed t;
  const auto x = t.local("x", DType::Int64);
  const auto p = t.load(t.param(DType::Int64));
  const auto body = t.block({Typed::assign(x, t.i64(Op::Sub, {t.read(x), t.integer(1)}))});
  const auto& typed = t.kernel({Typed::assign(x, p),
                                Typed::loop(t.test(Op::Gt, {t.read(x), t.integer(0)}), body),
                                Typed::give(t.read(x))},
                               DType::Int64);
  CHECK(run_one(typed, 5, 5).status == ir::KernelStatus::Done);
  CHECK(run_one(typed, 6, 5).status == ir::KernelStatus::WhileCap);
}

TEST_CASE("an endless loop without effect still meets the cap") {
  Typed t;
  const auto p = t.load(t.param(DType::Int64));
  const auto& typed = t.kernel(
      {Typed::loop(t.integer(1, DType::Bool), t.block({})), Typed::give(p)}, DType::Int64);
  CHECK(run_one(typed, 1).status == ir::KernelStatus::WhileCap);
}

// Number of iterations and last value of `for i in range(start, stop, step)` with a break after
// `most`.
struct Range {
  std::int64_t iterations, last;
};
Range run_range(std::int64_t start, std::int64_t stop, std::int64_t step, bool literal_step,
                std::int64_t most = 100) {
  Typed t;
  const auto p = t.load(t.param(DType::Int64));
  const auto n = t.local("n", DType::Int64);
  const auto i = t.local("i", DType::Int64);
  const auto stop_here = t.test(Op::Ge, {t.read(n), t.integer(most)});
  const auto leave = t.block({Typed::statement(StmtKind::Break)});
  const auto body = t.block({Typed::assign(n, t.i64(Op::Add, {t.read(n), t.integer(1)})),
                             Typed::branch(stop_here, leave)});
  const auto by = literal_step ? t.integer(step) : p;
  const auto code = [&](ExprId result) {
    return std::vector<TypedStmt>{Typed::assign(n, t.integer(0)),
                                  Typed::assign(i, t.integer(-77)),
                                  Typed::range(i, t.integer(start), t.integer(stop), by, body),
                                  Typed::give(result)};
  };
  const Run iterations = run_one(t.kernel(code(t.read(n)), DType::Int64), step);
  if (iterations.status == ir::KernelStatus::ZeroStep) return {-1, 0};
  const Run last = run_one(t.kernel(code(t.read(i)), DType::Int64), step);
  return {iterations.values[0].as_int(), last.values[0].as_int()};
}

TEST_CASE("ranges at the edges of int64 end") {
  for (bool literal : {true, false}) {
    CAPTURE(literal);
    const auto is = [&](Range r, std::int64_t n, std::int64_t last) {
      CHECK(r.iterations == n);
      CHECK(r.last == last);
    };
    is(run_range(0, 3, 1, literal), 3, 2);
    is(run_range(0, 0, 1, literal), 0, -77);
    is(run_range(5, 0, 1, literal), 0, -77);
    is(run_range(10, 0, -4, literal), 3, 2);
    is(run_range(0, 10, -1, literal), 0, -77);
    is(run_range(0, 10, 3, literal), 4, 9);
    is(run_range(INT64_MAX - 2, INT64_MAX, 1, literal), 2, INT64_MAX - 1);
    is(run_range(INT64_MAX - 2, INT64_MAX, 5, literal), 1, INT64_MAX - 2);
    is(run_range(INT64_MIN + 1, INT64_MIN, -1, literal), 1, INT64_MIN + 1);
    is(run_range(INT64_MIN, INT64_MAX, INT64_MAX, literal), 3, INT64_MAX - 1);
    is(run_range(INT64_MAX, INT64_MIN, INT64_MIN, literal), 2, -1);
    is(run_range(INT64_MIN, INT64_MAX, 1, literal, 7), 7, INT64_MIN + 6);
    CHECK(run_range(0, 1, 0, literal).iterations == -1);
  }
}

TEST_CASE("assigning the loop variable does not change the iterations") {
  Typed t;
  const auto p = t.load(t.param(DType::Int64));
  const auto n = t.local("n", DType::Int64);
  const auto i = t.local("i", DType::Int64);
  const auto body = t.block({Typed::assign(n, t.i64(Op::Add, {t.read(n), t.read(i)})),
                             Typed::assign(i, t.integer(100))});
  const auto& typed =
      t.kernel({Typed::assign(n, t.integer(0)),
                Typed::range(i, t.integer(0), p, t.integer(1), body),
                Typed::give(t.i64(Op::Add, {t.read(n), t.read(i)}))},
               DType::Int64);
  CHECK(run_one(typed, 4).values[0].as_int() == 6 + 100);
}

TEST_CASE("a missing return fails only where it is missing") {
  Typed t;
  const auto p = t.load(t.param(DType::Int64));
  const auto body = t.block({Typed::give(p)});
  t.program.may_miss_return = true;
  const auto& typed =
      t.kernel({Typed::branch(t.test(Op::Gt, {p, t.integer(0)}), body)}, DType::Int64);
  CHECK(run_one(typed, 1).values[0].as_int() == 1);
  CHECK(run_one(typed, -1).status == ir::KernelStatus::MissingReturn);
}

TEST_CASE("a thousand returns do not nest") {
  Typed t;
  const auto p = t.load(t.param(DType::Int64));
  std::vector<TypedStmt> root;
  for (int i = 0; i < 1000; ++i) {
    const auto body = t.block({Typed::give(t.integer(i + 1))});
    root.push_back(Typed::branch(t.test(Op::Eq, {p, t.integer(i * 3)}), body));
  }
  root.push_back(Typed::give(t.integer(0)));
  const auto& typed = t.kernel(std::move(root), DType::Int64);
  CHECK(run_one(typed, 2997).values[0].as_int() == 1000);
  CHECK(run_one(typed, 1).values[0].as_int() == 0);
}

}  // namespace
}  // namespace me::ir_test
