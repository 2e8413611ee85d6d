// Promotion, deoptimisation and on-stack replacement: each is seen to happen, and never changes a bit.
#include "jit/runtime/tiers.h"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <thread>

#include "base/tuning.h"
#include "jit/driver/evaluate.h"
#include "unit/eventually.h"
#include "unit/native_host.h"

using namespace me;
using namespace me::jit;
using me::test::eventually;

namespace {

constexpr std::int64_t kItems = 40 * tuning::kChunkItems + 17;

struct Bench {
  test::NativeHost host;
  Engine engine;
  std::vector<std::int64_t> a;

  Bench() : a(kItems) {
    for (std::int64_t i = 0; i < kItems; ++i) a[static_cast<std::size_t>(i)] = i * 7919 - 12345;
    const me_host table = host.table();
    REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
    for (const test::NativeProgram& p : test::native_programs()) {
      host.learn(kernel(p.text, Tier::Interpreter)->program, p.functions);
    }
  }

  std::shared_ptr<const Kernel> kernel(std::string text, Tier tier,
                                       TierPolicy policy = TierPolicy::Immediate) {
    Source source;
    source.text = std::move(text);
    source.signature.params.push_back({"a", DType::Int64, false, false});
    source.max_tier = tier;
    source.policy = policy;
    auto k = engine.kernel(std::move(source));
    REQUIRE(static_cast<bool>(k));
    return *k;
  }

  std::vector<std::int64_t> run(const Kernel& kernel, Tier tier = Tier::AotOptimized) {
    std::vector<std::int64_t> out(a.size(), -1);
    const ArrayView in = ArrayView::flat(a.data(), DType::Int64, kItems);
    const auto done = evaluate(engine, kernel, {{in}},
                               ArrayView::flat(out.data(), DType::Int64, kItems), tier);
    REQUIRE(static_cast<bool>(done));
    return out;
  }
  std::uint64_t count(Metric m) { return engine.metrics().get(m); }
};

}  // namespace

TEST_CASE("a profile deserves tier after tier, never a lower one, never more than allowed") {
  Tier last = Tier::Interpreter;
  for (std::uint64_t work = 0; work < 4 * tuning::kOptimizingWork; work += 50000) {
    const Tier tier = deserved_tier(0, work, Tier::OptimizingJit);
    CHECK(tier >= last);
    CHECK(deserved_tier(0, work, Tier::BaselineJit) == std::min(tier, Tier::BaselineJit));
    CHECK(deserved_tier(0, work, Tier::Interpreter) == Tier::Interpreter);
    last = tier;
  }
  CHECK(last == Tier::OptimizingJit);
  CHECK(deserved_tier(tuning::kOptimizingWork / tuning::kCallWork, 0, Tier::OptimizingJit) ==
        Tier::OptimizingJit);
  CHECK(deserved_tier(1, 0, Tier::OptimizingJit) == Tier::Interpreter);
}

TEST_CASE("kernels of the immediate policy have their code at once") {
  Bench bench;
  const auto k = bench.kernel("a * 3 + 1", Tier::OptimizingJit);
  CHECK(k->code.tier() == Tier::OptimizingJit);
  CHECK(k->code.has_code());
}

TEST_CASE("kernels of the profiled policy start in the interpreter and are promoted") {
  Bench bench;
  for (const test::NativeProgram& p : test::native_programs()) {
    const auto k = bench.kernel(p.text, Tier::OptimizingJit, TierPolicy::Profiled);
    const auto expected = bench.run(*k, Tier::Interpreter);
    CHECK(k->code.tier() == Tier::Interpreter);
    CHECK(k->profile->requested == Tier::Interpreter);  // calls kept in the interpreter promote nothing
    Tier last = Tier::Interpreter;
    CHECK(eventually([&] {
      CHECK(bench.run(*k) == expected);
      const Tier now = k->code.tier();
      CHECK(now >= last);
      last = now;
      return now == Tier::OptimizingJit;
    }));
    CHECK(k->profile->promotions >= 1);
    CHECK(bench.run(*k) == expected);
  }
  CHECK(bench.count(Metric::JitExecutions) > 0);
  CHECK(bench.count(Metric::CompileJobs) >= 2);
}

TEST_CASE("calls counted elsewhere promote too") {
  Bench bench;
  const auto k = bench.kernel("a * 3 + 1", Tier::BaselineJit, TierPolicy::Profiled);
  record_calls(bench.engine, *k, 1);
  CHECK(k->profile->requested == Tier::Interpreter);
  record_calls(bench.engine, *k, tuning::kBaselineWork / tuning::kCallWork);
  CHECK(k->profile->requested == Tier::BaselineJit);
  CHECK(eventually([&] { return k->code.tier() == Tier::BaselineJit; }));
}

