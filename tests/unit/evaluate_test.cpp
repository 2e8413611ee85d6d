// The driver: what it refuses, chunks, redone chunks, overlapping arrays, uniform results,
// interruption.
#include "jit/driver/evaluate.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "unit/jit_fake_host.h"
#include "unit/jit_kernels.h"

using namespace me;
using namespace me::jit;
using test::compiled;

namespace {

Param f64(std::string name) { return {std::move(name), DType::Float64, false, false}; }

template <class T>
ArrayView flat(std::vector<T>& v, DType t) {
  return ArrayView::flat(v.data(), t, static_cast<std::int64_t>(v.size()));
}

ArrayView one(void* item, DType t) {
  ArrayView a = ArrayView::flat(item, t, 1);
  a.ndim = 0;
  return a;
}

}  // namespace

TEST_CASE("wrong calls are refused before anything is written") {
  Engine engine;
  const auto k = compiled(engine, "a + b", {f64("a"), f64("b")});
  std::vector<double> a(5, 1), b(5, 2), out(5, -1), longer(6, -1);
  std::vector<std::int64_t> ints(5, 1);
  const ArrayView va = flat(a, DType::Float64), vb = flat(b, DType::Float64);
  const auto status = [&](std::vector<ArrayView> in, const ArrayView& to) {
    const auto done = evaluate(engine, *k, in, to, Tier::Interpreter);
    return done ? Status::Ok : done.error().status;
  };
  CHECK(status({va}, flat(out, DType::Float64)) == Status::VarMismatch);
  CHECK(status({va, vb, vb}, flat(out, DType::Float64)) == Status::VarMismatch);
  CHECK(status({va, flat(ints, DType::Int64)}, flat(out, DType::Float64)) == Status::TypeError);
  CHECK(status({va, vb}, flat(ints, DType::Int64)) == Status::TypeError);
  CHECK(status({va, vb}, flat(longer, DType::Float64)) == Status::Shape);
  CHECK(status({va, flat(longer, DType::Float64)}, flat(out, DType::Float64)) == Status::Shape);
  for (const double v : out) CHECK(v == -1);
  CHECK(status({va, vb}, flat(out, DType::Float64)) == Status::Ok);
  for (const double v : out) CHECK(v == 3);
}

TEST_CASE("counts around the chunk size") {
  Engine engine;
  const auto k = compiled(engine, "a * 2 + 1", {f64("a")});
  for (const std::size_t n : {0, 1, 511, 512, 513, 4095, 4096, 4097, 8192, 12289}) {
    CAPTURE(n);
    std::vector<double> a(n), out(n + 1, -7);
    std::iota(a.begin(), a.end(), 0);
    const ArrayView in = flat(a, DType::Float64);
    const ArrayView to = ArrayView::flat(out.data(), DType::Float64, static_cast<std::int64_t>(n));
    REQUIRE(static_cast<bool>(evaluate(engine, *k, {{in}}, to, Tier::Interpreter)));
    bool right = out[n] == -7;
    for (std::size_t i = 0; i < n; ++i) right = right && out[i] == 2.0 * static_cast<double>(i) + 1;
    CHECK(right);
  }
}

