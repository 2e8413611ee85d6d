// Typed kernels: joined locals, loops, control flow checks.
#include <doctest/doctest.h>

#include "lang_front.h"

using namespace me;
using lang::Dialect;
using lang_test::dtype_of;
using lang_test::front;
using lang_test::typed;

TEST_CASE("a local joins all its values; Python scalars adapt") {
  CHECK(typed("def f(x, n):\n  acc = 0.0\n  for i in range(n):\n    acc += x * i\n  return acc\n",
              "x:float32 n:int32:uniform") ==
        "f(x: float32, n: int32 uniform) -> float32\n"
        "  local acc : float32\n  local i : int64\n"
        "  %0 = literal 0 : float32\n  acc = %0\n"
        "  %1 = literal 0 : int64\n  %2 = param n : int32\n  %3 = cast %2 : int64\n"
        "  %4 = literal 1 : int64\n  for i in %1, %3, %4:\n"
        "    %5 = param x : float32\n    %6 = local i : int64\n    %7 = cast %6 : float32\n"
        "    %8 = mul %5 %7 : float32\n    %9 = local acc : float32\n"
        "    %10 = add %9 %8 : float32\n    acc = %10\n"
        "  %11 = local acc : float32\n  return %11\n");
  CHECK(dtype_of("def f(x):\n  c = 0.5\n  return x*c\n", "x:float32") == "float32");
  CHECK(dtype_of("def f(x):\n  c = 0.5\n  return c\n", "x:float32") == "float64");
  CHECK(dtype_of("def f(x):\n  a = x\n  b = a\n  a = 1.5\n  return b\n", "x:int8") == "float64");
  CHECK(dtype_of("def f(x):\n  if x > 0: return 1\n  return x\n", "x:int8") == "int8");
  CHECK(dtype_of("def f(x):\n  acc = 300\n  acc += x\n  return acc\n", "x:int8") ==
        "type error 2:9 300 does not fit int8 [int8 holds -128 to 127]");
}

TEST_CASE("types travel backwards through loops") {
  CHECK(dtype_of("def f(x):\n  a = 0\n  b = 0\n  c = 0\n  for i in range(9):\n"
                 "    a = b\n    b = c\n    c = x\n  return a\n",
                 "x:float64") == "float64");
}

TEST_CASE("assigned parameters, tuples, loop variables of another dtype") {
  CHECK(typed("def f(x):\n  x += 0.5\n  return x\n", "x:int8") ==
        "f(x: int8) -> float64\n  local x : float64\n"
        "  %0 = param x : int8\n  %1 = cast %0 : float64\n  x = %1\n"
        "  %2 = local x : float64\n  %3 = literal 0.5 : float64\n  %4 = add %2 %3 : float64\n"
        "  x = %4\n  %5 = local x : float64\n  return %5\n");
  CHECK(typed("def f(x, y):\n  a, b = x, y\n  a, b = b, a\n  return a\n", "x:int8 y:int8") ==
        "f(x: int8, y: int8) -> int8\n"
        "  local a : int8\n  local b : int8\n  local $2 : int8\n  local $3 : int8\n"
        "  %0 = param x : int8\n  a = %0\n  %1 = param y : int8\n  b = %1\n"
        "  %2 = local b : int8\n  $2 = %2\n  %3 = local a : int8\n  $3 = %3\n"
        "  %4 = local $2 : int8\n  a = %4\n  %5 = local $3 : int8\n  b = %5\n"
        "  %6 = local a : int8\n  return %6\n");
  CHECK(typed("def f(x):\n  for i in range(3):\n    i = i * 0.5\n  return i\n", "x:int8") ==
        "f(x: int8) -> float64\n  local i : float64\n  local $1 : int64\n"
        "  %0 = literal 0 : int64\n  %1 = literal 3 : int64\n  %2 = literal 1 : int64\n"
        "  for $1 in %0, %1, %2:\n    %3 = local $1 : int64\n    %4 = cast %3 : float64\n"
        "    i = %4\n    %5 = local i : float64\n    %6 = literal 0.5 : float64\n"
        "    %7 = mul %5 %6 : float64\n    i = %7\n"
        "  %8 = local i : float64\n  return %8\n");
}

TEST_CASE("compound assignments") {
  for (const char* op : {"+=", "-=", "*=", "//=", "%=", "**=", "&=", "|=", "^=", "<<=", ">>="}) {
    CHECK(dtype_of(std::string("def f(x):\n  y = x\n  y ") + op + " 2\n  return y\n", "x:int16") ==
          "int16");
  }
  CHECK(dtype_of("def f(x):\n  y = x\n  y /= 2\n  return y\n", "x:int16") == "float64");
}

