// Operations of the language as basic and math operations.
#include "ir/expand.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ir/build.h"
#include "ir/pipeline.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "ir_reference.h"
#include "ir_typed.h"

namespace me::ir_test {
namespace {

std::string optimised_text(const lang::TypedProgram& typed) {
  auto program = ir::build(typed);
  REQUIRE(program);
  CHECK(ir::verify(*program) == "");
  ir::run_passes(*program);
  CHECK(ir::verify(*program) == "");
  return ir::print(*program);
}

// op(x, literals...) over one element.
double apply(Op op, DType t, double x, std::initializer_list<double> more = {}) {
  Typed typed;
  const auto p = typed.load(typed.param(t));
  lang::TypedExpr e;
  std::array<ExprId, 3> args = {p, lang::kNone, lang::kNone};
  std::size_t n = 1;
  for (double v : more) args[n++] = typed.real(v, t);
  const DType result = info_of(op).typing == Typing::FloatPredicate ? DType::Bool : t;
  const ExprId root = n == 1   ? typed.op(op, result, {args[0]})
                      : n == 2 ? typed.op(op, result, {args[0], args[1]})
                               : typed.op(op, result, {args[0], args[1], args[2]});
  const auto program = ir::build(typed.expression(root));
  REQUIRE(program);
  CHECK(ir::verify(*program) == "");
  const std::vector<Column> columns = {{Scalar::of_float(t, x)}};
  return ir_test::LockstepRun(*program, columns, 1, 1).run().values[0].as_double();
}

TEST_CASE("elementary functions of float32 go through float64 but those with a recipe") {
  Typed t;
  const auto y = t.load(t.param(DType::Float32));
  CHECK(optimised_text(t.expression(t.op(Op::Exp, DType::Float32, {y}))) ==
        "stage 0 map\n"
        "  %0 = operand 0 : float32\n"
        "  %1 = exp %0 : float32\n"
        "  store 0 %1\n");
  Typed u;
  const auto x = u.load(u.param(DType::Float32));
  CHECK(optimised_text(u.expression(u.op(Op::Tan, DType::Float32, {x}))) ==
        "stage 0 map\n"
        "  %0 = operand 0 : float32\n"
        "  %1 = cast %0 : float64\n"
        "  %2 = tan %1 : float64\n"
        "  %3 = cast %2 : float32\n"
        "  store 0 %3\n");
}

TEST_CASE("remainders and floor divisions of floats are math operations") {
  Typed t;
  const auto x = t.load(t.param(DType::Float64));
  const auto y = t.load(t.param(DType::Float64));
  const auto mod = t.f64(Op::Mod, {x, y});
  const auto floor = t.f64(Op::FloorDivide, {x, y});
  const auto fmod = t.f64(Op::Fmod, {mod, floor});
  CHECK(optimised_text(t.expression(fmod)) ==
        "stage 0 map\n"
        "  %0 = operand 0 : float64\n"
        "  %1 = operand 1 : float64\n"
        "  %2 = mod_float %0 %1 : float64\n"
        "  %3 = floor_divide_float %0 %1 : float64\n"
        "  %4 = fmod_float %2 %3 : float64\n"
        "  store 0 %4\n");
}

std::string power_text(DType t, double exponent) {
  Typed typed;
  const auto x = typed.load(typed.param(t));
  const auto n = is_float(t) ? typed.real(exponent, t)
                             : typed.integer(static_cast<std::int64_t>(exponent), t);
  return optimised_text(typed.expression(typed.op(Op::Pow, t, {x, n})));
}

TEST_CASE("powers with a literal exponent") {
  const std::string head = "stage 0 map\n  %0 = operand 0 : float64\n";
  CHECK(power_text(DType::Float64, 1) == head + "  store 0 %0\n");
  CHECK(power_text(DType::Float64, 2) ==
        head + "  %1 = mul %0 %0 : float64\n  store 0 %1\n");
  CHECK(power_text(DType::Float64, 0.5) ==
        head + "  %1 = sqrt %0 : float64\n  store 0 %1\n");
  CHECK(power_text(DType::Float64, 3).find("pow_float") != std::string::npos);
  CHECK(power_text(DType::Float64, -1).find("div") != std::string::npos);
  CHECK(power_text(DType::Float32, 3) ==
        "stage 0 map\n"
        "  %0 = operand 0 : float32\n"
        "  %1 = cast %0 : float64\n"
        "  %2 = mul %1 %1 : float64\n"
        "  %3 = mul %1 %2 : float64\n"
        "  %4 = cast %3 : float32\n"
        "  store 0 %4\n");
  CHECK(power_text(DType::Int32, 5) ==
        "stage 0 map\n"
        "  %0 = operand 0 : int32\n"
        "  %1 = mul %0 %0 : int32\n"
        "  %2 = mul %1 %1 : int32\n"
        "  %3 = mul %0 %2 : int32\n"
        "  store 0 %3\n");
  CHECK(power_text(DType::Int64, 40).find("pow") != std::string::npos);
  CHECK(apply(Op::Pow, DType::Float32, 0, {-2}) == INFINITY);
  CHECK(apply(Op::Pow, DType::Float32, 1e30, {-2}) == 0);
}

TEST_CASE("values of expanded functions") {
  const DType f = DType::Float64;
  CHECK(apply(Op::Sign, f, -3) == -1);
  CHECK_FALSE(std::signbit(apply(Op::Sign, f, -0.0)));
  CHECK(std::isnan(apply(Op::Sign, f, NAN)));
  CHECK(apply(Op::RoundAway, f, 2.5) == 3);
  CHECK(apply(Op::RoundAway, f, -2.5) == -3);
  CHECK(apply(Op::RoundAway, f, 0.49999999999999994) == 0);
  CHECK(apply(Op::RoundAway, f, 4503599627370497.0) == 4503599627370497.0);
  CHECK(apply(Op::RoundAway, f, -INFINITY) == -INFINITY);
  CHECK(std::signbit(apply(Op::RoundAway, f, -0.25)));
  CHECK(apply(Op::Clip, f, 7, {0, 5}) == 5);
  CHECK(apply(Op::Clip, f, -7, {0, 5}) == 0);
  CHECK(apply(Op::IsNan, f, NAN) == 1);
  CHECK(apply(Op::IsInf, f, -INFINITY) == 1);
  CHECK(apply(Op::IsInf, f, NAN) == 0);
  CHECK(apply(Op::IsFinite, f, 1e308) == 1);
  CHECK(apply(Op::IsFinite, f, NAN) == 0);
  CHECK(apply(Op::NanToNum, f, NAN) == 0);
  CHECK(apply(Op::NanToNum, f, INFINITY) == 1.7976931348623157e308);
  CHECK(apply(Op::NanToNum, DType::Float32, -INFINITY) == -3.4028234663852886e38);
  CHECK(apply(Op::Fdim, f, 3, {5}) == 0);
  CHECK(apply(Op::Fdim, f, 5, {3}) == 2);
  CHECK(std::isnan(apply(Op::Fdim, f, NAN, {3})));
  CHECK(apply(Op::Fdim, f, INFINITY, {INFINITY}) == 0);
  CHECK(apply(Op::Heaviside, f, 0, {0.5}) == 0.5);
  CHECK(apply(Op::Heaviside, f, -1, {0.5}) == 0);
  CHECK(std::isnan(apply(Op::Heaviside, f, NAN, {0.5})));
  CHECK(apply(Op::Degrees, f, 1) == 57.29577951308232);
  CHECK(apply(Op::Radians, f, 180) == 3.141592653589793);
  CHECK(apply(Op::Reciprocal, f, 8) == 0.125);
  CHECK(apply(Op::IsPosInf, f, INFINITY) == 1);
  CHECK(apply(Op::IsPosInf, f, -INFINITY) == 0);
  CHECK(apply(Op::IsNegInf, f, -INFINITY) == 1);
}

TEST_CASE("factorials and combinations are those of 64-bit integers") {
  const DType f = DType::Float64;
  std::uint64_t product = 1;
  CHECK(apply(Op::Fac, f, 0) == 1);
  for (unsigned k = 1; k <= 20; ++k) {
    product *= k;
    CHECK(apply(Op::Fac, f, k) == static_cast<double>(product));
    CHECK(apply(Op::Fac, f, k + 0.9) == static_cast<double>(product));
  }
  CHECK(apply(Op::Fac, f, 21) == INFINITY);
  CHECK(std::isnan(apply(Op::Fac, f, -0.5)));
  CHECK(std::isnan(apply(Op::Fac, f, NAN)));
  CHECK(apply(Op::Ncr, f, 5, {2}) == 10);
  CHECK(apply(Op::Ncr, f, 5.7, {3.2}) == 10);
  CHECK(apply(Op::Ncr, f, 60, {30}) == 118264581564861424.0);
  CHECK(apply(Op::Ncr, f, 4294967295.0, {1}) == 4294967295.0);
  CHECK(apply(Op::Ncr, f, 4294967296.0, {1}) == INFINITY);
  CHECK(apply(Op::Ncr, f, 100, {50}) == INFINITY);
  CHECK(apply(Op::Ncr, f, 7, {0}) == 1);
  CHECK(std::isnan(apply(Op::Ncr, f, 3, {4})));
  CHECK(std::isnan(apply(Op::Ncr, f, 3, {-1})));
  CHECK(std::isnan(apply(Op::Ncr, f, NAN, {1})));
  CHECK(apply(Op::Npr, f, 5, {2}) == 20);
  CHECK(apply(Op::Npr, f, 10, {3}) == 720);
}

TEST_CASE("every operation and dtype of the language expands to legal IR") {
  for (std::size_t i = 0; i < kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    const OpInfo& info = info_of(op);
    if (op == Op::Complex) continue;  // its result is complex: ir/expand_complex
    if (info.impl == Impl::front || info.impl == Impl::reduce || info.impl == Impl::text) continue;
    for (DType t : {DType::Int8, DType::UInt16, DType::Int64, DType::Float32, DType::Float64}) {
      CAPTURE(info.name);
      CAPTURE(name_of(t));
      const bool float_only = info.typing == Typing::FloatResult || op == Op::Div;
      const bool int_only = info.typing == Typing::Bitwise || info.typing == Typing::Shift ||
                            info.typing == Typing::Whole || op == Op::DivTrunc;
      if (float_only && !is_float(t)) continue;
      if (int_only && !is_int(t)) continue;
      Typed typed;
      const auto x = typed.load(typed.param(t));
      const auto y = typed.load(typed.param(t));
      const auto z = typed.load(typed.param(t));
      const bool predicate =
          info.typing == Typing::Compare || info.typing == Typing::FloatPredicate;
      const DType result = predicate ? DType::Bool : t;
      ExprId root = 0;
      if (op == Op::Where) {
        root = typed.op(op, t, {typed.load(typed.param(DType::Bool)), x, y});
      } else if (info.arity == 1) {
        root = typed.op(op, result, {x});
      } else if (info.arity == 2) {
        root = typed.op(op, result, {x, y});
      } else {
        root = typed.op(op, result, {x, y, z});
      }
      CHECK(optimised_text(typed.expression(root)) != "");
    }
  }
}

}  // namespace
}  // namespace me::ir_test