TEST_CASE("a chunk that the host fails at is redone, in place too") {
  for (const std::int32_t answer : {1, ME_HOST_TRAPPED, ME_HOST_FAILED}) {
    test::FakeHost fake;
    // A kernel that wrote rubbish before it gave up.
    fake.behaviour = [answer](void* out, std::int64_t n) {
      std::fill_n(static_cast<double*>(out), n, 1e99);
      return answer;
    };
    Engine engine;
    const me_host table = fake.table();
    REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
    // sin may hand chunks back by itself, the sum never does.
    for (const char* text : {"sin(a) + 1", "a + 1"}) {
      const auto k = compiled(engine, text, {f64("a")}, Tier::OptimizingJit);
      REQUIRE(k->code.tier() == Tier::OptimizingJit);
      std::vector<double> a(5000, 0.0), out(5000, -1);
      const ArrayView in = flat(a, DType::Float64);
      REQUIRE(static_cast<bool>(
          evaluate(engine, *k, {{in}}, flat(out, DType::Float64), Tier::OptimizingJit)));
      CHECK(out.front() == 1);
      CHECK(out.back() == 1);
      CAPTURE(text);
      CAPTURE(answer);
      REQUIRE(static_cast<bool>(evaluate(engine, *k, {{in}}, in, Tier::OptimizingJit)));
      CHECK(a.front() == 1);
      CHECK(a.back() == 1);
    }
    // Two texts, two evaluations, two chunks; code of a host that failed is not called again.
    const bool failed = answer < 0;
    CHECK(engine.metrics().get(Metric::RedoneChunks) == (failed ? 2 : 8));
    CHECK(fake.called == (failed ? 2 : 8));
    CHECK(engine.metrics().get(Metric::JitExecutions) == (failed ? 2 : 4));
    CHECK(engine.metrics().get(Metric::Deoptimizations) == (failed ? 2 : 0));
  }
}

TEST_CASE("kernel statuses become errors") {
  const std::pair<std::int32_t, Status> table_of[] = {{2, Status::WhileCap},
                                                      {3, Status::Interrupted},
                                                      {4, Status::ZeroStep},
                                                      {5, Status::MissingReturn}};
  for (const auto& [answer, expected] : table_of) {
    test::FakeHost fake;
    fake.behaviour = [answer = answer](void*, std::int64_t) { return answer; };
    Engine engine;
    const me_host table = fake.table();
    REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
    const auto k = compiled(engine, "a + 1", {f64("a")}, Tier::OptimizingJit);
    std::vector<double> a(3, 0.0);
    const ArrayView in = flat(a, DType::Float64);
    const auto done = evaluate(engine, *k, {{in}}, in, Tier::OptimizingJit);
    REQUIRE_FALSE(static_cast<bool>(done));
    CHECK(done.error().status == expected);
    // The interpreter is asked on demand, whatever the host would say.
    CHECK(static_cast<bool>(evaluate(engine, *k, {{in}}, in, Tier::Interpreter)));
    CHECK(engine.metrics().get(Metric::InterpreterExecutions) == 1);
  }
}

TEST_CASE("arrays that overlap the output behave as if they did not") {
  Engine engine;
  const auto k = compiled(engine, "a + 10 * b", {f64("a"), f64("b")});
  constexpr std::int64_t n = 6000;
  for (const std::int64_t shift : {-3, -1, 0, 1, 5}) {
    CAPTURE(shift);
    std::vector<double> memory(n + 10);
    std::iota(memory.begin(), memory.end(), 0);
    std::vector<double> expected(n);
    for (std::int64_t i = 0; i < n; ++i) {
      const auto at = static_cast<double>(i + 5);
      expected[static_cast<std::size_t>(i)] = at + 10 * static_cast<double>(n + 4 - i);
      CHECK(memory[static_cast<std::size_t>(i + 5)] == at);
    }
    const ArrayView a = ArrayView::flat(memory.data() + 5, DType::Float64, n);
    ArrayView b = ArrayView::flat(memory.data() + n + 4, DType::Float64, n);
    b.strides[0] = -8;
    const ArrayView out = ArrayView::flat(memory.data() + 5 + shift, DType::Float64, n);
    REQUIRE(static_cast<bool>(evaluate(engine, *k, {{a, b}}, out, Tier::Interpreter)));
    CHECK(std::equal(expected.begin(), expected.end(), memory.begin() + 5 + shift));
  }
}

