// Eight threads compile, evaluate, invalidate, promote and cancel the same kernels and different ones,
// over a host that fails, refuses and is withdrawn at random, while evaluations change tiers at random chunks and
// in loops, and operands that were one value are not any more. No result may differ from the interpreter's,
// and nothing may leak. Built with the thread sanitizer by the preset `tsan`. ME_STRESS_TURNS sets for how long.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "base/tuning.h"
#include "jit/driver/evaluate.h"
#include "jit/runtime/tiers.h"
#include "unit/eventually.h"
#include "unit/native_host.h"

using namespace me;
using namespace me::jit;

namespace {

constexpr std::int64_t kItems = 5 * tuning::kChunkItems + 3;
constexpr int kThreads = 8;

int turns() {
  const char* text = std::getenv("ME_STRESS_TURNS");
  return text != nullptr ? std::atoi(text) : 4000;
}

constexpr const char* kLoop =
    "def f(a):\n"
    "    n = 0\n"
    "    s = a\n"
    "    while n < a % 7:\n"
    "        s = s * 3 + n\n"
    "        n += 1\n"
    "    return s\n";

Source source_of(const char* text, TierPolicy policy, Tier tier) {
  Source source;
  source.text = text;
  source.signature.params.push_back({"a", DType::Int64, false, false});
  source.policy = policy;
  source.max_tier = tier;
  return source;
}

}  // namespace

