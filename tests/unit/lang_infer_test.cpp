// Typed expressions of the numpy dialect: explicit conversions, compositions, reductions.
#include <doctest/doctest.h>

#include "lang_front.h"

using namespace me;
using lang_test::dtype_of;
using lang_test::front;
using lang_test::typed;

TEST_CASE("scalars take the dtype of the array they meet") {
  CHECK(typed("x*2 + 0.1", "x:float32") ==
        "expression(x: float32) -> float32\n"
        "  %0 = param x : float32\n  %1 = literal 2 : float32\n  %2 = mul %0 %1 : float32\n"
        "  %3 = literal 0.1 : float32\n  %4 = add %2 %3 : float32\n  return %4\n");
  CHECK(typed("x / k", "x:int16 k:int64:weak") ==
        "expression(x: int16, k: int64 uniform weak) -> float64\n"
        "  %0 = param x : int16\n  %1 = param k : int64\n  %2 = cast %0 : float64\n"
        "  %3 = cast %1 : float64\n  %4 = div %2 %3 : float64\n  return %4\n");
}

TEST_CASE("bools are logical") {
  CHECK(typed("a + b * a", "a:bool b:bool") ==
        "expression(a: bool, b: bool) -> bool\n"
        "  %0 = param a : bool\n  %1 = param b : bool\n  %2 = param a : bool\n"
        "  %3 = bit_and %1 %2 : bool\n  %4 = bit_or %0 %3 : bool\n  return %4\n");
  CHECK(typed("not x and y", "x:float64 y:bool") ==
        "expression(x: float64, y: bool) -> bool\n"
        "  %0 = param x : float64\n  %1 = cast %0 : bool\n  %2 = bit_not %1 : bool\n"
        "  %3 = param y : bool\n  %4 = bit_and %2 %3 : bool\n  return %4\n");
}

TEST_CASE("int64 against uint64 compares values") {
  CHECK(typed("a < b", "a:int64 b:uint64") ==
        "expression(a: int64, b: uint64) -> bool\n"
        "  %0 = param a : int64\n  %1 = param b : uint64\n  %2 = literal 0 : int64\n"
        "  %3 = lt %0 %2 : bool\n  %4 = cast %0 : uint64\n  %5 = lt %4 %1 : bool\n"
        "  %6 = bit_or %3 %5 : bool\n  return %6\n");
  CHECK(typed("b < a", "a:int8 b:uint64") ==
        "expression(a: int8, b: uint64) -> bool\n"
        "  %0 = param b : uint64\n  %1 = param a : int8\n  %2 = cast %1 : int64\n"
        "  %3 = literal 0 : int64\n  %4 = ge %2 %3 : bool\n  %5 = cast %2 : uint64\n"
        "  %6 = gt %5 %0 : bool\n  %7 = bit_and %4 %6 : bool\n  return %7\n");
  CHECK(typed("x < 2**70", "x:int64") ==
        "expression(x: int64) -> bool\n"
        "  %0 = param x : int64\n  %1 = literal inf : float64\n  %2 = cast %0 : float64\n"
        "  %3 = lt %2 %1 : bool\n  return %3\n");
}

TEST_CASE("reductions: accumulator dtypes, mean as sum over count, nesting") {
  CHECK(typed("mean(x)", "x:float32") ==
        "expression(x: float32) -> float32\n"
        "  %0 = param x : float32\n  %1 = cast %0 : float64\n  %2 = sum %1 : float64\n"
        "  %3 = count : int64\n  %4 = cast %3 : float64\n  %5 = div %2 %4 : float64\n"
        "  %6 = cast %5 : float32\n  return %6\n");
  CHECK(typed("sum(x > max(x))", "x:uint8") ==
        "expression(x: uint8) -> int64\n"
        "  %0 = param x : uint8\n  %1 = param x : uint8\n  %2 = max %1 : uint8\n"
        "  %3 = gt %0 %2 : bool\n  %4 = cast %3 : int64\n  %5 = sum %4 : int64\n  return %5\n");
  // One scalar is its own sum.
  CHECK(typed("sum(sum(x))", "x:float64") ==
        "expression(x: float64) -> float64\n"
        "  %0 = param x : float64\n  %1 = sum %0 : float64\n  return %1\n");
  CHECK(front("min(x)", "x:float64")->empty_extremum_is_error);
}

TEST_CASE("functions whose operands are already whole, or bools, need no operation") {
  CHECK(typed("floor(x)", "x:int32") ==
        "expression(x: int32) -> int32\n  %0 = param x : int32\n  return %0\n");
  CHECK(typed("abs(x)", "x:uint8") ==
        "expression(x: uint8) -> uint8\n  %0 = param x : uint8\n  return %0\n");
  CHECK(typed("isnan(x)", "x:int16") ==
        "expression(x: int16) -> bool\n"
        "  %0 = param x : int16\n  %1 = cast %0 : float32\n  %2 = is_nan %1 : bool\n  return %2\n");
}

TEST_CASE("where wraps and clip saturates integers out of range, as NumPy does") {
  CHECK(typed("where(x, 300, x)", "x:uint8") ==
        "expression(x: uint8) -> uint8\n"
        "  %0 = param x : uint8\n  %1 = param x : uint8\n  %2 = cast %0 : bool\n"
        "  %3 = literal 44 : uint8\n  %4 = where %2 %3 %1 : uint8\n  return %4\n");
  CHECK(typed("clip(x, -5, 300)", "x:uint8") ==
        "expression(x: uint8) -> uint8\n"
        "  %0 = param x : uint8\n  %1 = literal 0 : uint8\n  %2 = literal 255 : uint8\n"
        "  %3 = clip %0 %1 %2 : uint8\n  return %3\n");
}

TEST_CASE("the wished result dtype is a last cast") {
  CHECK(typed("x + 1", "x:float64", lang::Dialect::Numpy, "int8") ==
        "expression(x: float64) -> int8\n"
        "  %0 = param x : float64\n  %1 = literal 1 : float64\n  %2 = add %0 %1 : float64\n"
        "  %3 = cast %2 : int8\n  return %3\n");
  CHECK(dtype_of("x + 1", "x", lang::Dialect::Numpy, "int8") == "int8");
}

TEST_CASE("constants may stand anywhere and be shadowed") {
  CHECK(dtype_of("pi*x + e - inf * nan", "x:float32") == "float32");
  CHECK(dtype_of("e + 1", "e:int8") == "int8");
  CHECK(dtype_of("np.e + e", "e:int8") == "float64");
}