TEST_CASE("uniform results are one item, and reductions see the whole call") {
  Engine engine;
  std::vector<double> a(10000, 0.5);
  const ArrayView in = flat(a, DType::Float64);
  double r = 0;
  const auto sum = compiled(engine, "sum(a)", {f64("a")});
  CHECK(sum->program.result_uniform);
  REQUIRE(static_cast<bool>(
      evaluate(engine, *sum, {{in}}, one(&r, DType::Float64), Tier::Interpreter)));
  CHECK(r == 5000);
  std::vector<double> out(10000);
  const auto mixed = compiled(engine, "a - sum(a) / 10000 + max(a)", {f64("a")});
  REQUIRE(static_cast<bool>(
      evaluate(engine, *mixed, {{in}}, flat(out, DType::Float64), Tier::Interpreter)));
  CHECK(out.front() == 0.5);
  CHECK(out.back() == 0.5);
  const auto constant = compiled(engine, "1 + 2", {});
  std::int64_t three = 0;
  REQUIRE(static_cast<bool>(
      evaluate(engine, *constant, {}, one(&three, DType::Int64), Tier::Interpreter)));
  CHECK(three == 3);
}

TEST_CASE("arrays count even where their values do not") {
  Engine engine;
  std::vector<std::int64_t> a(9000, 5), out(9000, 3);
  const ArrayView in = flat(a, DType::Int64);
  const Param p{"a", DType::Int64, false, false};
  std::int64_t r = 0;
  const auto sum = compiled(engine, "sum(a | -1)", {p});
  REQUIRE(
      static_cast<bool>(evaluate(engine, *sum, {{in}}, one(&r, DType::Int64), Tier::Interpreter)));
  CHECK(r == -9000);
  CHECK_FALSE(compiled(engine, "a ** 0", {p})->program.result_uniform);
  CHECK_FALSE(compiled(engine, "where(a > 1, True, True)", {p})->program.result_uniform);
  CHECK(compiled(engine, "sum(a) ** 0", {p})->program.result_uniform);
  CHECK(compiled(engine, "def k(a):\n    x = sum(a)\n    return x\n", {p})->program.result_uniform);
  const auto each = compiled(engine, "(a ^ a) * 2", {p});
  CHECK_FALSE(each->program.result_uniform);
  REQUIRE(static_cast<bool>(
      evaluate(engine, *each, {{in}}, flat(out, DType::Int64), Tier::Interpreter)));
  CHECK(out.front() == 0);
  CHECK(out.back() == 0);
}

TEST_CASE("the extreme of nothing is an error in the numpy dialect, a sum is not") {
  Engine engine;
  std::vector<double> none;
  const ArrayView in = ArrayView::flat(none.data(), DType::Float64, 0);
  double r = -1;
  for (const char* text : {"min(a)", "max(a) + 1"}) {
    const auto k = compiled(engine, text, {f64("a")});
    const auto done = evaluate(engine, *k, {{in}}, one(&r, DType::Float64), Tier::Interpreter);
    REQUIRE_FALSE(static_cast<bool>(done));
    CHECK(done.error().status == Status::EmptyReduction);
  }
  CHECK(r == -1);
  const auto k = compiled(engine, "sum(a)", {f64("a")});
  REQUIRE(
      static_cast<bool>(evaluate(engine, *k, {{in}}, one(&r, DType::Float64), Tier::Interpreter)));
  CHECK(r == 0);
}

TEST_CASE("the interrupt flag stops loops, and only while it is on") {
  Engine engine;
  const auto k =
      compiled(engine, "def k(a):\n    x = a\n    while x > 0:\n        x = x - 1\n    return x\n",
               {f64("a")});
  std::vector<double> a(100, 3.0), out(100);
  const ArrayView in = flat(a, DType::Float64);
  engine.interrupt(true);
  const auto stopped = evaluate(engine, *k, {{in}}, flat(out, DType::Float64), Tier::Interpreter);
  REQUIRE_FALSE(static_cast<bool>(stopped));
  CHECK(stopped.error().status == Status::Interrupted);
  engine.interrupt(false);
  CHECK(static_cast<bool>(
      evaluate(engine, *k, {{in}}, flat(out, DType::Float64), Tier::Interpreter)));
  CHECK(out[7] == 0);
}