TEST_CASE("whatever threads do to kernels, results are the interpreter's") {
  // No other host may step in while the test's is withdrawn.
  setenv("ME_WASMTIME", "/nonexistent/libwasmtime.so", 1);
  test::NativeHost host;
  const me_host table = host.table();
  std::atomic<std::uint32_t> dice{1};
  const auto one_in = [&dice](std::uint32_t n) {
    return (dice.fetch_add(0x9e3779b9u, std::memory_order_relaxed) >> 8) % n == 0;
  };
  host.on_instantiate = [&] { return !one_in(10); };
  {
    Engine engine;
    REQUIRE(static_cast<bool>(engine.hosts().set(&table)));
    std::vector<std::int64_t> a(kItems);
    for (std::int64_t i = 0; i < kItems; ++i) a[static_cast<std::size_t>(i)] = i * i - 777;
    const ArrayView in = ArrayView::flat(a.data(), DType::Int64, kItems);
    ArrayView same = in;  // one item for all
    same.data = reinterpret_cast<char*>(&a[6]);
    same.strides[0] = 0;

    std::vector<std::shared_ptr<const Kernel>> shared;
    std::vector<std::vector<std::int64_t>> expected, expected_of_same;
    constexpr const char* kTexts[] = {"a * 3 + 1", "a - sum(a)", kLoop};
    for (const char* text : kTexts) {
      for (const TierPolicy policy : {TierPolicy::Immediate, TierPolicy::Profiled}) {
        auto k = engine.kernel(source_of(text, policy, Tier::OptimizingJit));
        REQUIRE(static_cast<bool>(k));
        if (policy == TierPolicy::Immediate) host.learn((*k)->program);
        shared.push_back(*k);
        for (const bool varies : {true, false}) {
          const ArrayView& array = varies ? in : same;
          auto& out = (varies ? expected : expected_of_same).emplace_back(a.size());
          REQUIRE(static_cast<bool>(evaluate(engine, **k, {{array}},
                                             ArrayView::flat(out.data(), DType::Int64, kItems),
                                             Tier::Interpreter)));
        }
      }
    }

    std::atomic<int> assumptions{0};  // turns that found a kernel with one
    // Profiled kernels begin with code that assumes, however fast the threads are. The host may refuse it; it is
    // asked for again when it had its time.
    for (std::size_t k = 1; k < shared.size(); k += 2) {
      std::vector<std::int64_t> out(a.size());
      int turn = 0;
      REQUIRE(test::eventually([&] {
        if (++turn % 200 == 0) invalidate(engine, *shared[k]);
        REQUIRE(static_cast<bool>(evaluate(engine, *shared[k], {{same}},
                                           ArrayView::flat(out.data(), DType::Int64, kItems),
                                           Tier::OptimizingJit)));
        record_calls(engine, *shared[k], tuning::kOptimizingWork / tuning::kCallWork);
        const CodePtr code = shared[k]->code.share();
        return code && code->assumed != 0;
      }));
      ++assumptions;
    }

    host.on_call = [&](std::uint64_t call, std::uintptr_t) {
      // Better code arrives in the middle of evaluations.
      if (one_in(20)) compile_to(engine, *shared[call % shared.size()], Tier::OptimizingJit);
      return one_in(150) ? ME_HOST_TRAPPED : one_in(50) ? 1 : 0;
    };

    std::atomic<int> wrong{0};
    const auto work = [&](unsigned seed) {
      std::mt19937 random(seed);
      std::vector<std::int64_t> out(a.size());
      std::vector<CompileJobPtr> jobs;
      for (int turn = 0, end = turns(); turn < end; ++turn) {
        const std::size_t which = random() % shared.size();
        const auto& k = shared[which];
        const Tier tier = random() % 2 ? Tier::OptimizingJit : Tier::BaselineJit;
        if (const CodePtr code = k->code.share(); code && code->assumed != 0) ++assumptions;
        switch (random() % 13) {
          case 0: invalidate(engine, *k); break;
          case 1: compile_to(engine, *k, tier); break;
          case 2: jobs.push_back(compile_async(engine, *k, tier)); break;
          case 3:
            jobs.push_back(compile_async(engine, *k, tier));
            if (jobs.back()->cancel() && jobs.back()->result() != nullptr) ++wrong;
            break;
          case 4:
            if (!jobs.empty()) {
              jobs.back()->wait();
              if (!jobs.back()->is_complete()) ++wrong;
              jobs.pop_back();
            }
            break;
          case 5: record_calls(engine, *k, random() % 20000); break;
          case 6: {
            // The same names in all threads, each bound to its kernel again and again.
            const FunctionId id = engine.functions().id_of("k" + std::to_string(which));
            if (!engine.functions().bind(id, k)) ++wrong;
            if (engine.functions().kernel_of(id) != k) ++wrong;
            break;
          }
          case 7:
            if (random() % 8 == 0) {
              if (!engine.hosts().set(random() % 3 == 0 ? nullptr : &table)) ++wrong;
            } else {
              const auto own = engine.kernel(
                  source_of(kTexts[which / 2], TierPolicy::Immediate, tier));
              if (!own || explain(**own).empty()) ++wrong;
            }
            break;
          case 8: engine.dice().seed(random() % 2 == 0 ? 0 : random()); break;
          default: {
            std::fill(out.begin(), out.end(), -1);
            // Profiled kernels see one item for long, so that they come to assume it.
            const bool varies = which % 2 == 0 || (turn > end / 2 && random() % 64 == 0);
            const auto done = evaluate(engine, *k, {{varies ? in : same}},
                                       ArrayView::flat(out.data(), DType::Int64, kItems),
                                       Tier::OptimizingJit);
            if (!done || out != (varies ? expected : expected_of_same)[which]) ++wrong;
          }
        }
      }
      for (const CompileJobPtr& job : jobs) job->wait();
    };
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < kThreads; ++t) threads.emplace_back(work, t + 1);
    for (std::thread& t : threads) t.join();
    CHECK(wrong == 0);
    const Metrics& m = engine.metrics();
    CHECK(m.get(Metric::JitChunks) > 0);
    CHECK(m.get(Metric::Promotions) > 0);
    CHECK(m.get(Metric::Deoptimizations) > 0);
    CHECK(m.get(Metric::Invalidations) > 0);
    CHECK(m.get(Metric::OsrEntries) > 0);
    CHECK(m.get(Metric::OsrLoopEntries) > 0);
    CHECK(assumptions > 0);
    CHECK(m.get(Metric::CancelledJobs) > 0);
  }
  CHECK(host.alive() == 0);
}
