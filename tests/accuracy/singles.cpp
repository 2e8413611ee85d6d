// Accuracy of the float32 recipes over every STEP-th float32, or all of them. Enters: the list of
// src/vmath/single/functions.h. Leaves: one line per function with the largest error seen in units
// in the last place, and where, then "N passed, N failed"; exit status 1 when anything failed.
//
// The reference is the float64 recipe of the same name, which accuracy.cpp holds to less than 10^-8
// of a float32's unit. Zeros, infinities and NaNs must be its own. pow is tried on pairs: special
// ones, then as many random ones of several ranges.
//
// Example: ./singles all 1 tries all 2^32 inputs of every function (minutes each), ./singles sin 1
// those of sin. To see it fail, change a digit of any coefficient in src/vmath/single.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "vmath/single/functions.h"

namespace {

namespace single = me::vmath::single;
using Lanes = single::Native;
using WideLanes = me::vmath::Native<Lanes::kLanes>;

struct Bound {
  const char* name;
  double ulp;
};
constexpr Bound kBounds[] = {
    {"exp", 0.9},   {"exp2", 0.9}, {"log", 0.97}, {"log2", 0.8},
    {"log10", 0.8}, {"pow", 0.9}, {"sin", 0.85}, {"cos", 0.85},
};

float float_of(std::uint32_t b) {
  float f;
  std::memcpy(&f, &b, 4);
  return f;
}

// Error of `got` in units in the last place of `want`; a large number for a wrong special value.
double ulp_error(float got, double want) {
  constexpr double kWrong = 1e30;
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) == std::isnan(got) ? 0 : kWrong;
  if (std::signbit(got) != std::signbit(want)) return kWrong;
  if (want == 0) return got == 0 ? 0 : kWrong;
  if (std::isinf(want)) return std::isinf(got) ? 0 : kWrong;
  int e;
  std::frexp(want, &e);
  const double unit = std::ldexp(1.0, std::clamp(e, -125, 128) - 24);
  const double largest = 0x1p128;
  const double g = std::isinf(got) ? largest : std::fabs(static_cast<double>(got));
  return std::fabs(g - std::min(std::fabs(want), largest)) / unit;
}

struct Worst {
  double error = 0;
  float x = 0, y = 0;
};

template <class S, class W>
void compare(const float* x, const float* y, Worst& worst) {
  float got[Lanes::kLanes];
  double want[Lanes::kLanes];
  if constexpr (S::kArity == 1) {
    S::evaluate(Lanes::load(x)).store(got);
    W::evaluate(WideLanes::load(x)).store(want);
  } else {
    S::evaluate(Lanes::load(x), Lanes::load(y)).store(got);
    W::evaluate(WideLanes::load(x), WideLanes::load(y)).store(want);
  }
  for (int i = 0; i < Lanes::kLanes; ++i) {
    const double e = ulp_error(got[i], want[i]);
    if (e > worst.error) worst = {e, x[i], y[i]};
  }
}

template <class S, class W>
[[gnu::flatten]] Worst over_all(std::uint64_t step) {
  Worst worst;
  float x[Lanes::kLanes];
  for (std::uint64_t u = 0; u < std::uint64_t{1} << 32; u += step * Lanes::kLanes) {
    for (int i = 0; i < Lanes::kLanes; ++i) {
      x[i] = float_of(static_cast<std::uint32_t>(u + static_cast<unsigned>(i) * step));
    }
    compare<S, W>(x, x, worst);
  }
  return worst;
}

template <class S, class W>
Worst over_pairs(std::uint64_t step) {
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> special = {inf, -inf, std::numeric_limits<float>::quiet_NaN()};
  for (const float b : {0.0f,   1e-45f, 1e-40f, 0x1p-126f, 0x1p-63f, 0.1f,
                        0.5f,   1.0f,   1.5f,   2.0f,      3.0f,     4.0f,
                        7.0f,   10.0f,  127.0f, 128.0f,    149.0f,   150.0f,
                        0x1p23f, 0x1p24f, 8388609.0f, 16777215.0f, 0x1p31f, 1e30f,
                        0x1.fffffep127f}) {
    for (const float f : {b, std::nextafter(b, inf), std::nextafter(b, 0.0f)}) {
      special.push_back(f);
      special.push_back(-f);
    }
  }
  Worst worst;
  std::vector<float> x, y;
  for (const float a : special) {
    for (const float b : special) x.push_back(a), y.push_back(b);
  }
  std::uint64_t state = 0x9e3779b97f4a7c15;
  const auto random = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1d;
  };
  const auto uniform = [&](double lo, double hi) {
    return static_cast<float>(lo + (hi - lo) * (static_cast<double>(random() >> 11) * 0x1p-53));
  };
  for (std::uint64_t n = (std::uint64_t{1} << 32) / step; n >= 6; n -= 6) {
    const auto add = [&](float a, float b) { x.push_back(a), y.push_back(b); };
    add(uniform(0, 20), uniform(-20, 20));
    add(uniform(0.9, 1.1), uniform(-900, 900));
    add(uniform(0.999, 1.001), uniform(-90000, 90000));
    add(uniform(-10, 10), static_cast<float>(static_cast<int>(uniform(-40, 40))));
    add(float_of(static_cast<std::uint32_t>(random())), uniform(-2, 2));
    add(float_of(static_cast<std::uint32_t>(random())),
        float_of(static_cast<std::uint32_t>(random())));
    if (x.size() < 4096 && n >= 12) continue;
    while (x.size() % Lanes::kLanes != 0) add(1, 1);
    for (std::size_t i = 0; i < x.size(); i += Lanes::kLanes) compare<S, W>(&x[i], &y[i], worst);
    x.clear();
    y.clear();
  }
  return worst;
}

int passed = 0;
int failed = 0;

template <class S, class W>
void test(const char* name, std::uint64_t step) {
  Worst worst;
  if constexpr (S::kArity == 1) {
    worst = over_all<S, W>(step);
  } else {
    worst = over_pairs<S, W>(step);
  }
  double bound = 0;
  for (const Bound& b : kBounds) {
    if (std::strcmp(b.name, name) == 0) bound = b.ulp;
  }
  const bool ok = worst.error <= bound;
  ++(ok ? passed : failed);
  std::printf("%s%-6s %.4f ulp (bound %.2f) at %a", ok ? "" : "FAILED ", name, worst.error, bound,
              static_cast<double>(worst.x));
  if (S::kArity == 2) std::printf(" %a", static_cast<double>(worst.y));
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string only = argc > 1 ? argv[1] : "all";
  const std::uint64_t step = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1021;
  if (step == 0) return 2;
#define ME_TEST(arity, name)                                  \
  if (only == "all" || only == #name) {                       \
    test<single::fn::name, me::vmath::fn::name>(#name, step); \
  }
  ME_VMATH_SINGLE_FUNCTIONS(ME_TEST, ME_TEST)
#undef ME_TEST
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
