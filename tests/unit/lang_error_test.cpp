// Diagnostics: status, place, message and note; and their rendering.
#include <doctest/doctest.h>

#include "lang_front.h"

using namespace me;
using lang_test::dtype_of;

TEST_CASE("a rendered type error underlines the operand at fault") {
  const auto program = lang_test::front("x + name", "x:float32 name:U8");
  REQUIRE_FALSE(static_cast<bool>(program));
  CHECK(render(program.error(), "x + name", "expression") ==
        "error: float32 and string cannot be added\n"
        "  --> expression:1:5\n"
        "   | x + name\n"
        "   |     ^^^^ string<U8>\n");
}

TEST_CASE("type errors") {
  CHECK(dtype_of("1 + x & y", "x:int8 y:float32") ==
        "type error 1:9 '&' needs integers or bools, not float32 [float32: comparisons beside it need parentheses]");
  CHECK(dtype_of("x | y", "x:int64 y:uint64") ==
        "type error 1:1 '|' cannot combine int64 and uint64 [no common integer dtype]");
  CHECK(dtype_of("~x", "x:float64") ==
        "type error 1:2 '~' needs integers or bools, not float64 [float64]");
  CHECK(dtype_of("x - y", "x:bool y:bool") ==
        "type error 1:1 bool and bool cannot be subtracted: use ^ or a cast [bool]");
  CHECK(dtype_of("-x", "x:bool") ==
        "type error 1:2 '-' is not defined for bool: use ~ or 'not' [bool]");
  CHECK(dtype_of("sign(x)", "x:bool") ==
        "type error 1:6 'sign' is not defined for bool: use a cast [bool]");
  CHECK(dtype_of("x ** -1", "x:int32") ==
        "type error 1:6 integers to negative integer powers are not allowed [make the base a "
        "float]");
  CHECK(dtype_of("x + 'a'", "x:int32") ==
        "type error 1:5 int32 and string cannot be added [string<U1>]");
  CHECK(dtype_of("x % 2j", "x:int32") ==
        "type error 1:5 '%' is not defined for a Python complex [Python complex]");
  CHECK(dtype_of("floor(z)", "z:complex64") ==
        "type error 1:7 'floor' is not defined for complex64 [complex64]");
  CHECK(dtype_of("x & z", "x:int32 z:complex64") ==
        "type error 1:5 '&' is not defined for complex64 [complex64]");
  CHECK(dtype_of("1 / 0", "") == "type error 1:1 division by zero");
  CHECK(dtype_of("1 / 2 // 0", "") == "type error 1:1 division by zero");
  CHECK(dtype_of("1.5 % 0", "") == "type error 1:1 division by zero");
  CHECK(dtype_of("0 ** -1", "") == "type error 1:1 0 cannot be raised to a negative power");
  CHECK(dtype_of("1e300 ** 2", "") == "type error 1:1 the power is too large for a float");
  CHECK(dtype_of("ldexp(x, y)", "x:float32 y:float32") ==
        "type error 1:10 the exponent of ldexp() must be an integer [float32]");
}

TEST_CASE("names") {
  CHECK(dtype_of("valeu + 1", "value:int8") ==
        "syntax error 1:1 unknown name 'valeu' [did you mean 'value'?]");
  CHECK(dtype_of("weight + 1", "value:int8") == "syntax error 1:1 unknown name 'weight'");
  CHECK(dtype_of("sqr(x)", "x:int8") ==
        "syntax error 1:1 unknown function 'sqr' [write square]");
  CHECK(dtype_of("sin + x", "x:int8") ==
        "syntax error 1:1 function 'sin' is not called [write sin(...)]");
  CHECK(dtype_of("sin(x)", "x:int8 sin:int8") ==
        "type error 1:1 'sin' is a variable here and cannot be called");
  CHECK(dtype_of("np.zeros(x)", "x:int8").starts_with("syntax error 1:4 unknown function 'zeros'"));
  CHECK(dtype_of("sin(x, axis=0)", "x:int8") ==
        "syntax error 1:8 sin() takes no keyword arguments");
  CHECK(dtype_of("sum(x, axes=0)", "x:int8") ==
        "syntax error 1:8 sum() takes no keyword 'axes' [did you mean 'axis'?]");
  CHECK(dtype_of("sum(x, dtype=0)", "x:int8") ==
        "syntax error 1:8 sum() takes no keyword 'dtype' [there are axis, keepdims]");
  CHECK(dtype_of("sum(x, axis=0, axis=1)", "x:int8") ==
        "syntax error 1:16 'axis' is given twice");
  CHECK(dtype_of("sum(x, 0, axis=1)", "x:int8") == "syntax error 1:11 'axis' is given twice");
  CHECK(dtype_of("sum(axis=0, x)", "x:int8") ==
        "syntax error 1:13 a positional argument after a keyword");
  CHECK(dtype_of("sum(x, axis=x)", "x:int8") ==
        "syntax error 1:13 axis must be a literal: an integer, a tuple or None");
  CHECK(dtype_of("sum(x, x)", "x:int8") ==
        "syntax error 1:1 sum() takes 1 argument, got 2 [axis must be a literal]");
  CHECK(dtype_of("sum(x, axis=1.5)", "x:int8") ==
        "syntax error 1:13 axis must be an integer, a tuple of integers or None");
  CHECK(dtype_of("sum(x, axis=(0, 0))", "x:int8") == "syntax error 1:13 axis 0 is given twice");
  CHECK(dtype_of("argmin(x, axis=(0, 1))", "x:int8") ==
        "syntax error 1:16 argmin() takes one axis");
  CHECK(dtype_of("sum(x, keepdims=2.5)", "x:int8") ==
        "syntax error 1:17 keepdims must be True or False");
  CHECK(dtype_of("std(x, ddof=x)", "x:int8") == "syntax error 1:13 ddof must be a number");
  CHECK(dtype_of("sum((1, 2))", "") == "syntax error 1:5 tuples are not supported");
  CHECK(dtype_of("abs(None)", "") == "syntax error 1:5 None is not a value");
  CHECK(dtype_of("def k(x):\n    return sum(x, axis=0)\n", "x:int8") ==
        "syntax error 2:24 axis= needs array shapes: write it in an expression");
  CHECK(dtype_of("atan2(x)", "x:int8") == "syntax error 1:1 atan2() takes 2 arguments, got 1");
  CHECK(dtype_of("int + x", "x:int8") ==
        "syntax error 1:1 invalid cast intrinsic usage: int()/float()/bool() must be called as "
        "functions");
  CHECK(dtype_of("_i0 + x", "x:int8") ==
        "syntax error 1:1 unknown name '_i0' [index symbols exist in kernels only]");
}

