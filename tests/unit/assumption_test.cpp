// What code assumes about its operands: it is faster while that holds, given up when it does not, and no bit
// depends on it.
#include "ir/assume_uniform.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>

#include "base/tuning.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "jit/driver/evaluate.h"
#include "jit/driver/parallel.h"
#include "jit/runtime/tiers.h"
#include "unit/eventually.h"
#include "unit/jit_kernels.h"

using namespace me;
using namespace me::jit;
using me::test::eventually;

namespace {

constexpr std::int64_t kItems = 3 * tuning::kChunkItems + 100;

// `items` numbers of any dtype.
std::vector<char> numbers(DType t, std::int64_t items) {
  const DType part = is_complex(t) ? part_of(t) : t;
  const std::int64_t count = is_complex(t) ? 2 * items : items;
  std::vector<char> bytes(static_cast<std::size_t>(count) * size_of(part));
  for (std::int64_t i = 0; i < count; ++i) {
    const Scalar v = cast_scalar(Scalar::of_float(DType::Float64, static_cast<double>((i * 7 + 3) % 11) * 0.75), part);
    store_scalar(v, &bytes[static_cast<std::size_t>(i) * size_of(part)]);
  }
  return bytes;
}

struct Case {
  const char* text;
  DType a, b;
};
constexpr Case kCases[] = {
    {"a * exp(b)", DType::Float64, DType::Float64},
    {"where(b, a, -a)", DType::Float32, DType::Bool},
    {"a * b + conj(b)", DType::Complex128, DType::Complex64},
    {"a // (b + 1)", DType::Int32, DType::Int8},
    {"sum(a * b) - a", DType::Float64, DType::Int64},
    {"def f(a, b):\n    n = 0.0\n    while n < b:\n        n += a + 1\n    return n", DType::Float64, DType::Float64},
};

struct Bench {
  Case c;
  Engine engine;
  std::shared_ptr<const Kernel> kernel;
  std::vector<char> a, b;

  explicit Bench(const Case& which) : c(which), a(numbers(c.a, kItems)), b(numbers(c.b, kItems)) {
    Source source;
    source.text = c.text;
    source.signature.params = {{"a", c.a, false, false}, {"b", c.b, false, false}};
    source.policy = TierPolicy::Profiled;
    auto made = engine.kernel(source);
    REQUIRE(static_cast<bool>(made));
    kernel = *made;
  }
  bool has_host() {
    const bool found = engine.hosts().current() != nullptr;
    REQUIRE((found || std::getenv("ME_WASMTIME") == nullptr));
    return found;
  }

  // b: all its items, or the first one for all.
  std::vector<char> run(bool varies, Tier tier = Tier::AotOptimized) {
    const DType result = kernel->program.result;
    std::vector<char> out(static_cast<std::size_t>(kItems) * size_of(result));
    ArrayView second = ArrayView::flat(b.data(), c.b, varies ? kItems : 1);
    if (!varies) second.ndim = 0;
    const auto done = evaluate(engine, *kernel, {{ArrayView::flat(a.data(), c.a, kItems), second}},
                               ArrayView::flat(out.data(), result, kItems), tier);
    REQUIRE(static_cast<bool>(done));
    return out;
  }
  std::uint64_t assumed() const {
    const CodePtr code = kernel->code.share();
    return code ? code->assumed : 0;
  }
};

}  // namespace

TEST_CASE("assumed operands become scalars, and what depends on them alone is uniform") {
  Bench bench({"a * exp(b)", DType::Float64, DType::Float64});
  const ir::Program p = ir::assume_uniform(bench.kernel->program, 2);
  CHECK(ir::verify(p, p.stages[0]) == "");
  CHECK(ir::print(p.stages[0]) ==
        "  %0 = operand 0 : float64\n"
        "  %1 = scalar 2 : float64 uniform\n"
        "  %2 = splat %1 : float64\n"
        "  %3 = exp %1 : float64 uniform\n"
        "  %4 = splat %3 : float64\n"
        "  %5 = mul %0 %4 : float64\n"
        "  store 0 %5\n");
}

