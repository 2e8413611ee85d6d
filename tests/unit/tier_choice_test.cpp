// Which tier is faster: estimated from the program and the build of the interpreter's kernels.
#include "jit/tier_choice.h"

#include <doctest/doctest.h>

#include "jit/compile.h"

using namespace me;
using namespace me::jit;
using interp::Simd;

namespace {

std::shared_ptr<const Kernel> compiled(std::string text, DType t = DType::Float64) {
  Source s;
  s.text = std::move(text);
  for (const char* name : {"a", "b"}) s.signature.params.push_back({name, t, false, false});
  Metrics metrics;
  auto kernel = compile(std::move(s), nullptr, "no host", metrics);
  if (!kernel) FAIL(kernel.error().message);
  return *kernel;
}

bool faster(const std::string& text, Simd simd) {
  return interpreter_is_faster(estimate(compiled(text)->program, simd));
}

}  // namespace

TEST_CASE("wider vectors win where elementary functions dominate") {
  for (const char* text : {"sin(a)", "a**b + 1", "tanh(a) * exp(b)", "sum(log(a))"}) {
    CAPTURE(text);
    CHECK(faster(text, Simd::Avx512));
    CHECK(faster(text, Simd::Avx2));
    CHECK_FALSE(faster(text, Simd::Bits128));
  }
}

TEST_CASE("what is fused in registers is compiled") {
  for (const char* text : {"a + b", "a*b + 1", "where(a > b, a, b)", "sqrt(a*a + b*b)", "sum(a*b)",
                           "def f(a, b):\n    n = a\n    while n > b:\n        n = n / 2\n    return n"}) {
    CAPTURE(text);
    for (const Simd simd : {Simd::Bits128, Simd::Avx2, Simd::Avx512}) CHECK_FALSE(faster(text, simd));
  }
}

TEST_CASE("uniform values cost nothing, operations in loops more than others") {
  const auto cost = [](const char* text) { return estimate(compiled(text)->program, Simd::Avx2).jit; };
  CHECK(cost("a + sin(2)") == cost("a + 1"));
  CHECK(cost("def f(a, b):\n    for i in range(50):\n        a = sin(a)\n    return a") >
        4 * cost("def f(a, b):\n    a = sin(a)\n    return a"));
}

TEST_CASE("the reason names both costs") {
  CHECK(reason_for_interpreter({5.0, 1.8}, Simd::Avx512) ==
        "the interpreter is faster here (avx512 kernels: an estimated 1.8 against 5.0 ns per element)");
}
