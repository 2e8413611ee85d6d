// Accuracy of every recipe. Enters: the function list of src/vmath/functions.h, the ranges and
// bounds of cases.h. Leaves: one line per function with the largest error seen, in units in the
// last place of float64 and of float32 (through promotion and demotion), then "N passed, N failed";
// exit status 1 when anything failed. A check is one function and one of: float64 error, float32
// error, agreement of 1, 2, 4 and 8 lanes bit for bit, error of the slow path, bound within the one
// that ops.def promises. The order of reductions is checked, too.
//
// Example: ./accuracy pow 200000 checks pow alone on 200,000 random points per range,
// ./accuracy all 200 everything on few points.
// References come from libquadmath, which has 113 bits. To see it fail, change a digit of any
// coefficient in src/vmath.
#include <bit>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "cases.h"
#include "reference.h"
#include "vmath/functions.h"
#include "vmath/reduce_order.h"

namespace {

using me::vmath::Native;
using Q = __float128;

std::uint64_t random_state = 0x9e3779b97f4a7c15;

std::uint64_t random_bits() {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state * 0x2545f4914f6cdd1d;
}

double from_bits(std::uint64_t b) {
  double d;
  std::memcpy(&d, &b, 8);
  return d;
}

std::uint64_t to_bits(double d) {
  std::uint64_t b;
  std::memcpy(&b, &d, 8);
  return b;
}

double uniform(const Range& r) {
  double t = static_cast<double>(random_bits() >> 11) * 0x1p-53;
  return r.lo + (r.hi - r.lo) * t;
}

std::vector<double> special_points() {
  const double inf = std::numeric_limits<double>::infinity();
  const double base[] = {0.0,
                         0x1p-1074,
                         0x1p-1060,
                         0x1p-1022,
                         0x1p-600,
                         1e-300,
                         0x1p-149,
                         0x1p-126,
                         1e-20,
                         0x1p-54,
                         0x1p-53,
                         0x1p-27,
                         1e-4,
                         0.1,
                         0.25,
                         1.0 / 3,
                         0.5,
                         0.75,
                         1.0,
                         1.5,
                         2.0,
                         2.5,
                         3.0,
                         3.5,
                         4.0,
                         5.0,
                         7.0,
                         8.0,
                         10.0,
                         16.0,
                         20.0,
                         27.0,
                         64.0,
                         100.0,
                         170.0,
                         171.0,
                         172.0,
                         512.0,
                         709.0,
                         709.78,
                         710.0,
                         745.0,
                         746.0,
                         1000.0,
                         1022.0,
                         1023.0,
                         1024.0,
                         1074.0,
                         1075.0,
                         12345.0,
                         1e6,
                         0x1p31,
                         0x1p32,
                         1e10,
                         0x1p52,
                         0x1p53,
                         1e17,
                         0x1p63,
                         0x1p64,
                         1e22,
                         1e38,
                         0x1p127,
                         0x1p128,
                         1e100,
                         1e155,
                         0x1p600,
                         1e300,
                         0x1p1023,
                         1.7976931348623157e308,
                         0.7853981633974483,
                         1.5707963267948966,
                         3.141592653589793,
                         2.718281828459045,
                         0.6931471805599453,
                         1.4142135623730951};
  std::vector<double> out = {inf, -inf, std::numeric_limits<double>::quiet_NaN()};
  for (double b : base) {
    for (double d : {b, std::nextafter(b, inf), std::nextafter(b, 0.0)}) {
      out.push_back(d);
      out.push_back(-d);
    }
  }
  return out;
}

// A format: significant bits and the exponents of its normal numbers.
struct Format {
  int digits, min_exponent, max_exponent;
};
constexpr Format kF64 = {53, -1022, 1024};
constexpr Format kF32 = {24, -126, 128};

// Error of `got` against `want` in units in the last place of `want`; a large number for a wrong
// special value or a wrong sign of zero.
double ulp_error(double got, Q want, const Format& format, double floor) {
  constexpr double kWrong = 1e30;
  if (isnanq(want)) return std::isnan(got) ? 0 : kWrong;
  if (std::isnan(got)) return kWrong;
  if (want == 0) return got == 0 && std::signbit(got) == (signbitq(want) != 0) ? 0 : kWrong;
  if (isinfq(want)) return got == static_cast<double>(want) ? 0 : kWrong;
  if (std::signbit(got) != (signbitq(want) != 0))
    return floor > 0 && fabsq(Q(got) - want) < Q(floor) * 0x1p-53Q ? 0 : kWrong;
  int e;
  frexpq(want, &e);
  Q largest = ldexpq(1, format.max_exponent);
  Q w = fabsq(want);
  Q g = std::isinf(got) ? largest : fabsq(Q(got));
  if (w > largest) w = largest;
  int unit = (e - 1 < format.min_exponent ? format.min_exponent
              : e > format.max_exponent   ? format.max_exponent - 1
                                          : e - 1) -
             (format.digits - 1);
  Q difference = fabsq(g - w);
  if (floor > 0 && difference < Q(floor) * 0x1p-53Q) return 0;
  return static_cast<double>(ldexpq(difference, -unit));
}

struct Arguments {
  std::vector<double> x, y, z;
  void add(double a, double b, double c) {
    x.push_back(a);
    y.push_back(b);
    z.push_back(c);
  }
};

Arguments make_arguments(int arity, const Case& test, int count, bool narrow) {
  auto fit = [&](double d) { return narrow ? static_cast<double>(static_cast<float>(d)) : d; };
  auto any = [&]() {
    if (!narrow) return from_bits(random_bits());
    std::uint32_t b = static_cast<std::uint32_t>(random_bits() >> 32);
    float f;
    std::memcpy(&f, &b, 4);
    return static_cast<double>(f);
  };
  Arguments a;
  const std::vector<double> special = special_points();
  if (arity == 1) {
    for (double s : special) a.add(fit(s), 0, 0);
    for (const Range& r : test.x) {
      for (int i = 0; i < count; ++i) a.add(fit(uniform(r)), 0, 0);
    }
  } else {
    for (double s : special) {
      for (double t : special) a.add(fit(s), fit(t), fit(special[random_bits() % special.size()]));
    }
    const std::vector<Range>& ys = test.y.empty() ? test.x : test.y;
    for (const Range& r : test.x) {
      for (const Range& q : ys) {
        for (int i = 0; i < count / 4; ++i)
          a.add(fit(uniform(r)), fit(uniform(q)), fit(uniform(q)));
      }
    }
  }
  for (int i = 0; i < count; ++i) a.add(any(), any(), any());
  while (a.x.size() % 8 != 0) a.add(1, 1, 1);
  return a;
}

template <class F, int N>
std::vector<double> run(const Arguments& a) {
  using V = Native<N>;
  std::vector<double> out(a.x.size());
  for (std::size_t i = 0; i < out.size(); i += N) {
    V x = V::load(&a.x[i]);
    if constexpr (F::kArity == 1) {
      F::evaluate(x).store(&out[i]);
    } else if constexpr (F::kArity == 2) {
      F::evaluate(x, V::load(&a.y[i])).store(&out[i]);
    } else {
      F::evaluate(x, V::load(&a.y[i]), V::load(&a.z[i])).store(&out[i]);
    }
  }
  return out;
}

template <class F>
std::vector<double> run_slow(const Arguments& a) {
  std::vector<double> out(a.x.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if constexpr (F::kArity == 1) {
      out[i] = F::slow(a.x[i]);
    } else if constexpr (F::kArity == 2) {
      out[i] = F::slow(a.x[i], a.y[i]);
    } else {
      out[i] = F::slow(a.x[i], a.y[i], a.z[i]);
    }
  }
  return out;
}

int passed = 0;
int failed = 0;

bool check(bool ok) {
  ++(ok ? passed : failed);
  return ok;
}

std::size_t first_difference(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_bits(a[i]) != to_bits(b[i]) && !(std::isnan(a[i]) && std::isnan(b[i]))) return i;
  }
  return a.size();
}

