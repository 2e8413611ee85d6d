// Dtypes and operations of the miniexpr dialect.
#include <doctest/doctest.h>

#include "lang_front.h"

using namespace me;

namespace {

std::string dtype_of(const std::string& text, const std::string& params,
                     const std::string& result = "") {
  return lang_test::dtype_of(text, params, lang::Dialect::Miniexpr, result);
}
std::string typed(const std::string& text, const std::string& params,
                  const std::string& result = "") {
  return lang_test::typed(text, params, lang::Dialect::Miniexpr, result);
}

}  // namespace

TEST_CASE("literals take the dtype of the output or the first parameter") {
  CHECK(dtype_of("a + 1.5", "a:float32") == "float32");
  CHECK(dtype_of("-0.05 * a", "a:float32") == "float32");
  CHECK(dtype_of("sqrt(2) * a", "a:float32") == "float32");
  CHECK(dtype_of("a + 1.5", "a:int32") == "float64");
  CHECK(dtype_of("a + 1", "a:uint8") == "uint8");
  CHECK(dtype_of("a + 3000000000", "a:int32") == "int64");
  CHECK(dtype_of("b + 1", "a:bool b:bool") == "int32");
  CHECK(dtype_of("1 + 2", "") == "int32");
  CHECK(dtype_of("pi", "") == "float64");
  CHECK(typed("a * 300", "a:uint8") ==
        "expression(a: uint8) -> uint8\n"
        "  %0 = param a : uint8\n  %1 = literal 44 : uint8\n  %2 = mul %0 %1 : uint8\n"
        "  return %2\n");
  CHECK(typed("a + 9007199254740993", "a:int64").find("literal 9007199254740993 : int64") !=
        std::string::npos);
}

TEST_CASE("integers divide as in C unless the output is a float") {
  CHECK(typed("a / b", "a:int32 b:int32") ==
        "expression(a: int32, b: int32) -> int32\n"
        "  %0 = param a : int32\n  %1 = param b : int32\n  %2 = div_trunc %0 %1 : int32\n"
        "  return %2\n");
  CHECK(typed("a / b", "a:int32 b:int32", "float64").find("div_trunc") != std::string::npos);
  CHECK(typed("a / 2", "a:int32", "float64").find("div_trunc") == std::string::npos);
  CHECK(typed("a / b", "a b", "float64").find("= div ") != std::string::npos);
  CHECK(typed("a % b", "a:int32 b:int32").find("= fmod ") != std::string::npos);
  CHECK(typed("a // b", "a:int32 b:int32").find("= floor_divide ") != std::string::npos);
}

TEST_CASE("promotion is miniexpr's") {
  CHECK(dtype_of("a + b", "a:int16 b:uint8") == "int32");
  CHECK(dtype_of("a + b", "a:int32 b:uint16") == "int64");
  CHECK(dtype_of("a + b", "a:int64 b:uint8") == "float64");
  CHECK(dtype_of("a < b", "a:int64 b:uint64") == "bool");
  CHECK(typed("a < b", "a:int64 b:uint64").find("cast %0 : float64") != std::string::npos);
}

TEST_CASE("bool arithmetic stays bool, on 0 and 1") {
  CHECK(typed("a + b", "a:bool b:bool") ==
        "expression(a: bool, b: bool) -> bool\n"
        "  %0 = param a : bool\n  %1 = param b : bool\n  %2 = cast %0 : int8\n"
        "  %3 = cast %1 : int8\n  %4 = add %2 %3 : int8\n  %5 = cast %4 : bool\n  return %5\n");
  CHECK(dtype_of("-a - b", "a:bool b:bool") == "bool");
  CHECK(dtype_of("a / b", "a:bool b:bool") == "bool");
}

TEST_CASE("functions of integers") {
  CHECK(dtype_of("sin(a)", "a:int8") == "float64");
  CHECK(dtype_of("arctan2(a, b)", "a:int32 b:int32") == "int32");
  CHECK(dtype_of("hypot(a, b)", "a:int32 b:float32") == "float64");
  CHECK(dtype_of("a ** -1", "a:int32") == "float64");
  CHECK(dtype_of("a ** b", "a:int32 b:int32") == "int32");
  CHECK(dtype_of("mean(a)", "a:float32") == "float64");
  CHECK(dtype_of("sum(a)", "a:float32") == "float32");
  CHECK(dtype_of("round(a)", "a:bool") == "bool");
  CHECK(typed("round(a)", "a:float64").find("round_away") != std::string::npos);
  CHECK(typed("remainder(a, 2)", "a:float64").find("remainder_float") != std::string::npos);
}

TEST_CASE("bits of floats go through int64") {
  CHECK(typed("a & ~b", "a:float64 b:float64") ==
        "expression(a: float64, b: float64) -> float64\n"
        "  %0 = param a : float64\n  %1 = param b : float64\n  %2 = cast %1 : int64\n"
        "  %3 = bit_not %2 : int64\n  %4 = cast %3 : float64\n  %5 = cast %0 : int64\n"
        "  %6 = cast %4 : int64\n  %7 = bit_and %5 %6 : int64\n  %8 = cast %7 : float64\n"
        "  return %8\n");
}

TEST_CASE("calls without parentheses yield to variables of that name") {
  CHECK(typed("sin - a", "sin:int8 a:int8") ==
        "expression(sin: int8, a: int8) -> int8\n"
        "  %0 = param sin : int8\n  %1 = param a : int8\n  %2 = sub %0 %1 : int8\n  return %2\n");
  CHECK(dtype_of("sin -a", "a:float32") == "float32");
  CHECK(dtype_of("a * pi()", "a:float32") == "float32");
}

TEST_CASE("reductions") {
  CHECK(dtype_of("sum(sum(a))", "a:int8") ==
        "invalid reduction 1:1 a reduction cannot stand inside another reduction");
  CHECK(dtype_of("sum(a) + a", "a:int8") == "int64");
  CHECK(dtype_of("min(a, 2)", "a:int8") ==
        "syntax error 1:1 min() takes 1 argument, got 2 [write minimum(a, b)]");
  const auto ast = lang::parse("min(a)", lang::Dialect::Miniexpr);
  const auto program = lang::infer(*ast, lang_test::signature("a:int8"), lang::Dialect::Miniexpr);
  CHECK_FALSE(program->empty_extremum_is_error);
}

TEST_CASE("dtypes are declared for all variables, or for none and the output") {
  CHECK(dtype_of("a + b", "a:int8 b").starts_with("mixed variable dtypes"));
  CHECK(dtype_of("a + b", "a b").starts_with("unspecified variable dtypes"));
  CHECK(dtype_of("a + b", "a b", "float32") == "float32");
}