TEST_CASE("syntax") {
  CHECK(dtype_of("", "") == "syntax error 1:1 empty expression");
  CHECK(dtype_of("x +", "x:int8") == "syntax error 1:4 expected a value");
  CHECK(dtype_of("x = 3", "x:int8") ==
        "syntax error 1:3 an expression cannot assign [write == to compare]");
  CHECK(dtype_of("(x", "x:int8") == "syntax error 1:3 expected ')', found end of text [the '(' of column 1 is open]");
  CHECK(dtype_of("x)", "x:int8") == "syntax error 1:2 unexpected ')' [no '(' is open]");
  CHECK(dtype_of("x y", "x:int8 y:int8") == "syntax error 1:3 unexpected 'y' [an operator is missing]");
  CHECK(dtype_of("x, y", "x:int8 y:int8") == "syntax error 1:2 tuples are not supported");
  CHECK(dtype_of("x if y", "x:int8 y:int8") ==
        "syntax error 1:7 expected 'else' and a value, found end of text");
  CHECK(dtype_of("a + not b", "a:int8 b:int8") ==
        "syntax error 1:5 'not' needs parentheses around it here");
  CHECK(dtype_of("x[0]", "x:int8").starts_with("syntax error 1:2 subscripts are not supported"));
  CHECK(dtype_of("x.sum()", "x:int8").starts_with("syntax error 1:2 attributes are not supported"));
  CHECK(dtype_of("x && y", "x:int8 y:int8") == "syntax error 1:3 unexpected '&&' [write 'and']");
  CHECK(dtype_of("a\n + $", "a:int8") == "syntax error 2:4 unexpected character '$' [names are letters, digits and _]");
}

TEST_CASE("statements that kernels do not have") {
  const auto f = [](const std::string& line) {
    return dtype_of("def f(x):\n  " + line + "\n  return x\n", "x:int8");
  };
  CHECK(f("print(x)") == "int8");
  CHECK(f("import os") == "syntax error 2:3 'import' is not supported in kernels");
  CHECK(f("s = int('a')") == "type error 2:11 int() is not defined for string [string<U1>]");
  CHECK(f("x[0] = 1").starts_with("syntax error 2:4 subscripts"));
  CHECK(f("f(x) = 1") == "syntax error 2:3 only names can be assigned to");
  CHECK(f("int = 1") == "syntax error 2:3 'int' is a reserved name");
  CHECK(f("a, b = x") == "syntax error 2:10 2 names cannot take 1 values");
  CHECK(f("break") == "syntax error 2:3 'break' outside a loop");
  CHECK(f("for i in x: pass") == "syntax error 2:12 for loops go over range(...) [for i in range(n):]");
  CHECK(f("for i in range(1,2,3,4): pass") ==
        "syntax error 2:12 range() takes 1 to 3 arguments, got 4");
  CHECK(f("def g(): return 1") == "syntax error 2:3 a kernel cannot define another function");
  CHECK(f("if x:\n  pass") == "syntax error 3:3 expected an indented block [indent it below the line with ':']");
  CHECK(dtype_of("def f(x):\n  return x\ny = 1\n", "x:int8") ==
        "syntax error 3:1 unexpected content after function");
  CHECK(dtype_of("def f(x, x):\n  return x\n", "x:int8") ==
        "syntax error 1:10 duplicate parameter 'x'");
  CHECK(dtype_of("def f(x=1):\n  return x\n", "x:int8") ==
        "syntax error 1:8 parameters cannot have default values");
}

TEST_CASE("pragmas") {
  const auto f = [](const std::string& header) {
    return dtype_of(header + "\ndef f(x):\n  return x\n", "x:int8");
  };
  CHECK(f("# a comment") == "int8");
  CHECK(f("# me:fp=loose") == "syntax error 1:1 me:fp is strict, contract or fast");
  CHECK(f("# me:fp=fast and more") == "syntax error 1:1 me:fp is strict, contract or fast");
  CHECK(f("# me:fp=fast\n# me:fp=fast") == "syntax error 2:1 duplicate pragma me:fp");
  CHECK(f("# me:speed=9") == "syntax error 1:1 unknown pragma: there are me:fp and me:compiler");
  CHECK(f("# me:fp") == "syntax error 1:1 a pragma is written # me:key=value");
}
