// Elementary functions built for several instruction sets: the same bits from all of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "interp/recipes.h"

namespace {

using namespace me::interp;  // NOLINT

// Edge values, then random ones of all magnitudes, of everyday ones, and random bit patterns.
std::vector<double> arguments(std::size_t n, unsigned seed) {
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<double> v = {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, inf, -inf, std::nan(""), 5e-324, 1e-310,
                           1e300, -1e300, 709.0, 710.0, -745.0, -746.0, 0x1p20, 3.0, 170.5, -20.5};
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> everyday(-30, 30), exponent(-300, 300);
  while (v.size() < n) {
    v.push_back(everyday(random));
    v.push_back(std::copysign(std::pow(10.0, exponent(random)), everyday(random)));
    const std::uint64_t bits = random();
    double d;
    std::memcpy(&d, &bits, sizeof d);
    v.push_back(d);
  }
  v.resize(n);
  std::shuffle(v.begin(), v.end(), random);
  return v;
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace

TEST_CASE("every build of every recipe gives the bits of the 128-bit one") {
  constexpr std::size_t n = 3001;  // odd: the last vector is incomplete in every build
  const std::vector<double> x = arguments(n, 1), y = arguments(n, 2), z = arguments(n, 3);
  const RecipeBuild* first = recipe_builds();
  REQUIRE(std::string(first->name) == "128");
  for (const RecipeBuild* build = first + 1; build->rows != nullptr; ++build) {
    for (std::size_t r = 0; first->rows[r].name != nullptr; ++r) {
      CAPTURE(build->name);
      CAPTURE(first->rows[r].name);
      std::vector<double> want(n), got(n);
      first->rows[r].kernel(want.data(), x.data(), y.data(), z.data(), n);
      build->rows[r].kernel(got.data(), x.data(), y.data(), z.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        if (same(want[i], got[i])) continue;
        CAPTURE(x[i]);
        CAPTURE(y[i]);
        CHECK(want[i] == got[i]);
        break;
      }
    }
  }
}

TEST_CASE("the build in force is one of those the processor can run") {
  const BlockFn sine = recipe_kernel("sin");
  bool found = false;
  for (const RecipeBuild* build = recipe_builds(); build->rows != nullptr; ++build) {
    for (const RecipeKernel* row = build->rows; row->name != nullptr; ++row) {
      found = found || row->kernel == sine;
    }
  }
  CHECK(found);
  CHECK(recipe_kernel("no such function") == nullptr);
}
