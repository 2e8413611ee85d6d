// Syntax trees of both dialects, as printed text.
#include <doctest/doctest.h>

#include "lang_front.h"

using namespace me;
using lang::Dialect;
using lang_test::parsed;

TEST_CASE("precedence of numpy: signs bind weaker than powers, powers group to the right") {
  CHECK(parsed("-a**2") ==
        "expression\n  %0 = name a\n  %1 = constant 2\n  %2 = pow %0 %1\n  %3 = neg %2\n"
        "  return %3\n");
  CHECK(parsed("a**b**c") ==
        "expression\n  %0 = name a\n  %1 = name b\n  %2 = name c\n  %3 = pow %1 %2\n"
        "  %4 = pow %0 %3\n  return %4\n");
  CHECK(parsed("a | b == c & ~d") ==
        "expression\n  %0 = name a\n  %1 = name b\n  %2 = bit_or %0 %1\n  %3 = name c\n"
        "  %4 = name d\n  %5 = bit_not %4\n  %6 = bit_and %3 %5\n  %7 = eq %2 %6\n  return %7\n");
  CHECK(parsed("not a or b and c") ==
        "expression\n  %0 = name a\n  %1 = logical_not %0\n  %2 = name b\n  %3 = name c\n"
        "  %4 = logical_and %2 %3\n  %5 = logical_or %1 %4\n  return %5\n");
  CHECK(parsed("a - b - c << 1") ==
        "expression\n  %0 = name a\n  %1 = name b\n  %2 = sub %0 %1\n  %3 = name c\n"
        "  %4 = sub %2 %3\n  %5 = constant 1\n  %6 = shl %4 %5\n  return %6\n");
}

TEST_CASE("precedence of miniexpr: signs bind tighter than powers, powers group to the left") {
  CHECK(parsed("-a**2", Dialect::Miniexpr) ==
        "expression\n  %0 = name a\n  %1 = neg %0\n  %2 = constant 2\n  %3 = pow %1 %2\n"
        "  return %3\n");
  CHECK(parsed("a**b**-c", Dialect::Miniexpr) ==
        "expression\n  %0 = name a\n  %1 = name b\n  %2 = pow %0 %1\n  %3 = name c\n"
        "  %4 = neg %3\n  %5 = pow %2 %4\n  return %5\n");
  CHECK(parsed("sin a**2 + !b", Dialect::Miniexpr).starts_with("syntax error 1:12"));
  CHECK(parsed("sin a**2 + b, c && !d", Dialect::Miniexpr) ==
        "expression\n  %0 = name a\n  %1 = call sin %0\n  %2 = constant 2\n  %3 = pow %1 %2\n"
        "  %4 = name b\n  %5 = add %3 %4\n  %6 = name c\n  %7 = name d\n  %8 = logical_not %7\n"
        "  %9 = logical_and %6 %8\n  return %9\n");
}

TEST_CASE("comparisons chain in numpy, sharing the middle, and group to the left in miniexpr") {
  CHECK(parsed("a < b <= c") ==
        "expression\n  %0 = name a\n  %1 = name b\n  %2 = lt %0 %1\n  %3 = name c\n"
        "  %4 = le %1 %3\n  %5 = logical_and %2 %4\n  return %5\n");
  CHECK(parsed("a < b <= c", Dialect::Miniexpr) ==
        "expression\n  %0 = name a\n  %1 = name b\n  %2 = lt %0 %1\n  %3 = name c\n"
        "  %4 = le %2 %3\n  return %4\n");
}

TEST_CASE("conditionals, calls, prefixes") {
  CHECK(parsed("a if b else c if d else np.pi") ==
        "expression\n  %0 = name a\n  %1 = name b\n  %2 = name c\n  %3 = name d\n"
        "  %4 = name np.pi\n  %5 = conditional %3 %2 %4\n  %6 = conditional %1 %0 %5\n"
        "  return %6\n");
  CHECK(parsed("math.atan2(x, 1,)") ==
        "expression\n  %0 = name x\n  %1 = constant 1\n  %2 = call math.atan2 %0 %1\n"
        "  return %2\n");
}

TEST_CASE("statements of a kernel") {
  CHECK(parsed("@jit\ndef f(x: \"int\", n: np.ndarray[int, 3],) -> float:\n"
               "  '''doc'''\n"
               "  a, b = x, 1; c: float = 2\n"
               "  for i in range(n):\n"
               "    a //= b\n"
               "    if a > 1: break\n"
               "    elif c: continue\n"
               "    else:\n"
               "      pass\n"
               "  while not b: b = c = 0\n"
               "  sin(x)\n"
               "  return a\n") ==
        "f(x, n)\n"
        "  %0 = name x\n  %1 = constant 1\n  a, b = %0, %1\n"
        "  %2 = constant 2\n  c = %2\n"
        "  %3 = name n\n  for i in %3:\n"
        "    %4 = name b\n    a floor_divide= %4\n"
        "    %5 = name a\n    %6 = constant 1\n    %7 = gt %5 %6\n    if %7:\n      break\n"
        "    else:\n      %8 = name c\n      if %8:\n        continue\n      else:\n        pass\n"
        "  %9 = name b\n  %10 = logical_not %9\n  while %10:\n"
        "    %11 = constant 0\n    c = %11\n    %12 = name c\n    b = %12\n"
        "  %13 = name x\n  %14 = call sin %13\n  evaluate %14\n"
        "  %15 = name a\n  return %15\n");
}

TEST_CASE("names that a caller must supply") {
  const auto names = [](const char* text) {
    std::string out;
    const auto ast = lang::parse(text, Dialect::Numpy);
    for (const std::string& n : lang::free_names(*ast)) out += n + " ";
    return out;
  };
  CHECK(names("b + sin(a) * pi - b + np.e + True") == "b a ");
  CHECK(names("def f(y, x):\n  z = x\n  return z\n") == "y x ");
  CHECK(lang::is_kernel(*lang::parse("# c\ndef f(x):\n  return x", Dialect::Numpy)));
  CHECK_FALSE(lang::is_kernel(*lang::parse("define + 1", Dialect::Numpy)));
}

TEST_CASE("pragmas are recorded") {
  const auto mode = [](const std::string& header) {
    return lang::parse(header + "def f(x):\n  return x\n", Dialect::Numpy)->fp;
  };
  CHECK(mode("") == lang::FpMode::Strict);
  CHECK(mode("# me:fp=contract\n# me:compiler=tcc\n") == lang::FpMode::Contract);
  CHECK(mode("#  me: fp = fast \n") == lang::FpMode::Fast);
}
