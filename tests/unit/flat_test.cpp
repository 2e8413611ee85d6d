// The short way of calls: the bits of the long one, which programs and arrays it takes, no allocations.
#include "jit/driver/flat.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "jit/driver/evaluate.h"
#include "unit/jit_kernels.h"

using namespace me;
using namespace me::jit;
using test::compiled;

namespace {

std::size_t allocations = 0;

Param param(std::string name, DType t) { return {std::move(name), t, false, false}; }
Param scalar(std::string name, DType t) { return {std::move(name), t, true, false}; }

const std::vector<Param> kParams = {param("a", DType::Float64), param("b", DType::Float64),
                                    param("i", DType::Int32), scalar("c", DType::Float64)};

struct Arrays {
  std::vector<double> a, b;
  std::vector<std::int32_t> i;
  double c = 1.5;

  explicit Arrays(std::size_t n) : a(n), b(n), i(n) {
    for (std::size_t k = 0; k < n; ++k) {
      a[k] = 0.37 * static_cast<double>(k % 1013) - 100;
      b[k] = 1.0 / static_cast<double>(k + 1);
      i[k] = static_cast<std::int32_t>(k * 7919 % 257) - 128;
    }
  }
  std::vector<ArrayView> views() {
    const auto n = static_cast<std::int64_t>(a.size());
    ArrayView one = ArrayView::flat(&c, DType::Float64, 1);
    one.ndim = 0;
    return {ArrayView::flat(a.data(), DType::Float64, n), ArrayView::flat(b.data(), DType::Float64, n),
            ArrayView::flat(i.data(), DType::Int32, n), one};
  }
};

using Bytes = std::vector<char>;

}  // namespace

// Counted for the test of allocations.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size > 0 ? size : 1)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

TEST_CASE("both ways give the same bits") {
  Engine engine;
  for (const char* text :
       {"a*b + c", "where(a > b, sin(a), i)", "i // 3", "sum(a)", "sum(i)", "mean(a) + sum(a*b)",
        "a - mean(a)", "max(a) - min(b)", "any(a > 20) & all(b > 0)", "prod(b + 0.5)", "sum(a*1j)",
        "std(a)", "a + 2j", "min(a*1j)",
        "def k(a, b, i, c):\n    x = a\n    while x < 3:\n        x = x + b + 1\n    return x + i*c\n"}) {
    CAPTURE(text);
    for (const Tier tier : {Tier::Interpreter, Tier::OptimizingJit}) {
      const auto k = compiled(engine, text, kParams, tier);
      REQUIRE(k->plan.flat);
      for (const std::size_t n : {1, 2, 511, 4096, 4097, 20000}) {
        CAPTURE(n);
        Arrays x(n);
        const void* inputs[] = {x.a.data(), x.b.data(), x.i.data(), &x.c};
        const std::size_t items = k->program.result_uniform ? 1 : n;
        Bytes expected(items * size_of(k->program.result), 'x');
        Bytes got(expected.size() + 1, 'y');
        const auto views = x.views();
        ArrayView to = ArrayView::flat(expected.data(), k->program.result,
                                       static_cast<std::int64_t>(items));
        REQUIRE(static_cast<bool>(evaluate(engine, *k, views, to, Tier::AotOptimized)));
        const FlatCall call{inputs, got.data(), static_cast<std::int64_t>(n)};
        REQUIRE(takes_flat(*k, call));
        REQUIRE(static_cast<bool>(evaluate_flat(engine, *k, call, Tier::AotOptimized)));
        CHECK(got.back() == 'y');
        got.pop_back();
        CHECK(got == expected);
      }
    }
  }
}

TEST_CASE("no items") {
  Engine engine;
  Arrays x(1);
  const void* inputs[] = {x.a.data(), x.b.data(), x.i.data(), &x.c};
  double out = -1;
  const FlatCall none{inputs, &out, 0};
  const auto status = [&](const char* text) {
    const auto k = compiled(engine, text, kParams, Tier::OptimizingJit);
    const auto done = evaluate_flat(engine, *k, none, Tier::OptimizingJit);
    return done ? Status::Ok : done.error().status;
  };
  CHECK(status("a + 1") == Status::Ok);
  CHECK(out == -1);
  CHECK(status("max(a)") == Status::EmptyReduction);
  CHECK(out == -1);
  CHECK(status("sum(a)") == Status::Ok);
  CHECK(out == 0);
}

TEST_CASE("programs that look at shapes, positions or strings go the long way") {
  Engine engine;
  const auto flat = [&](std::string text, std::vector<Param> params) {
    return compiled(engine, std::move(text), std::move(params), Tier::Interpreter)->plan.flat;
  };
  CHECK(flat("a + 1", {kParams[0]}));
  CHECK_FALSE(flat("sum(a, axis=0)", {kParams[0]}));
  CHECK_FALSE(flat("1 + 2", {}));
  CHECK_FALSE(flat("c + 2", {kParams[3]}));
  CHECK_FALSE(flat("def k(a):\n    return a + _i0\n", {kParams[0]}));
  CHECK_FALSE(flat("def k(a):\n    x = a\n    while any(x > 1):\n        x = x / 2\n    return x\n",
                   {kParams[0]}));
}

TEST_CASE("an output over its operands: in place, or the long way") {
  Engine engine;
  const auto k = compiled(engine, "a + b", {kParams[0], kParams[1]}, Tier::OptimizingJit);
  const auto bytes = compiled(engine, "a > b", {kParams[0], kParams[1]}, Tier::OptimizingJit);
  const auto total = compiled(engine, "sum(a)", {kParams[0], kParams[1]}, Tier::OptimizingJit);
  std::vector<double> memory(5000, 2.0), b(4500, 1.0);
  const void* inputs[] = {memory.data(), b.data()};
  CHECK(takes_flat(*k, {inputs, memory.data(), 4500}));
  CHECK_FALSE(takes_flat(*k, {inputs, memory.data() + 1, 4500}));
  CHECK_FALSE(takes_flat(*k, {inputs, memory.data() + 4499, 4500}));
  CHECK(takes_flat(*k, {inputs, memory.data() + 4500, 500}));
  CHECK_FALSE(takes_flat(*bytes, {inputs, memory.data(), 4500}));
  CHECK(takes_flat(*total, {inputs, memory.data() + 3, 4500}));
  const FlatCall in_place{inputs, memory.data(), 4500};
  REQUIRE(static_cast<bool>(evaluate_flat(engine, *k, in_place, Tier::OptimizingJit)));
  CHECK(memory[0] == 3.0);
  CHECK(memory[4499] == 3.0);
  CHECK(memory[4500] == 2.0);
}

TEST_CASE("a second call allocates nothing") {
  Engine engine;
  for (const char* text : {"a*b + c", "sum(a*b)", "a - mean(a)"}) {
    CAPTURE(text);
    for (const Tier tier : {Tier::Interpreter, Tier::OptimizingJit}) {
      const auto k = compiled(engine, text, kParams, tier);
      Arrays x(100);
      const void* inputs[] = {x.a.data(), x.b.data(), x.i.data(), &x.c};
      std::vector<double> out(100);
      const FlatCall call{inputs, out.data(), 100};
      REQUIRE(static_cast<bool>(evaluate_flat(engine, *k, call, tier)));
      const std::size_t before = allocations;
      const bool done = static_cast<bool>(evaluate_flat(engine, *k, call, tier));
      const std::size_t after = allocations;
      CHECK(done);
      CHECK(after == before);
    }
  }
}