// Largest error of `got`, reported when it passes the bound.
double check_errors(const char* name, const char* what, const Arguments& a,
                    const std::vector<double>& got, const std::vector<Q>& want,
                    const Format& format, double bound, double floor) {
  double worst = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    double g = format.digits == 24 ? static_cast<double>(static_cast<float>(got[i])) : got[i];
    double e = ulp_error(g, want[i], format, floor);
    if (e > worst) {
      worst = e;
      at = i;
    }
  }
  if (!check(worst <= bound)) {
    std::printf("FAILED %s (%s): error %.4g > %.4g at %a %a %a: got %a, want %a\n", name, what,
                worst, bound, a.x[at], a.y[at], a.z[at], got[at], static_cast<double>(want[at]));
  }
  return worst;
}

template <class F, class R>
void test(const char* name, const Case& bounds, int count, R reference) {
  double worst[2] = {0, 0};
  for (int narrow = 0; narrow < 2; ++narrow) {
    Arguments a = make_arguments(F::kArity, bounds, narrow ? count / 2 : count, narrow);
    std::vector<Q> want(a.x.size());
    for (std::size_t i = 0; i < want.size(); ++i) want[i] = reference(a.x[i], a.y[i], a.z[i]);
    std::vector<double> got = run<F, 2>(a);
    double bound = narrow ? 0.5 + bounds.ulp * 1e-6 : bounds.ulp;
    worst[narrow] = check_errors(name, narrow ? "float32" : "float64", a, got, want,
                                 narrow ? kF32 : kF64, bound, bounds.floor);
    if (narrow) continue;
    if constexpr (F::kMayBeBad) {
      std::vector<double> slow = run_slow<F>(a);
      check_errors(name, "slow path", a, slow, want, kF64, bound, bounds.floor);
    }
    bool same = true;
    auto compare = [&](const std::vector<double>& other, int lanes) {
      std::size_t d = first_difference(got, other);
      if (d == got.size()) return;
      same = false;
      std::printf("FAILED %s: 2 and %d lanes differ at %a %a %a: %a, %a\n", name, lanes, a.x[d],
                  a.y[d], a.z[d], got[d], other[d]);
    };
    compare(run<F, 1>(a), 1);
    compare(run<F, 4>(a), 4);
    compare(run<F, 8>(a), 8);
    check(same);
  }
  std::printf("%-12s float64 %.3f ulp (bound %.2f), float32 %.6f\n", name, worst[0], bounds.ulp,
              worst[1]);
}

