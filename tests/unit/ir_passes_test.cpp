// Each pass on small stages, and rules that must not fire.
#include "ir/passes/passes.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ir/build.h"
#include "ir/emit.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ir_typed.h"

namespace me::ir {
namespace {

using ir_test::Typed;

// The optimised text of op(x, literal), without the lines that all have.
std::string simplified(Op op, DType t, double literal, bool literal_first = false) {
  Typed typed;
  const auto x = typed.load(typed.param(t));
  const auto c = is_float(t) ? typed.real(literal, t)
                             : typed.integer(static_cast<std::int64_t>(literal), t);
  const auto root = literal_first ? typed.op(op, t, {c, x}) : typed.op(op, t, {x, c});
  auto program = build(typed.expression(root));
  REQUIRE(program);
  run_passes(*program);
  CHECK(verify(*program) == "");
  return print(*program);
}

std::string identity(DType t) {
  return "stage 0 map\n  %0 = operand 0 : " + std::string(name_of(t)) + "\n  store 0 %0\n";
}
bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST_CASE("neutral operands go where no bit changes") {
  const DType f = DType::Float64;
  const DType i = DType::Int32;
  CHECK(simplified(Op::Mul, f, 1) == identity(f));
  CHECK(simplified(Op::Mul, f, 1, true) == identity(f));
  CHECK(simplified(Op::Sub, f, 0) == identity(f));
  CHECK(simplified(Op::Add, f, -0.0) == identity(f));
  CHECK(has(simplified(Op::Add, f, 0), "add"));
  CHECK(has(simplified(Op::Sub, f, 0, true), "sub"));
  CHECK(has(simplified(Op::Mul, f, 0), "mul"));
  CHECK(simplified(Op::Add, i, 0) == identity(i));
  CHECK(simplified(Op::Mul, i, 1) == identity(i));
  CHECK(has(simplified(Op::Mul, i, 0), "const 0"));
  CHECK(simplified(Op::BitAnd, i, -1) == identity(i));
  CHECK(simplified(Op::BitOr, i, 0) == identity(i));
  CHECK(simplified(Op::Shl, i, 0) == identity(i));
}

TEST_CASE("division by powers of two") {
  CHECK(has(simplified(Op::Div, DType::Float64, 4), "const 0.25"));
  CHECK(has(simplified(Op::Div, DType::Float32, -0.5), "const -2"));
  CHECK(has(simplified(Op::Div, DType::Float64, 3), "div"));
  CHECK(has(simplified(Op::Div, DType::Float64, 0), "div"));
  CHECK(has(simplified(Op::Div, DType::Float64, INFINITY), "div"));
  CHECK(has(simplified(Op::Div, DType::Float64, 0x1p1023), "div"));
  CHECK(has(simplified(Op::FloorDivide, DType::Int32, 8), "shr"));
  CHECK(has(simplified(Op::Mod, DType::Int32, 8), "const 7"));
  CHECK(has(simplified(Op::DivTrunc, DType::Int32, 8), "div_trunc"));
  CHECK(has(simplified(Op::DivTrunc, DType::UInt32, 8), "shr"));
  CHECK(has(simplified(Op::FloorDivide, DType::Int8, -128), "floor_divide"));
  CHECK(has(simplified(Op::Mod, DType::UInt8, 128), "bit_and"));
}

TEST_CASE("casts that keep every value cancel") {
  Typed t;
  const auto x = t.load(t.param(DType::Int16));
  const auto wide = t.op(Op::Cast, DType::Float64, {x});
  auto program = build(t.expression(t.op(Op::Cast, DType::Int16, {wide})));
  run_passes(*program);
  CHECK(print(*program) == identity(DType::Int16));

  Typed u;
  const auto y = u.load(u.param(DType::Float64));
  const auto narrow = u.op(Op::Cast, DType::Float32, {y});
  auto rounds = build(u.expression(u.op(Op::Cast, DType::Float64, {narrow})));
  run_passes(*rounds);
  CHECK(has(print(*rounds), "cast %0 : float32"));
}

TEST_CASE("constants are computed, and over splats only once") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  const auto c = t.f64(Op::Mul, {t.real(2), t.f64(Op::Add, {t.real(1), t.real(0.5)})});
  auto program = build(t.expression(t.f64(Op::Add, {x, c})));
  run_passes(*program);
  CHECK(print(*program) ==
        "stage 0 map\n"
        "  %0 = operand 0 : float64\n"
        "  %1 = const 3 : float64 uniform\n"
        "  %2 = splat %1 : float64\n"
        "  %3 = add %0 %2 : float64\n"
        "  store 0 %3\n");

