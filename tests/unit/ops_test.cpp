// The operation table: unique spellings, resolvable aliases, sane columns.
#include "base/ops.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/metrics.h"

using namespace me;

TEST_CASE("every name resolves to its row, and no two rows share one") {
  std::set<std::string_view> seen;
  for (const OpName& name : function_names()) {
    CAPTURE(name.spelling);
    CHECK(seen.insert(name.spelling).second);
    REQUIRE(function_named(name.spelling).has_value());
    CHECK(*function_named(name.spelling) == name.op);
  }
  CHECK(seen.size() > 70);
  std::set<std::string_view> spellings;
  for (std::size_t i = 0; i < kOpCount; ++i) {
    const std::string_view s = info_of(static_cast<Op>(i)).spelling;
    if (!s.empty()) CHECK(spellings.insert(s).second);
  }
}

TEST_CASE("aliases and operators") {
  CHECK(function_named("arctan2") == Op::Atan2);
  CHECK(function_named("ln") == Op::Log);
  CHECK(function_named("pow") == Op::Pow);
  CHECK(function_named("rad2deg") == Op::Degrees);
  CHECK_FALSE(function_named("+").has_value());
  CHECK_FALSE(function_named("and").has_value());
  CHECK_FALSE(function_named("").has_value());
  CHECK_FALSE(function_named("Sin").has_value());
}

TEST_CASE("columns make sense") {
  for (std::size_t i = 0; i < kOpCount; ++i) {
    const OpInfo& info = info_of(static_cast<Op>(i));
    CAPTURE(info.name);
    CHECK(info.arity >= 1);
    CHECK(info.arity <= 3);
    CHECK(info.ulp >= 0);
    CHECK(info.ulp <= 4);
    CHECK_FALSE(info.help.empty());
    if (info.impl == Impl::reduce) CHECK(info.arity == 1);
  }
}

TEST_CASE("counters have names and sentences") {
  Metrics metrics;
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto m = static_cast<Metric>(i);
    CHECK(names.insert(name_of(m)).second);
    CHECK(sentence_of(m).back() == '.');
    metrics.add(m, i + 1);
  }
  CHECK(metrics.get(Metric::Compiles) == 1);
  CHECK(metrics.get(static_cast<Metric>(kMetricCount - 1)) == kMetricCount);
  metrics.reset();
  CHECK(metrics.get(Metric::Compiles) == 0);
}