// Rule 4 of reduce_order.h spelled out: the largest power of two of leaves first, then the rest.
double tree_of(const double* leaf, std::size_t n) {
  if (n == 1) return leaf[0];
  std::size_t half = std::bit_ceil(n) / 2;
  return tree_of(leaf, half) + tree_of(leaf + half, n - half);
}

void test_reduction_order() {
  bool same = me::vmath::LeafTree<me::vmath::Add>().finish() == 0.0 &&
              me::vmath::LeafTree<me::vmath::Multiply>().finish() == 1.0;
  std::vector<double> leaves;
  me::vmath::LeafTree<me::vmath::Add> tree;
  for (int i = 0; i < 200; ++i) {
    leaves.push_back(uniform({-1, 1}));
    tree.push(leaves.back());
    same = same && tree.finish() == tree_of(leaves.data(), leaves.size());
  }
  const double lanes[8] = {1, 0x1p53, 3, 4, -1, -0x1p53, 7, 8};
  same = same && me::vmath::combine_lanes<me::vmath::Add>(lanes) == 22.0;
  if (!check(same)) std::printf("FAILED order of reductions\n");
}

// Every function of ops.def has a recipe and a case, and its bound there covers the one here.
void test_promises(const std::map<std::string, Case>& by_name) {
  struct Row {
    std::string id;
    double ulp;
    bool math;
  };
  enum { basic, expand, reduce, front, text, math };
  const Row rows[] = {
#define ME_OP(Id, spelling, arity, typing, ulp, impl, help) {#Id, ulp, impl == math},
#include "base/ops.def"
  };
  for (const Row& row : rows) {
    if (!row.math) continue;
    // FloorDivideFloat is the recipe floor_divide.
    std::string name;
    for (char c : row.id.substr(0, row.id.find("Float"))) {
      if (std::isupper(static_cast<unsigned char>(c)) && !name.empty()) name += '_';
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    auto found = by_name.find(name);
    // A bound of 0.5 is the rounding of an exact result, which the references share.
    bool kept = found != by_name.end() && found->second.ulp <= row.ulp;
    if (!check(kept)) std::printf("FAILED %s: bound of ops.def is not kept\n", name.c_str());
  }
}

}  // namespace

#define ME_REFERENCE_1(name) [](Q x, Q, Q) { return quad::name(x); }
#define ME_REFERENCE_2(name) [](Q x, Q y, Q) { return quad::name(x, y); }
#define ME_REFERENCE_3(name) [](Q x, Q y, Q z) { return quad::name(x, y, z); }

int main(int argc, char** argv) {
  std::string only = argc > 1 ? argv[1] : "all";
  int count = argc > 2 ? std::atoi(argv[2]) : 4000;
  std::map<std::string, Case> by_name;
  for (const Case& c : cases()) by_name.emplace(c.name, c);
#define ME_TEST(arity, name)                                                              \
  if (only == "all" || only == #name) {                                                   \
    auto found = by_name.find(#name);                                                     \
    if (check(found != by_name.end())) {                                                  \
      test<me::vmath::fn::name>(#name, found->second, count, ME_REFERENCE_##arity(name)); \
    } else {                                                                              \
      std::printf("FAILED %s: no case in cases.h\n", #name);                              \
    }                                                                                     \
  }
  ME_VMATH_FUNCTIONS(ME_TEST, ME_TEST)
  if (only == "all") {
    test_reduction_order();
    test_promises(by_name);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