TEST_CASE("operands that were always one value are assumed to be, until they are not") {
  for (const int threads : {1, 4}) {
    set_thread_count(threads);
    for (const Case& c : kCases) {
      Bench bench(c);
      if (!bench.has_host()) return;
      INFO(std::string(c.text));
      const auto one = bench.run(false, Tier::Interpreter);
      const auto many = bench.run(true, Tier::Interpreter);
      REQUIRE(bench.assumed() == 0);
      CHECK(eventually([&] {
        CHECK(bench.run(false) == one);
        return bench.assumed() == 2;
      }));
      CHECK(bench.kernel->code.tier() == Tier::OptimizingJit);
      CHECK(explain(*bench.kernel).find("assumes one value each: b") != std::string::npos);
      CHECK(bench.run(false) == one);
      // The assumption breaks: at once another result, in the interpreter.
      CHECK(bench.run(true) == many);
      CHECK(bench.kernel->code.tier() < Tier::OptimizingJit);
      CHECK(bench.kernel->profile->deoptimizations == 1);
      // Never again.
      CHECK(eventually([&] {
        CHECK(bench.run(false) == one);
        CHECK(bench.run(true) == many);
        return bench.kernel->code.tier() == Tier::OptimizingJit;
      }));
      CHECK(bench.assumed() == 0);
      CHECK(bench.kernel->profile->deoptimizations == 1);
    }
  }
  set_thread_count(1);
}

TEST_CASE("operands that have varied are not assumed to be one value") {
  Bench bench(kCases[0]);
  if (!bench.has_host()) return;
  bench.run(true);
  CHECK(eventually([&] {
    bench.run(false);
    return bench.kernel->code.tier() == Tier::OptimizingJit;
  }));
  CHECK(bench.assumed() == 0);
}

TEST_CASE("evaluations of one item say nothing about operands") {
  Bench bench(kCases[0]);
  double x = 2;
  double out = 0;
  const ArrayView in = ArrayView::flat(&x, DType::Float64, 1);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(static_cast<bool>(evaluate(bench.engine, *bench.kernel, {{in, in}},
                                       ArrayView::flat(&out, DType::Float64, 1), Tier::AotOptimized)));
  }
  CHECK(bench.kernel->profile->always_uniform() == 0);
  CHECK(bench.kernel->profile->varied == 0);
}

TEST_CASE("code that hands chunk after chunk back is not asked for each of them") {
  constexpr std::int64_t kChunks = 200;
  std::vector<double> x(kChunks * tuning::kChunkItems, 1e300), out(x.size()), expected(x.size());
  // The last chunks are for the code again.
  for (std::size_t i = 150 * tuning::kChunkItems; i < x.size(); ++i) x[i] = 0.5;
  Engine engine;
  const auto k = test::compiled(engine, "sin(a)", {{"a", DType::Float64, false, false}}, Tier::OptimizingJit);
  if (k->code.tier() != Tier::OptimizingJit) {
    REQUIRE(std::getenv("ME_WASMTIME") == nullptr);
    return;
  }
  const auto items = static_cast<std::int64_t>(x.size());
  const auto run = [&](std::vector<double>& to, Tier tier) {
    REQUIRE(static_cast<bool>(evaluate(engine, *k, {{ArrayView::flat(x.data(), DType::Float64, items)}},
                                       ArrayView::flat(to.data(), DType::Float64, items), tier)));
  };
  run(expected, Tier::Interpreter);
  run(out, Tier::AotOptimized);
  CHECK(std::memcmp(out.data(), expected.data(), out.size() * sizeof(double)) == 0);
  const std::uint64_t redone = engine.metrics().get(Metric::RedoneChunks);
  CHECK(redone >= tuning::kRedoStreak);
  CHECK(redone <= tuning::kRedoStreak + 150 / tuning::kRedoRetry + 1);
  CHECK(engine.metrics().get(Metric::JitChunks) >= redone + 50 - tuning::kRedoRetry);
}

TEST_CASE("operands without items are not looked at, and say nothing") {
  Bench bench(kCases[0]);
  char none = 0;  // one byte: an item would reach past it
  double b = 2;
  ArrayView empty = ArrayView::flat(&none, DType::Float64, 0);
  ArrayView one = ArrayView::flat(&b, DType::Float64, 1);
  one.ndim = 0;
  REQUIRE(static_cast<bool>(evaluate(bench.engine, *bench.kernel, {{empty, one}},
                                     ArrayView::flat(&none, DType::Float64, 0), Tier::AotOptimized)));
  CHECK(bench.kernel->profile->uniform == 0);
  CHECK(bench.kernel->profile->varied == 0);
}