TEST_CASE("a lower tier never replaces a higher one until something invalidates") {
  Bench bench;
  const auto k = bench.kernel("a * 3 + 1", Tier::OptimizingJit);
  const CodePtr before = k->code.share();
  CHECK(compile_to(bench.engine, *k, Tier::BaselineJit) == before);
  CHECK(k->code.tier() == Tier::OptimizingJit);
  invalidate(bench.engine, *k);
  CHECK(k->code.tier() == Tier::Interpreter);
  CHECK(k->code.decline() == "invalidated");
  const CodePtr after = compile_to(bench.engine, *k, Tier::BaselineJit);
  REQUIRE(after);
  CHECK(after->tier == Tier::BaselineJit);
  CHECK(k->code.tier() == Tier::BaselineJit);
  CHECK(k->code.decline().empty());
  CHECK(bench.count(Metric::Invalidations) == 1);
}

TEST_CASE("a host that fails at any chunk loses its code there, and no result") {
  std::mt19937 random(7);
  for (const test::NativeProgram& p : test::native_programs()) {
    Bench bench;
    const auto expected = bench.run(*bench.kernel(p.text, Tier::Interpreter));
    for (int turn = 0; turn < 25; ++turn) {
      const auto k = bench.kernel(p.text, Tier::OptimizingJit);
      REQUIRE(compile_to(bench.engine, *k, Tier::OptimizingJit));
      const std::uint64_t chunks = 41 * p.functions.size();
      const std::uint64_t at = bench.host.calls() + random() % chunks;
      const std::int32_t answer = turn % 2 ? ME_HOST_TRAPPED : ME_HOST_FAILED;
      bench.host.on_call = [=](std::uint64_t call, std::uintptr_t) { return call == at ? answer : 0; };
      const std::uint64_t before = bench.count(Metric::Deoptimizations);
      CHECK(bench.run(*k) == expected);
      CHECK(bench.count(Metric::Deoptimizations) == before + 1);
      CHECK(bench.host.calls() == at + 1);
      CHECK_FALSE(k->code.has_code());
      CHECK(k->code.decline() == "the host failed: the test says no");
      CHECK(bench.host.alive() == 0);
    }
  }
}

TEST_CASE("code invalidated at any chunk of an evaluation is left at the next one") {
  std::mt19937 random(11);
  for (const test::NativeProgram& p : test::native_programs()) {
    Bench bench;
    const auto expected = bench.run(*bench.kernel(p.text, Tier::Interpreter));
    const auto k = bench.kernel(p.text, Tier::OptimizingJit);
    for (int turn = 0; turn < 25; ++turn) {
      REQUIRE(compile_to(bench.engine, *k, Tier::OptimizingJit));
      const std::uint64_t at = bench.host.calls() + random() % (41 * p.functions.size());
      bench.host.on_call = [&](std::uint64_t call, std::uintptr_t) {
        if (call == at) invalidate(bench.engine, *k);
        return 0;
      };
      CHECK(bench.run(*k) == expected);
      CHECK(bench.host.calls() == at + 1);
    }
  }
}

TEST_CASE("a host that is withdrawn is not called again") {
  Bench bench;
  const auto k = bench.kernel("a * 3 + 1", Tier::OptimizingJit);
  const auto expected = bench.run(*k);
  bench.host.on_call = [&, at = bench.host.calls() + 3](std::uint64_t call, std::uintptr_t) {
    if (call == at) REQUIRE(static_cast<bool>(bench.engine.hosts().set(nullptr)));
    return 0;
  };
  const std::uint64_t before = bench.host.calls();
  CHECK(bench.run(*k) == expected);
  CHECK(bench.host.calls() == before + 4);
  CHECK(k->code.tier() == Tier::Interpreter);
  CHECK(bench.count(Metric::Deoptimizations) == 1);
  CHECK(bench.run(*k) == expected);
  CHECK(bench.host.alive() == 0);
}

TEST_CASE("an evaluation in baseline code moves to optimised code at any chunk") {
  std::mt19937 random(13);
  for (const test::NativeProgram& p : test::native_programs()) {
    Bench bench;
    const auto expected = bench.run(*bench.kernel(p.text, Tier::Interpreter));
    const std::uint64_t chunks = 41 * p.functions.size();
    for (int turn = 0; turn < 25; ++turn) {
      const auto k = bench.kernel(p.text, Tier::BaselineJit);
      const std::uint64_t at = bench.host.calls() + random() % (chunks - 1);
      std::set<std::uintptr_t> entries;
      bench.host.on_call = [&](std::uint64_t call, std::uintptr_t entry) {
        if (call == at) CHECK(compile_to(bench.engine, *k, Tier::OptimizingJit));
        entries.insert(entry);
        return 0;
      };
      const std::uint64_t before = bench.count(Metric::OsrEntries);
      CHECK(bench.run(*k) == expected);
      CHECK(bench.count(Metric::OsrEntries) == before + 1);
      CHECK(entries.size() >= p.functions.size() + 1);
      CHECK(k->code.tier() == Tier::OptimizingJit);
      invalidate(bench.engine, *k);
      bench.host.on_call = nullptr;
      compile_to(bench.engine, *k, Tier::BaselineJit);
    }
  }
}

