// On-stack replacement at the heads of loops: kernels with loops of every shape go over to code in the
// middle of their loops, and give the interpreter's bits.
#include "jit/loop_entries.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>

#include "base/tuning.h"
#include "ir/verify.h"
#include "jit/driver/evaluate.h"
#include "jit/runtime/tiers.h"
#include "unit/jit_kernels.h"

using namespace me;
using namespace me::jit;

namespace {

// Inputs of x: 6 ... 0, a different number of iterations for neighbours.
constexpr const char* kKernels[] = {
    // One loop; a loop in an if; values from before it are used in it and after it.
    R"(def f(x):
    n = 0
    s = x
    while n < 40 and s < 1000.0:
        s = s * 1.5 + sin(x)
        n += 1
    return s * n)",
    R"(def f(x):
    n = 0.0
    a = exp(x)
    if x > 2.5:
        b = cos(x) + a
        while n < b:
            n += 0.75
            a += b
    return n + a)",
    // Loops in loops, with breaks and continues in all of them.
    R"(def f(x):
    s = 0.0
    for i in range(7):
        t = x
        while t < 20.0:
            t = t * 1.25 + 1
            if t > 15.0 and i > 3:
                break
            for j in range(3):
                if s > 500.0:
                    continue
                s += t * j
        s += t
        if s > 2000.0:
            break
    return s)",
    R"(def f(x):
    s = 0
    i = 0
    while i < 12:
        i += 1
        if i % 3 == 1:
            continue
        j = i
        while j > 0:
            j -= 1
            if x > j:
                s += i
            else:
                s -= j
        if s > 40:
            return s * 1.0
    return s + x)",
    // Uniform loops, narrow and wide locals together, a bool that is carried.
    R"(def f(x):
    seen = x > 100.0
    c = int8(x)
    w = x
    for i in range(9):
        c = c * int8(3) + int8(1)
        w = w + c
        if w > 40.0:
            seen = True
    return where(seen, w, -w))",
};

struct Bench {
  Engine engine;
  std::vector<double> x;

  explicit Bench(std::int64_t items) : x(static_cast<std::size_t>(items)) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(6 - i % 7);
  }
  // Without a host there is no code to enter; the test command names one.
  bool has_host() {
    const bool found = engine.hosts().current() != nullptr;
    REQUIRE((found || std::getenv("ME_WASMTIME") == nullptr));
    return found;
  }

  std::shared_ptr<const Kernel> kernel(const char* text, Tier tier = Tier::OptimizingJit) {
    return test::compiled(engine, text, {{"x", DType::Float64, false, false}}, tier);
  }
  Result<std::vector<double>> run(const Kernel& kernel, Tier tier = Tier::AotOptimized) {
    std::vector<double> out(x.size(), -1);
    const auto items = static_cast<std::int64_t>(x.size());
    const auto done = evaluate(engine, kernel, {{ArrayView::flat(x.data(), DType::Float64, items)}},
                               ArrayView::flat(out.data(), DType::Float64, items), tier);
    if (!done) return done.error();
    return out;
  }
  std::vector<double> values(const Kernel& kernel, Tier tier = Tier::AotOptimized) {
    auto result = run(kernel, tier);
    REQUIRE(static_cast<bool>(result));
    return *result;
  }
  std::uint64_t entries() { return engine.metrics().get(Metric::OsrLoopEntries); }
};

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

// The host in force, whose calls can be made to fail.
struct FailingHost {
  me_host inner;
  std::int32_t answer = 0;  // of all calls, instead of the kernel's; 0: the kernel's
  std::uint64_t calls = 0;

  me_host table() {
    me_host t = inner;
    t.user = this;
    t.instantiate = [](void* user, const std::uint8_t* bytes, std::size_t size) {
      const me_host& h = static_cast<FailingHost*>(user)->inner;
      return h.instantiate(h.user, bytes, size);
    };
    t.release = [](void* user, std::uintptr_t entry) {
      const me_host& h = static_cast<FailingHost*>(user)->inner;
      h.release(h.user, entry);
    };
    t.call = [](void* user, std::uintptr_t entry, const void* const* operands, void* out,
                std::int64_t items) -> std::int32_t {
      auto* self = static_cast<FailingHost*>(user);
      ++self->calls;
      if (self->answer == 0) return self->inner.call(self->inner.user, entry, operands, out, items);
      std::memset(out, 0x5a, 8);
      return self->answer;
    };
    t.last_error = [](void*) { return "made to fail"; };
    return t;
  }
};

}  // namespace

TEST_CASE("every loop is entered at random repetitions, without a change of bits") {
  for (const std::int64_t items : {1, 7, 600, 4096 + 513}) {
    Bench bench(items);
    if (!bench.has_host()) return;
    for (const char* text : kKernels) {
      for (const Tier tier : {Tier::BaselineJit, Tier::OptimizingJit}) {
        const auto k = bench.kernel(text, tier);
        INFO(std::string(text));
        REQUIRE(k->code.tier() == tier);
        const auto expected = bench.values(*k, Tier::Interpreter);
        const std::uint64_t before = bench.entries();
        for (std::uint64_t seed = 1; seed <= 12; ++seed) {
          bench.engine.dice().seed(seed * 77);
          CHECK(same_bits(bench.values(*k), expected));
        }
        bench.engine.dice().seed(0);
        CHECK(bench.entries() > before);
      }
    }
  }
}

