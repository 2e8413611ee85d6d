// Steps: one at a time, all at once, dropped half-way, nested, and ended by an exception.
#include "base/steps.h"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

using me::Steps;
using me::between_steps;

namespace {

Steps<int> count(int n, int& done) {
  int sum = 0;
  for (int i = 1; i <= n; ++i) {
    sum += i;
    done = i;
    co_await between_steps;
  }
  co_return sum;
}

Steps<std::string> twice(int n, int& done) {
  int sum = 0;
  for (int round = 0; round < 2; ++round) {
    auto inner = count(n, done);
    while (inner.next()) co_await between_steps;
    sum += inner.result();
  }
  co_return std::to_string(sum);
}

Steps<int> failing(std::shared_ptr<int> held) {
  co_await between_steps;
  if (*held == 1) throw std::runtime_error("in the second step");
  co_return 0;
}

}  // namespace

TEST_CASE("nothing is done before the first step, and one thing in each") {
  int done = 0;
  auto steps = count(2, done);
  CHECK(done == 0);
  CHECK(steps.next());
  CHECK(done == 1);
  CHECK(steps.next());
  CHECK(done == 2);
  CHECK_FALSE(steps.next());
  CHECK(steps.result() == 3);
  CHECK_FALSE(steps.next());
}

TEST_CASE("all at once, and the rest at once") {
  int done = 0;
  CHECK(count(4, done).finish() == 10);
  auto steps = twice(3, done);
  CHECK(steps.next());
  CHECK(steps.finish() == "12");
}

TEST_CASE("dropped half-way, moved") {
  int done = 0;
  auto held = std::make_shared<int>(1);
  {
    auto steps = failing(held);
    CHECK(held.use_count() == 2);
    CHECK(steps.next());
    auto moved = std::move(steps);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
  auto steps = twice(3, done);
  CHECK(steps.next());
}

TEST_CASE("an exception reaches the caller and ends the work") {
  auto steps = failing(std::make_shared<int>(1));
  CHECK(steps.next());
  CHECK_THROWS_AS(steps.next(), std::runtime_error);
  CHECK_FALSE(steps.next());
}
