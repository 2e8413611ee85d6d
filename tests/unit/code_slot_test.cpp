// Code that is replaced while evaluations are under way: who sees what, and when it goes back to the host.
#include "jit/code_slot.h"

#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <vector>

#include "unit/jit_fake_host.h"

using namespace me;
using namespace me::jit;

namespace {

struct Bench {
  test::FakeHost fake;
  HostChoice choice;
  HostPtr host;
  Bench() {
    const me_host table = fake.table();
    REQUIRE(static_cast<bool>(choice.set(&table)));
    host = choice.current();
  }
  CodePtr code(Tier tier) {
    auto made = std::make_shared<Code>();
    made->tier = tier;
    made->host = host;
    made->stages.push_back({Entry(host, host->table().instantiate(&fake, nullptr, 0)), {}});
    return made;
  }
};

}  // namespace

TEST_CASE("code that nobody runs is given back when it is replaced") {
  Bench bench;
  {
    CodeSlot slot;
    CHECK(slot.tier() == Tier::Interpreter);
    CHECK_FALSE(slot.has_code());
    slot.install(bench.code(Tier::BaselineJit));
    CHECK(slot.tier() == Tier::BaselineJit);
    slot.install(bench.code(Tier::OptimizingJit));
    CHECK(slot.tier() == Tier::OptimizingJit);
    CHECK(bench.fake.alive.size() == 1);
    slot.install(nullptr);
    CHECK_FALSE(slot.has_code());
    CHECK(bench.fake.alive.empty());
    slot.install(bench.code(Tier::BaselineJit));
  }
  CHECK(bench.fake.alive.empty());
}

TEST_CASE("an evaluation's code lives to its end, new code is seen at once") {
  Bench bench;
  CodeSlot slot;
  slot.install(bench.code(Tier::BaselineJit));
  {
    const CodeSlot::Use outer(slot);
    const Code* const before = outer.current();
    REQUIRE(before != nullptr);
    slot.install(bench.code(Tier::OptimizingJit));
    CHECK(bench.fake.alive.size() == 2);
    CHECK(before->tier == Tier::BaselineJit);
    CHECK(outer.current()->tier == Tier::OptimizingJit);
    {
      const CodeSlot::Use inner(slot);
      slot.install(nullptr);
      CHECK(inner.current() == nullptr);
    }
    CHECK(bench.fake.alive.size() == 2);
  }
  CHECK(bench.fake.alive.empty());
}

TEST_CASE("who shares code keeps it") {
  Bench bench;
  CodeSlot slot;
  slot.install(bench.code(Tier::BaselineJit));
  CodePtr shared = slot.share();
  slot.install(nullptr);
  CHECK(bench.fake.alive.size() == 1);
  CHECK(shared->tier == Tier::BaselineJit);
  shared.reset();
  CHECK(bench.fake.alive.empty());
}

TEST_CASE("threads use code while others replace it") {
  std::atomic<int> made{0};
  std::atomic<int> wrong{0};
  // No host: a tier that is wrong after the code's end is what would be seen.
  struct Watched : Code {
    std::atomic<int>& alive;
    explicit Watched(std::atomic<int>& count) : alive(count) { ++alive; }
    ~Watched() {
      tier = Tier::Interpreter;
      --alive;
    }
  };
  const auto watched = [&made](Tier tier) {
    auto code = std::make_shared<Watched>(made);
    code->tier = tier;
    return code;
  };
  {
    CodeSlot slot;
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20000; ++i) {
          const CodeSlot::Use use(slot);
          const Code* const first = use.current();
          const Code* const second = use.current();
          if (first != nullptr && first->tier == Tier::Interpreter) ++wrong;
          if (second != nullptr && second->tier == Tier::Interpreter) ++wrong;
        }
      });
    }
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 5000; ++i) {
          slot.install(i % 3 == t ? nullptr : watched(Tier::BaselineJit));
        }
      });
    }
    for (std::thread& t : threads) t.join();
    slot.install(nullptr);
    CHECK(made == 0);
  }
  CHECK(wrong == 0);
}