TEST_CASE("an evaluation in the interpreter moves to code at a loop head of its script") {
  Bench bench;
  const char* text =
      "def k(a):\n"
      "    x = a\n"
      "    for i in range(6):\n"
      "        print('turn', i)\n"
      "        x = x * 3 + sum(a)\n"
      "    return x\n";
  const auto k = bench.kernel(text, Tier::OptimizingJit, TierPolicy::Profiled);
  REQUIRE_FALSE(unfit(k->program).has_value());
  struct Hook {
    Bench& bench;
    const Kernel& kernel;
    int turns = 0;
  } hook{bench, *k};
  const auto sink = [](void* user, const char*, std::size_t) {
    auto& h = *static_cast<Hook*>(user);
    if (++h.turns == 3) compile_to(h.bench.engine, h.kernel, Tier::OptimizingJit);
  };
  bench.engine.set_print_sink([](void*, const char*, std::size_t) {}, nullptr);
  const auto expected = bench.run(*k, Tier::Interpreter);
  CHECK_FALSE(k->code.has_code());

  // The host does not know this program: its code hands every chunk back, which is the interpreter's.
  bench.host.learn(k->program,
                   std::vector<test::NativeHost::Function>(
                       k->program.stages.size(),
                       [](const void* const*, void*, std::int64_t) -> std::int32_t { return 1; }));
  bench.engine.set_print_sink(sink, &hook);
  CHECK(bench.run(*k) == expected);
  CHECK(hook.turns == 6);
  CHECK(bench.count(Metric::OsrEntries) >= 1);  // more, if its profile was faster than the third turn
  CHECK(bench.host.calls() > 0);
  CHECK(can_osr(*k, 2 * tuning::kChunkItems));
  CHECK_FALSE(can_osr(*k, 2 * tuning::kChunkItems + 1));
  invalidate(bench.engine, *k);
  CHECK_FALSE(can_osr(*k, 0));
}

TEST_CASE("a long evaluation is promoted while it runs") {
  Bench bench;
  bench.a.assign(kItems, 5);
  const auto k = bench.kernel("a - sum(a)", Tier::OptimizingJit, TierPolicy::Profiled);
  const auto expected = bench.run(*k, Tier::Interpreter);
  CHECK(eventually([&] {
    invalidate(bench.engine, *k);
    CHECK(bench.run(*k) == expected);
    return bench.count(Metric::OsrEntries) > 0;
  }));
}

TEST_CASE("kernels whose code keeps failing stay in the interpreter") {
  Bench bench;
  const auto k = bench.kernel("a * 3 + 1", Tier::OptimizingJit, TierPolicy::Profiled);
  const auto expected = bench.run(*k, Tier::Interpreter);
  bench.host.on_call = [](std::uint64_t, std::uintptr_t) { return ME_HOST_TRAPPED; };
  CHECK(eventually([&] {
    CHECK(bench.run(*k) == expected);
    return k->profile->deoptimizations >= tuning::kMaxDeoptimizations;
  }));
  const std::uint64_t jobs = bench.count(Metric::CompileJobs);
  for (int i = 0; i < 200; ++i) bench.run(*k);
  CHECK(bench.count(Metric::CompileJobs) <= jobs);
}

TEST_CASE("names have one id for ever, from any thread") {
  FunctionIds ids;
  std::vector<std::thread> threads;
  std::vector<std::vector<FunctionId>> seen(8, std::vector<FunctionId>(100));
  for (std::size_t t = 0; t < seen.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 100; ++i) {
        const std::size_t n = (i * 37 + t * 11) % 100;
        seen[t][n] = ids.id_of("f" + std::to_string(n));
        ids.record(seen[t][n], 1);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  for (const auto& one : seen) CHECK(one == seen[0]);
  CHECK(std::set<FunctionId>(seen[0].begin(), seen[0].end()).size() == 100);
  CHECK(ids.count() == 100);
  CHECK(ids.calls(seen[0][5]) == 8);
  CHECK(ids.name_of(seen[0][5]) == "f5");
  CHECK(ids.name_of(0).empty());
  CHECK(ids.calls(101) == 0);
  CHECK(ids.kernel_of(seen[0][5]) == nullptr);
}

TEST_CASE("an id counts the calls of the kernel that it stands for") {
  Bench bench;
  FunctionIds& ids = bench.engine.functions();
  const FunctionId id = ids.id_of("line");
  ids.record(id, 5);
  std::shared_ptr<const Kernel> k = bench.kernel("a * 3 + 1", Tier::OptimizingJit);
  CHECK(ids.bind(id, k));
  CHECK(ids.bind(id, k));
  CHECK_FALSE(ids.bind(id + 1, k));
  CHECK(ids.kernel_of(id) == k);
  bench.run(*k);
  bench.run(*k, Tier::Interpreter);
  CHECK(ids.calls(id) == 7);
  CHECK(k->profile->calls[static_cast<std::size_t>(Tier::OptimizingJit)] == 1);
  CHECK(k->profile->calls[static_cast<std::size_t>(Tier::Interpreter)] == 1);
}
