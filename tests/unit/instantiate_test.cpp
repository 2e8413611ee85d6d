// The two steps from a program to code: what is declined and why, that modules do not depend on a host,
// and that a refusal gives back what was instantiated before it.
#include "jit/instantiate.h"

#include <doctest/doctest.h>

#include "jit/compile.h"
#include "unit/jit_fake_host.h"

using namespace me;
using namespace me::jit;

namespace {

std::shared_ptr<const Kernel> program_of(std::string text) {
  Metrics metrics;
  Source source;
  source.text = std::move(text);
  source.signature.params.push_back({"a", DType::Float64, false, false});
  source.max_tier = Tier::Interpreter;
  auto kernel = compile(std::move(source), nullptr, "no host here", metrics);
  REQUIRE(static_cast<bool>(kernel));
  return *kernel;
}

}  // namespace

TEST_CASE("a program becomes one module for each stage, the same ones each time") {
  const auto kernel = program_of("sum(a) - a");
  for (const int bits : {32, 64}) {
    const auto once = lower(kernel->program, bits, Tier::OptimizingJit);
    const auto again = lower(kernel->program, bits, Tier::OptimizingJit);
    REQUIRE(std::holds_alternative<Modules>(once));
    const Modules& modules = std::get<Modules>(once);
    CHECK(modules.stages.size() == kernel->program.stages.size());
    CHECK(modules.pointer_bits == bits);
    CHECK(modules.stages == std::get<Modules>(again).stages);
  }
}

TEST_CASE("strings are declined before a host is asked for") {
  const auto kernel = program_of("where(a > 1, 'x', 'yy') == 'x'");
  const auto lowered = lower(kernel->program, 64, Tier::BaselineJit);
  REQUIRE(std::holds_alternative<Decline>(lowered));
  CHECK(std::get<Decline>(lowered).counter == Metric::DeclineStrings);
  REQUIRE(unfit(kernel->program).has_value());
  CHECK_FALSE(unfit(program_of("a + 1")->program).has_value());
}

TEST_CASE("modules become code of the host that takes them, or nothing") {
  test::FakeHost fake;
  HostChoice choice;
  const me_host table = fake.table();
  REQUIRE(static_cast<bool>(choice.set(&table)));
  const auto kernel = program_of("sum(a) - a");
  const int bits = static_cast<int>(table.pointer_bits);
  auto made = instantiate(std::get<Modules>(lower(kernel->program, bits, Tier::BaselineJit)),
                          choice.current());
  REQUIRE(std::holds_alternative<CodePtr>(made));
  const CodePtr code = std::get<CodePtr>(std::move(made));
  CHECK(code->tier == Tier::BaselineJit);
  CHECK(code->host->description() == "host");
  CHECK(code->stages.size() == 2);
  CHECK(code->address_bias() == table.address_bias);
  CHECK(fake.alive.size() == 2);

  SUBCASE("a module of another pointer width") {
    const auto other = instantiate(
        std::get<Modules>(lower(kernel->program, 96 - bits, Tier::BaselineJit)), choice.current());
    REQUIRE(std::holds_alternative<Decline>(other));
    CHECK(fake.instantiated == 2);
  }
  SUBCASE("a host that refuses the second stage gets the first one back") {
    fake.accepts_until = 3;
    const auto other = instantiate(
        std::get<Modules>(lower(kernel->program, bits, Tier::BaselineJit)), choice.current());
    REQUIRE(std::holds_alternative<Decline>(other));
    CHECK(std::get<Decline>(other).counter == Metric::DeclineHostRefused);
    CHECK(std::get<Decline>(other).reason == "the fake host said no");
    CHECK(fake.instantiated == 3);
    CHECK(fake.alive.size() == 2);
  }
}
