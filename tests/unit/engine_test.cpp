// The engine's kernel cache: what counts as the same kernel, how many stay, what happens to the
// rest.
#include "jit/runtime/engine.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/tuning.h"
#include "unit/jit_fake_host.h"

using namespace me;
using namespace me::jit;

namespace {

Source source(std::string text, Tier tier = Tier::Interpreter) {
  Source s;
  s.text = std::move(text);
  s.signature.params.push_back({"a", DType::Float64, false, false});
  s.max_tier = tier;
  return s;
}

}  // namespace

TEST_CASE("the same source is the same kernel, any difference another one") {
  Engine engine;
  const auto first = engine.kernel(source("a + 1"));
  REQUIRE(static_cast<bool>(first));
  CHECK(*engine.kernel(source("a + 1")) == *first);
  CHECK(engine.metrics().get(Metric::Compiles) == 1);
  CHECK(*engine.kernel(source("a + 2")) != *first);
  Source other = source("a + 1");
  other.dialect = lang::Dialect::Miniexpr;
  CHECK(*engine.kernel(other) != *first);
  other = source("a + 1");
  other.signature.params[0].dtype = DType::Float32;
  CHECK(*engine.kernel(other) != *first);
  other = source("a + 1");
  other.signature.params[0].uniform = true;
  CHECK(*engine.kernel(other) != *first);
  other = source("a + 1");
  other.signature.result = DType::Int32;
  const auto narrow = engine.kernel(other);
  REQUIRE(static_cast<bool>(narrow));
  CHECK(*narrow != *first);
  CHECK((*narrow)->program.result == DType::Int32);
  other = source("a + 1");
  other.signature.params.push_back({"b", DType::Float64, false, false});
  CHECK(*engine.kernel(other) != *first);
}

TEST_CASE("errors are not cached and leave the engine usable") {
  Engine engine;
  for (int i = 0; i < 3; ++i) {
    const auto bad = engine.kernel(source("a +"));
    REQUIRE_FALSE(static_cast<bool>(bad));
    CHECK(bad.error().status == Status::ParseError);
  }
  CHECK(engine.metrics().get(Metric::Compiles) == 0);
  CHECK(static_cast<bool>(engine.kernel(source("a"))));
}

TEST_CASE("the cache keeps the kernels used last and gives entries of others back") {
  test::FakeHost fake;
  {
    Engine engine;
    const me_host table = fake.table();
    REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
    auto held = *engine.kernel(source("a * 0.5", Tier::OptimizingJit));
    REQUIRE(held->code.tier() == Tier::OptimizingJit);
    for (std::size_t i = 0; i < tuning::kCacheKernels + 20; ++i) {
      REQUIRE(static_cast<bool>(
          engine.kernel(source("a + " + std::to_string(i), Tier::OptimizingJit))));
    }
    // The one held by us survives its eviction; everything beyond the cache is gone.
    CHECK(fake.alive.size() == tuning::kCacheKernels + 1);
    const int before = fake.instantiated;
    CHECK(*engine.kernel(source("a * 0.5", Tier::OptimizingJit)) != held);
    CHECK(fake.instantiated == before + 1);
    CHECK(engine.metrics().get(Metric::JitCompiles) ==
          static_cast<std::uint64_t>(fake.instantiated));
  }
  CHECK(fake.alive.empty());
}

TEST_CASE("another host, other kernels; a refusing host, the interpreter and the reason") {
  test::FakeHost fake;
  Engine engine;
  const me_host table = fake.table();
  REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
  const auto first = *engine.kernel(source("sum(a) + a", Tier::BaselineJit));
  CHECK(first->code.tier() == Tier::BaselineJit);
  CHECK(first->code.share()->stages.size() == first->program.stages.size());
  test::FakeHost refusing;
  refusing.accepts = false;
  const me_host other = refusing.table();
  REQUIRE(static_cast<bool>(engine.hosts().set(&other)));
  const auto second = *engine.kernel(source("sum(a) + a", Tier::BaselineJit));
  CHECK(second != first);
  CHECK(second->code.tier() == Tier::Interpreter);
  CHECK_FALSE(second->code.has_code());
  CHECK(second->code.decline() == "the fake host said no");
  CHECK(explain(*second).find("the fake host said no") != std::string::npos);
  CHECK(engine.metrics().get(Metric::DeclineHostRefused) == 1);
}

TEST_CASE("threads may compile the same and different texts at once") {
  Engine engine;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        const auto k = engine.kernel(source("a + " + std::to_string(i % 20 + t)));
        if (!k || (*k)->stages.empty()) ++failures;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(failures == 0);
}