  Stage stage;
  Emitter emit(stage);
  const ValueId n = emit.splat(emit.scalar(0, DType::Int64));
  emit.store(emit.op(Op::Add, DType::Int64, {n, n}));
  fold(stage);
  eliminate_dead_code(stage);
  CHECK(print(stage) ==
        "  %0 = scalar 0 : int64 uniform\n"
        "  %1 = add %0 %0 : int64 uniform\n"
        "  %2 = splat %1 : int64\n"
        "  store 0 %2\n");
}

TEST_CASE("known conditions") {
  Stage stage;
  Emitter emit(stage);
  const LocalId x = emit.add_local("x", DType::Float64, false);
  emit.set(x, emit.operand(0, DType::Float64));
  emit.begin_if(emit.boolean(false));
  emit.set(x, emit.operand(1, DType::Float64));
  emit.end();
  emit.begin_if(emit.splat(emit.boolean(true)));
  emit.set(x, emit.operand(2, DType::Float64), emit.splat(emit.boolean(true)));
  emit.end();
  emit.store(emit.get(x));
  fold(stage);
  forward_locals(stage);
  eliminate_dead_code(stage);
  CHECK(print(stage) == "  %0 = operand 2 : float64\n  store 0 %0\n");
}

TEST_CASE("masks of nested branches shrink") {
  Stage stage;
  Emitter emit(stage);
  const ValueId a = emit.operand(0, DType::Bool);
  const ValueId c = emit.operand(1, DType::Bool);
  const ValueId both = emit.both(a, c);
  const ValueId rest = emit.both(a, emit.negate_mask(both));
  emit.store(emit.both(rest, emit.both(rest, a)));
  fold(stage);
  merge_common_subexpressions(stage);
  fold(stage);
  eliminate_dead_code(stage);
  CHECK(print(stage) ==
        "  %0 = operand 0 : bool\n"
        "  %1 = operand 1 : bool\n"
        "  %2 = bit_not %1 : bool\n"
        "  %3 = bit_and %0 %2 : bool\n"
        "  store 0 %3\n");
}

TEST_CASE("equal computations merge within their scope only") {
  Stage stage;
  Emitter emit(stage);
  const LocalId x = emit.add_local("x", DType::Float64, false);
  const ValueId a = emit.operand(0, DType::Float64);
  const ValueId b = emit.operand(1, DType::Float64);
  emit.set(x, a);
  emit.begin_if(emit.compare(Op::Lt, {a, b}));
  emit.set(x, emit.op(Op::Mul, DType::Float64, {a, b}));
  emit.end();
  const ValueId again = emit.op(Op::Mul, DType::Float64, {b, a});
  emit.store(emit.op(Op::Add, DType::Float64, {again, emit.get(x)}));
  const std::size_t before = stage.insts.size();
  merge_common_subexpressions(stage);
  CHECK(stage.insts.size() == before);
}

TEST_CASE("forwarding stops at what a loop assigns") {
  Stage stage;
  Emitter emit(stage);
  const LocalId x = emit.add_local("x", DType::Int64, true);
  const LocalId y = emit.add_local("y", DType::Int64, true);
  const ValueId one = emit.integer(DType::Int64, 1);
  emit.set(x, one);
  emit.set(y, one);
  emit.begin_loop();
  const ValueId now = emit.get(x);
  emit.leave_unless(emit.compare(Op::Lt, {now, emit.integer(DType::Int64, 9)}));
  emit.set(x, emit.op(Op::Add, DType::Int64, {now, emit.get(y)}));
  emit.end();
  emit.store(emit.get(x));
  forward_locals(stage);
  const std::string text = print(stage);
  CHECK(has(text, "get x"));
  CHECK_FALSE(has(text, "get y"));
}

TEST_CASE("invariants leave loops, math under a condition stays") {
  Stage stage;
  Emitter emit(stage);
  const LocalId x = emit.add_local("x", DType::Float64, false);
  const ValueId a = emit.operand(0, DType::Float64);
  emit.set(x, a);
  emit.begin_loop();
  const ValueId now = emit.get(x);
  const ValueId on = emit.compare(Op::Lt, {now, emit.real(DType::Float64, 9)});
  emit.leave_unless(on);
  emit.begin_if(on);
  emit.set(x, emit.op(Op::Sqrt, DType::Float64, {a}), on);
  emit.set(x, emit.op(Op::Exp, DType::Float64, {a}), on);
  emit.end();
  emit.end();
  emit.store(emit.get(x));
  hoist_invariants(stage);
  const std::string text = print(stage);
  CHECK(text.find("sqrt") < text.find("loop"));
  CHECK(text.find("const 9") < text.find("loop"));
  CHECK(text.find("exp") > text.find("if"));
}

TEST_CASE("masked sets come back only over the value that they replace") {
  for (bool stale : {false, true}) {
    Stage stage;
    Emitter emit(stage);
    const LocalId x = emit.add_local("x", DType::Float64, false);
    const ValueId a = emit.operand(0, DType::Float64);
    const ValueId mask = emit.operand(1, DType::Bool);
    emit.begin_loop();
    const ValueId before = emit.get(x);
    emit.leave_unless(mask);
    if (stale) {
      emit.set(x, a);
      emit.leave_unless(emit.compare(Op::Lt, {emit.get(x), a}));
    }
    emit.set(x, emit.where({mask, a, before}));
    emit.end();
    emit.store(emit.get(x));
    restore_masked_sets(stage);
    CHECK(has(print(stage), "where %1 %0") == stale);
  }
}

TEST_CASE("dead code") {
  Stage stage;
  Emitter emit(stage);
  const LocalId x = emit.add_local("x", DType::Float64, false);
  const LocalId y = emit.add_local("y", DType::Float64, false);
  const ValueId a = emit.operand(0, DType::Float64);
  emit.set(x, emit.op(Op::Exp, DType::Float64, {a}));
  emit.set(y, emit.op(Op::Log, DType::Float64, {a}));
  emit.set(y, a);
  emit.begin_if(emit.compare(Op::Lt, {a, a}));
  emit.set(x, a);
  emit.end();
  emit.store(emit.get(y));
  eliminate_dead_code(stage);
  CHECK(print(stage) ==
        "  %0 = operand 0 : float64\n"
        "  set y %0\n"
        "  %2 = get y : float64\n"
        "  store 0 %2\n");
  CHECK(stage.locals.size() == 1);
}

}  // namespace
}  // namespace me::ir