TEST_CASE("reads and returns are checked on every path") {
  const auto f = [](const std::string& body) {
    return dtype_of("def f(x, n):\n" + body, "x:int8 n:int8");
  };
  CHECK(f("  if x: y = 1\n  return y\n") ==
        "syntax error 3:10 'y' may be read before it is assigned [not assigned on every path to "
        "here]");
  CHECK(f("  if x: y = 1\n  else: y = 2\n  return y\n") == "int64");
  CHECK(f("  if x: return x\n  else: y = 2\n  return y\n") == "int8");
  CHECK(f("  y = y + 1\n  return y\n") == "syntax error 2:7 'y' is read before it is assigned");
  CHECK(f("  y += 1\n  return y\n") == "syntax error 2:3 'y' is read before it is assigned");
  CHECK(f("  for i in range(n): y = i\n  return y\n").starts_with("syntax error 3:10 'y' may be"));
  CHECK(f("  for i in range(3): y = i\n  return y + i\n") == "int64");
  CHECK(f("  for i in range(3, 0): y = i\n  return y\n").starts_with("syntax error"));
  CHECK(f("  for i in range(3, 0, -1):\n    if x: continue\n    y = i\n  return y\n")
            .starts_with("syntax error"));
  CHECK(f("  while True:\n    if x > 3:\n      y = x\n      break\n    x += 1\n  return y\n") ==
        "int8");
  CHECK(f("  while 1:\n    x += 1\n    if x > 3: return x\n") == "int8");
  CHECK(f("  if x: return x\n") ==
        "syntax error 1:5 kernel 'f' may end without return [some path returns nothing]");
  CHECK(f("  y = x\n") == "syntax error 1:5 DSL kernel must return a value via a return statement");
  CHECK(f("  return x\n  return unknown\n") == "int8");
}

TEST_CASE("reductions stand at the top level") {
  const auto f = [](const std::string& body) {
    return dtype_of("def f(x):\n" + body, "x:float32");
  };
  CHECK(f("  s = sum(x)\n  if any(x > s): return s\n  return x - mean(x)\n") == "float32");
  CHECK(f("  for i in range(int(max(x))): x += 1\n  return x\n") == "float32");
  CHECK(f("  for i in range(3): x += sum(x)\n  return x\n") == "float32");
  CHECK(f("  while any(x > 0): x -= 1\n  return x\n") == "float32");
  CHECK(f("  if x > 0: return sum(x)\n  return x\n") == "float32");
  const auto in_miniexpr = [](const std::string& body) {
    return dtype_of("def f(x):\n" + body, "x:float32", Dialect::Miniexpr);
  };
  const char* refused = " a reduction must stand outside the bodies of if, for and while "
                        "[assign it to a local before]";
  CHECK(in_miniexpr("  while any(x > 0): x = x - 1\n  return x\n") == "float32");
  CHECK(in_miniexpr("  if x > 0: x = 1\n  elif any(x): x = 2\n  return x\n") == "float32");
  CHECK(in_miniexpr("  for i in range(3): x = x + sum(x)\n  return x\n") ==
        std::string("invalid reduction 2:30") + refused);
  CHECK(in_miniexpr("  if x > 0: return sum(x)\n  return x\n") ==
        std::string("invalid reduction 2:20") + refused);
}

TEST_CASE("bounds are integers in numpy and cut in miniexpr") {
  const char* text = "def f(x):\n  for i in range(x): pass\n  return x\n";
  CHECK(dtype_of(text, "x:float32") ==
        "type error 2:18 range() needs integers, not float32 [float32]");
  CHECK(dtype_of(text, "x:float32", Dialect::Miniexpr) == "float32");
  CHECK(dtype_of(text, "x:uint64") == "uint64");
}

TEST_CASE("declared inputs") {
  const char* text = "def f(a, z):\n  return a - z\n";
  CHECK(typed(text, "z:int8 a:int16").starts_with("f(z: int8, a: int16) -> int16\n"));
  CHECK(dtype_of(text, "a:int8") ==
        "syntax error 1:5 DSL input count mismatch: function expects 2 parameter(s), got 1");
  CHECK(dtype_of(text, "a:int8 b:int8") == "syntax error 1:10 missing DSL input for parameter 'z'");
  CHECK(dtype_of("def f(a):\n  return a\n", "print:int8") ==
        "invalid argument DSL input variable 'print' uses a reserved name");
  CHECK(dtype_of("def f(_i0):\n  return 1\n", "_i0:int8") ==
        "syntax error 1:7 DSL input variable '_i0' uses a reserved name");
}

TEST_CASE("miniexpr: the first assignment decides, paths may be incomplete") {
  const auto f = [](const std::string& body) {
    return dtype_of("def f(x):\n" + body, "x:float64", Dialect::Miniexpr);
  };
  CHECK(f("  y = int(x)\n  y = x\n  return y\n") == "int64");
  CHECK(f("  y = 1\n  return y\n") == "float64");
  CHECK(f("  if x > 0: y = 1\n  return y\n") == "float64");
  CHECK(f("  for i in range(x): pass\n  return i\n") == "int64");
  const auto partial = front("def f(x):\n  if x > 0: return x\n", "x:float64", Dialect::Miniexpr);
  REQUIRE(static_cast<bool>(partial));
  CHECK(partial->may_miss_return);
  CHECK(f("  y = x\n") == "syntax error 1:5 DSL kernel must return a value via a return statement");
  CHECK(f("  return z\n  z = 1\n") == "syntax error 2:10 'z' is read before it is assigned");
}

TEST_CASE("miniexpr: a local that a path reads before it assigns it starts as zero") {
  const auto program =
      front("def f(x):\n  if x > 0: y = x\n  return y\n", "x:float64", Dialect::Miniexpr);
  REQUIRE(static_cast<bool>(program));
  const me::lang::TypedStmt& first = program->blocks[program->root].front();
  CHECK(first.kind == me::lang::StmtKind::Assign);
  CHECK(program->exprs[first.expr].value == me::Scalar::of_float(me::DType::Float64, 0));
  const auto whole = front("def f(x):\n  y = x\n  return y\n", "x:float64", Dialect::Miniexpr);
  CHECK(whole->blocks[whole->root].size() == 2);
}
