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
template <class T>
std::vector<T> arguments(std::size_t n, unsigned seed) {
  const T inf = std::numeric_limits<T>::infinity();
  std::vector<T> v;
  for (const double d : {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 5e-324, 1e-310, 1e-45, 1e-40, 1e300, -1e300,
                         88.7, -103.9, 709.0, 710.0, -745.0, -746.0, 0x1p20, 3.0, 170.5, -20.5}) {
    v.push_back(static_cast<T>(d));
  }
  for (const T d : {inf, -inf, std::numeric_limits<T>::quiet_NaN()}) v.push_back(d);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> everyday(-30, 30), exponent(-300, 300);
  while (v.size() < n) {
    v.push_back(static_cast<T>(everyday(random)));
    v.push_back(static_cast<T>(std::copysign(std::pow(10.0, exponent(random)), everyday(random))));
    const std::uint64_t bits = random();
    T d;
    std::memcpy(&d, &bits, sizeof d);
    v.push_back(d);
  }
  v.resize(n);
  std::shuffle(v.begin(), v.end(), random);
  return v;
}

template <class T>
bool same(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0;
}

template <class T>
void compare_builds(BlockFn RecipeKernel::*kernel) {
  constexpr std::size_t n = 3001;  // odd: the last vector is incomplete in every build
  const auto x = arguments<T>(n, 1), y = arguments<T>(n, 2), z = arguments<T>(n, 3);
  const RecipeBuild* first = recipe_builds();
  REQUIRE(std::string(first->name) == "128");
  for (const RecipeBuild* build = first + 1; build->rows != nullptr; ++build) {
    for (std::size_t r = 0; first->rows[r].name != nullptr; ++r) {
      if (first->rows[r].*kernel == nullptr) continue;
      CAPTURE(build->name);
      CAPTURE(first->rows[r].name);
      std::vector<T> want(n), got(n);
      (first->rows[r].*kernel)(want.data(), x.data(), y.data(), z.data(), n);
      (build->rows[r].*kernel)(got.data(), x.data(), y.data(), z.data(), n);
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

}  // namespace

TEST_CASE("every build of every recipe gives the bits of the 128-bit one") {
  compare_builds<double>(&RecipeKernel::kernel);
  compare_builds<float>(&RecipeKernel::single);
}

TEST_CASE("the build in force is one of those the processor can run") {
  const RecipeKernel* sine = find_recipe("sin");
  bool found = false;
  for (const RecipeBuild* build = recipe_builds(); build->rows != nullptr; ++build) {
    for (const RecipeKernel* row = build->rows; row->name != nullptr; ++row) {
      found = found || row == sine;
    }
  }
  CHECK(found);
  CHECK(find_recipe("no such function") == nullptr);
}