TEST_CASE("continuations are legal programs at every loop") {
  Bench bench(1);
  unsigned seen = 0;
  for (const char* text : kKernels) {
    const auto k = bench.kernel(text, Tier::Interpreter);
    for (std::size_t s = 0; s < k->program.stages.size(); ++s) {
      for (std::uint32_t counter = 0; counter < k->stages[s].counter_count; ++counter) {
        const interp::LoopState state = interp::loop_state(k->program, s, counter);
        const auto c = ir::continue_at(k->program, s, state.loop, interp::values_at_hand(state));
        INFO(std::string(text), "\nloop ", counter);
        REQUIRE(c.has_value());
        CHECK(ir::verify(c->program, c->program.stages[0]) == "");
        CHECK(c->program.operands.size() == k->program.operands.size() + c->operands.size());
        CHECK(c->program.scalars.size() == k->program.scalars.size() + c->scalars.size());
        ++seen;
      }
    }
  }
  CHECK(seen == 8);
}

TEST_CASE("a loop that its stage reduces afterwards is not left in the middle") {
  Bench bench(5000);
  const auto k = bench.kernel("def f(x):\n    n = 0.0\n    while n < x:\n        n += 1\n    return sum(n)",
                              Tier::Interpreter);
  REQUIRE(k->program.stages[0].is_reduction());
  const interp::LoopState state = interp::loop_state(k->program, 0, 0);
  CHECK(!ir::continue_at(k->program, 0, state.loop, std::vector<bool>(state.values.size(), true)));
}

TEST_CASE("iterations before the entry count for the cap") {
  setenv("ME_DSL_WHILE_MAX_ITERS", "50", 1);
  Bench bench(20);
  if (!bench.has_host()) return;
  const auto text = [](int iterations) {
    return "def f(x):\n    n = 0\n    while n < " + std::to_string(iterations) +
           ":\n        n += 1\n    return n + x";
  };
  const auto enough = bench.kernel(text(50).c_str());
  const auto too_many = bench.kernel(text(51).c_str());
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    bench.engine.dice().seed(seed);
    CHECK(static_cast<bool>(bench.run(*enough)));
    const auto refused = bench.run(*too_many);
    REQUIRE(!refused);
    CHECK(refused.error().status == Status::WhileCap);
  }
  CHECK(bench.entries() > 20);
  unsetenv("ME_DSL_WHILE_MAX_ITERS");
}

TEST_CASE("code that fails or hands a block back leaves the loop where it stood") {
  Bench bench(700);
  if (!bench.has_host()) return;
  const HostPtr native = bench.engine.hosts().current();
  FailingHost host{native->table()};
  const me_host table = host.table();
  REQUIRE(static_cast<bool>(bench.engine.hosts().set(&table)));
  for (const std::int32_t answer : {ME_HOST_TRAPPED, static_cast<std::int32_t>(ir::KernelStatus::Redo)}) {
    for (const char* text : kKernels) {
      INFO(std::string(text));
      const auto k = bench.kernel(text);
      const auto expected = bench.values(*k, Tier::Interpreter);
      const std::uint64_t before = bench.entries();
      host.answer = answer;
      // Until the dice has an evaluation begin in the interpreter and enter a loop.
      for (std::uint64_t seed = 1; bench.entries() == before && seed < 100; ++seed) {
        host.answer = 0;
        if (!k->code.has_code()) REQUIRE(compile_to(bench.engine, *k, Tier::OptimizingJit));
        host.answer = answer;
        bench.engine.dice().seed(seed);
        CHECK(same_bits(bench.values(*k), expected));
      }
      bench.engine.dice().seed(0);
      host.answer = 0;
      CHECK(bench.entries() > before);
      CHECK(k->code.has_code() == (answer > 0));
      invalidate(bench.engine, *k);
      REQUIRE(compile_to(bench.engine, *k, Tier::OptimizingJit));
    }
  }
  CHECK(bench.engine.metrics().get(Metric::Deoptimizations) >= std::size(kKernels));
}

TEST_CASE("one long loop over one item is promoted and entered while it runs") {
  Bench bench(1);
  if (!bench.has_host()) return;
  Source source;
  source.text =
      "def f(x):\n    n = 0\n    s = 0.0\n    while n < 5000000:\n        s = s * 0.999 + x\n        n += 1\n"
      "    return s";
  source.signature.params.push_back({"x", DType::Float64, false, false});
  source.policy = TierPolicy::Profiled;
  bench.x[0] = 1.5;
  const auto k = *bench.engine.kernel(source);
  const auto expected = bench.values(*k, Tier::Interpreter);
  CHECK(k->code.tier() == Tier::Interpreter);
  // The loop takes a tenth of a second in the interpreter, a compilation some milliseconds: were the worker
  // never scheduled in between, the next kernel that is not promoted yet gets its chance.
  for (int attempt = 0; attempt < 100 && bench.entries() == 0; ++attempt) {
    invalidate(bench.engine, *k);
    CHECK(same_bits(bench.values(*k), expected));
  }
  CHECK(bench.entries() > 0);
  CHECK(k->profile->osr_entries > 0);
}
