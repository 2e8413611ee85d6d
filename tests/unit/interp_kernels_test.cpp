// The interpreter's block kernels, one operation at a time: every dtype, edge values, odd lengths,
// unaligned addresses, results in place.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/dtype.h"
#include "base/single_recipes.h"
#include "interp/kernels.h"
#include "vmath/reduce_order.h"

namespace {

using me::DType;
using me::Op;
using me::Scalar;
using namespace me::interp;  // NOLINT

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

const std::vector<DType> kNumeric = {DType::Bool,   DType::Int8,    DType::Int16,  DType::Int32,
                                     DType::Int64,  DType::UInt8,   DType::UInt16, DType::UInt32,
                                     DType::UInt64, DType::Float32, DType::Float64};

template <class R, class T>
R one(BlockFn f, T a, T b = T()) {
  REQUIRE(f != nullptr);
  R r{};
  f(&r, &a, &b, nullptr, 1);
  return r;
}

template <class T>
T integer(Op op, DType t, T a, T b = T()) {
  return one<T, T>(arithmetic_kernel(op, t), a, b);
}

// Values that sit at the borders of every dtype.
std::vector<Scalar> border_values(DType t) {
  std::vector<Scalar> values;
  if (me::is_float(t)) {
    for (const double v :
         {0.0,          -0.0,         0.5,           -0.5,          1.0,           -1.0,
          1.5,          127.0,        128.0,         255.0,         255.9,         256.0,
          -128.0,       -128.9,       -129.0,        32767.5,       65535.5,       65536.0,
          2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0, 4294967295.0,  4294967296.0,
          0x1p53,       0x1p63,       -0x1p63,       0x1p64,        0x1.fffffep63, 1e30,
          -1e30,        kInf,         -kInf,         kNan}) {
      values.push_back(Scalar::of_float(t, v));
    }
    return values;
  }
  for (const std::int64_t v :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{100}, std::int64_t{127},
        std::int64_t{128}, std::int64_t{-128}, std::int64_t{255}, std::int64_t{32767},
        std::int64_t{65535}, std::int64_t{2147483647}, std::int64_t{2147483648},
        std::int64_t{4294967295}, INT64_MAX, INT64_MIN, std::int64_t{(1LL << 53) + 1},
        std::int64_t{(1LL << 24) + 1}}) {
    values.push_back(Scalar::of_int(t, v));
  }
  return values;
}

bool same(Scalar a, Scalar b) {
  if (me::is_float(a.dtype) && std::isnan(a.as_double())) return std::isnan(b.as_double());
  return a == b;
}

TEST_CASE("integer arithmetic wraps and never traps") {
  CHECK(integer<std::int8_t>(Op::Add, DType::Int8, 127, 1) == -128);
  CHECK(integer<std::int32_t>(Op::Mul, DType::Int32, INT32_MAX, 2) == -2);
  CHECK(integer<std::uint16_t>(Op::Mul, DType::UInt16, 65535, 65535) == 1);
  CHECK(integer<std::int64_t>(Op::Sub, DType::Int64, INT64_MIN, 1) == INT64_MAX);
  CHECK(integer<std::int64_t>(Op::Neg, DType::Int64, INT64_MIN) == INT64_MIN);
  CHECK(integer<std::int8_t>(Op::Abs, DType::Int8, -128) == -128);
  CHECK(integer<std::uint8_t>(Op::Neg, DType::UInt8, 1) == 255);
}

TEST_CASE("integer division by zero and of the minimum by -1") {
  for (const Op op : {Op::DivTrunc, Op::FloorDivide, Op::Mod, Op::Fmod}) {
    CHECK(integer<std::int32_t>(op, DType::Int32, 7, 0) == 0);
    CHECK(integer<std::uint64_t>(op, DType::UInt64, 7, 0) == 0);
  }
  CHECK(integer<std::int64_t>(Op::FloorDivide, DType::Int64, INT64_MIN, -1) == INT64_MIN);
  CHECK(integer<std::int32_t>(Op::DivTrunc, DType::Int32, INT32_MIN, -1) == INT32_MIN);
  CHECK(integer<std::int8_t>(Op::Mod, DType::Int8, -128, -1) == 0);
  CHECK(integer<std::int64_t>(Op::Fmod, DType::Int64, INT64_MIN, -1) == 0);
}

TEST_CASE("the four kinds of integer quotient") {
  CHECK(integer<std::int32_t>(Op::DivTrunc, DType::Int32, -7, 2) == -3);
  CHECK(integer<std::int32_t>(Op::FloorDivide, DType::Int32, -7, 2) == -4);
  CHECK(integer<std::int32_t>(Op::FloorDivide, DType::Int32, 7, -2) == -4);
  CHECK(integer<std::int32_t>(Op::FloorDivide, DType::Int32, -8, 2) == -4);
  CHECK(integer<std::int32_t>(Op::Fmod, DType::Int32, -7, 2) == -1);
  CHECK(integer<std::int32_t>(Op::Mod, DType::Int32, -7, 2) == 1);
  CHECK(integer<std::int32_t>(Op::Mod, DType::Int32, 7, -2) == -1);
}

TEST_CASE("integer powers") {
  CHECK(integer<std::int64_t>(Op::Pow, DType::Int64, 3, 13) == 1594323);
  CHECK(integer<std::uint8_t>(Op::Pow, DType::UInt8, 3, 6) == 729 % 256);
  CHECK(integer<std::int16_t>(Op::Pow, DType::Int16, -2, 15) == -32768);
  CHECK(integer<std::int32_t>(Op::Pow, DType::Int32, 0, 0) == 1);
  CHECK(integer<std::int32_t>(Op::Pow, DType::Int32, 2, -1) == 0);
  CHECK(integer<std::int32_t>(Op::Pow, DType::Int32, 0, -1) == 0);
  CHECK(integer<std::int32_t>(Op::Pow, DType::Int32, 1, -5) == 1);
  CHECK(integer<std::int32_t>(Op::Pow, DType::Int32, -1, -5) == -1);
  CHECK(integer<std::int32_t>(Op::Pow, DType::Int32, -1, INT32_MIN) == 1);
}

TEST_CASE("shift counts outside the width") {
  CHECK(integer<std::int8_t>(Op::Shl, DType::Int8, 1, 7) == -128);
  CHECK(integer<std::int8_t>(Op::Shl, DType::Int8, 1, 8) == 0);
  CHECK(integer<std::int32_t>(Op::Shl, DType::Int32, 1, -1) == 0);
  CHECK(integer<std::int32_t>(Op::Shr, DType::Int32, -8, 1) == -4);
  CHECK(integer<std::int32_t>(Op::Shr, DType::Int32, -8, 32) == -1);
  CHECK(integer<std::int32_t>(Op::Shr, DType::Int32, -8, -1) == -1);
  CHECK(integer<std::int32_t>(Op::Shr, DType::Int32, 8, 64) == 0);
  CHECK(integer<std::uint64_t>(Op::Shr, DType::UInt64, ~0ULL, 64) == 0);
  CHECK(integer<std::uint64_t>(Op::Shl, DType::UInt64, 3, 63) == 1ULL << 63);
  CHECK(integer<std::uint16_t>(Op::Shr, DType::UInt16, 65535, 15) == 1);
}

TEST_CASE("bit operations of bools are logical") {
  CHECK(one<std::uint8_t, std::uint8_t>(arithmetic_kernel(Op::BitNot, DType::Bool), 1) == 0);
  CHECK(one<std::uint8_t, std::uint8_t>(arithmetic_kernel(Op::BitNot, DType::Bool), 0) == 1);
  CHECK(one<std::uint8_t, std::uint8_t>(arithmetic_kernel(Op::BitXor, DType::Bool), 1, 1) == 0);
  CHECK(integer<std::uint8_t>(Op::BitNot, DType::UInt8, 1) == 254);
  CHECK(arithmetic_kernel(Op::Add, DType::Bool) == nullptr);
}

TEST_CASE("minimum and maximum order zeros and propagate NaN, fmin and fmax do not") {
  const auto pick = [](Op op, double a, double b) {
    return one<double, double>(extremum_kernel(op, DType::Float64), a, b);
  };
  for (const Op op : {Op::Minimum, Op::Fmin}) {
    CHECK(std::signbit(pick(op, 0.0, -0.0)));
    CHECK(std::signbit(pick(op, -0.0, 0.0)));
    CHECK(pick(op, -1.0, 2.0) == -1.0);
  }
  for (const Op op : {Op::Maximum, Op::Fmax}) {
    CHECK_FALSE(std::signbit(pick(op, 0.0, -0.0)));
    CHECK_FALSE(std::signbit(pick(op, -0.0, 0.0)));
    CHECK(pick(op, -1.0, 2.0) == 2.0);
  }
  for (const Op op : {Op::Minimum, Op::Maximum}) {
    CHECK(std::isnan(pick(op, kNan, -kInf)));
    CHECK(std::isnan(pick(op, kInf, kNan)));
  }
  for (const Op op : {Op::Fmin, Op::Fmax}) {
    CHECK(pick(op, kNan, -kInf) == -kInf);
    CHECK(pick(op, 3.0, kNan) == 3.0);
    CHECK(std::isnan(pick(op, kNan, kNan)));
  }
  const BlockFn narrow = extremum_kernel(Op::Minimum, DType::Float32);
  CHECK(std::signbit(one<float, float>(narrow, 0.0f, -0.0f)));
}

TEST_CASE("comparisons with NaN, and at the borders of 64 bits") {
  CHECK(one<std::uint8_t, double>(compare_kernel(Op::Lt, DType::Float64), kNan, 1) == 0);
  CHECK(one<std::uint8_t, double>(compare_kernel(Op::Ne, DType::Float64), kNan, kNan) == 1);
  CHECK(one<std::uint8_t, std::uint64_t>(compare_kernel(Op::Gt, DType::UInt64), ~0ULL, 1) == 1);
  CHECK(one<std::uint8_t, std::int64_t>(compare_kernel(Op::Gt, DType::Int64), -1, 1) == 0);
  CHECK(one<std::uint8_t, double>(compare_kernel(Op::Signbit, DType::Float64), -0.0) == 1);
  CHECK(one<std::uint8_t, float>(compare_kernel(Op::Signbit, DType::Float32), 0.0f) == 0);
}

TEST_CASE("every cast agrees with the scalar conversion of base") {
  for (const DType from : kNumeric) {
    for (const DType to : kNumeric) {
      const BlockFn f = cast_kernel(from, to);
      REQUIRE(f != nullptr);
      for (const Scalar v : border_values(from)) {
        std::uint64_t in = 0;
        std::uint64_t out = 0;
        me::store_scalar(v, &in);
        f(&out, &in, nullptr, nullptr, 1);
        CAPTURE(me::name_of(from));
        CAPTURE(me::name_of(to));
        CAPTURE(v.bits);
        CHECK(same(me::cast_scalar(v, to), me::load_scalar(to, &out)));
      }
    }
  }
}

TEST_CASE("rounding keeps the sign of zero") {
  const auto round = [](Op op, double x) {
    return one<double, double>(math_kernel(op, DType::Float64), x);
  };
  CHECK(round(Op::Rint, 2.5) == 2.0);
  CHECK(round(Op::Rint, 3.5) == 4.0);
  CHECK(std::signbit(round(Op::Rint, -0.4)));
  CHECK(std::signbit(round(Op::Ceil, -0.4)));
  CHECK(round(Op::Floor, -0.4) == -1.0);
  CHECK(round(Op::Trunc, -1.9) == -1.0);
  CHECK(round(Op::Floor, 0x1p52 + 1) == 0x1p52 + 1);
  CHECK(one<float, float>(math_kernel(Op::Floor, DType::Float32), -1.5f) == -2.0f);
}

TEST_CASE("nextafter agrees with the C library") {
  const BlockFn wide = math_kernel(Op::Nextafter, DType::Float64);
  const BlockFn narrow = math_kernel(Op::Nextafter, DType::Float32);
  const double values[] = {0.0,  -0.0,  1.0, -1.0, 0x1p-1074, -0x1p-1074, 0x1.fffffffffffffp1023,
                           kInf, -kInf, kNan};
  for (const double x : values) {
    for (const double y : values) {
      const double got = one<double, double>(wide, x, y);
      const double want = std::nextafter(x, y);
      CHECK((std::isnan(want) ? std::isnan(got) : std::memcmp(&got, &want, 8) == 0));
      const float fx = static_cast<float>(x);
      const float fy = static_cast<float>(y);
      const float fgot = one<float, float>(narrow, fx, fy);
      const float fwant = std::nextafter(fx, fy);
      CHECK((std::isnan(fwant) ? std::isnan(fgot) : std::memcmp(&fgot, &fwant, 4) == 0));
    }
  }
}

TEST_CASE("every basic and elementary operation has a kernel for the dtypes of the rules") {
  for (std::size_t i = 0; i < me::kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    const me::OpInfo& info = me::info_of(op);
    CAPTURE(info.name);
    if (info.impl == me::Impl::math) {
      CHECK(kernel_for(op, DType::Float64, DType::Float64) != nullptr);
      const bool single = kernel_for(op, DType::Float32, DType::Float32) != nullptr;
      CHECK(single == me::has_single_recipe(op));
    } else if (info.impl == me::Impl::reduce) {
      if (info.typing == me::Typing::IndexReduction) continue;  // positions: jit/driver/axis_fold
      const bool of_bools = op == Op::Any || op == Op::All;
      CHECK(reducer_for(op, of_bools ? DType::Bool : DType::Float64).add != nullptr);
    } else if (info.impl == me::Impl::basic) {
      unsigned dtypes = 0;
      for (const DType t : kNumeric) {
        dtypes += kernel_for(op, t, t) != nullptr || kernel_for(op, DType::Bool, t) != nullptr;
      }
      CHECK(dtypes > 0);
    } else {
      CHECK(kernel_for(op, DType::Float64, DType::Float64) == nullptr);
    }
  }
}

TEST_CASE("odd lengths, unaligned addresses, results in place") {
  for (const std::size_t n :
       {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{17}, std::size_t{512}}) {
    for (const std::size_t shift : {std::size_t{0}, std::size_t{1}}) {
      std::vector<char> a(n * 8 + 16);
      std::vector<char> b(n * 8 + 16);
      std::vector<double> want(n + 1);
      std::vector<double> want_exp(n + 1);
      const BlockFn exp = math_kernel(Op::Exp, DType::Float64);
      for (std::size_t i = 0; i < n; ++i) {
        const double x = 0.25 * static_cast<double>(i) - 3;
        const double y = 1.0 / static_cast<double>(i + 1);
        std::memcpy(a.data() + shift + 8 * i, &x, 8);
        std::memcpy(b.data() + shift + 8 * i, &y, 8);
        want[i] = x * y;
        want_exp[i] = one<double, double>(exp, x * y);
      }
      std::memset(a.data() + shift + 8 * n, 0x55, 8);
      const BlockFn mul = arithmetic_kernel(Op::Mul, DType::Float64);
      mul(a.data() + shift, a.data() + shift, b.data() + shift, nullptr, n);
      CHECK(std::memcmp(a.data() + shift, want.data(), 8 * n) == 0);
      exp(a.data() + shift, a.data() + shift, nullptr, nullptr, n);
      CHECK(std::memcmp(a.data() + shift, want_exp.data(), 8 * n) == 0);
      for (std::size_t i = 0; i < 8; ++i) CHECK(a[shift + 8 * n + i] == 0x55);
    }
  }
}

TEST_CASE("selection, splat, copy and bool loads move bits of every size") {
  const std::uint8_t mask[4] = {1, 0, 0, 1};
  const std::uint16_t x[4] = {1, 2, 3, 4};
  const std::uint16_t y[4] = {10, 20, 30, 40};
  std::uint16_t r[4];
  select_kernel(2)(r, mask, x, y, 4);
  CHECK(r[0] == 1);
  CHECK(r[1] == 20);
  CHECK(r[2] == 30);
  CHECK(r[3] == 4);
  splat_kernel(2)(r, y + 1, nullptr, nullptr, 4);
  CHECK(r[3] == 20);
  copy_kernel(2)(r, x, nullptr, nullptr, 4);
  CHECK(r[3] == 4);
  const std::uint8_t bytes[4] = {0, 2, 255, 1};
  std::uint8_t bools[4];
  load_bool_kernel()(bools, bytes, nullptr, nullptr, 4);
  CHECK(bools[0] == 0);
  CHECK(bools[1] == 1);
  CHECK(bools[2] == 1);
  CHECK(any_true(bools, 1) == false);
  CHECK(any_true(bools, 2) == true);
}

// A leaf in the order that reduce_order.h states.
template <class F>
double reference_leaf(const std::vector<double>& x, const std::vector<std::uint8_t>& mask) {
  double lanes[me::vmath::kReduceLanes];
  for (double& lane : lanes) lane = F::kIdentity;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double& lane = lanes[i % me::vmath::kReduceLanes];
    lane = F::combine(lane, mask[i] ? x[i] : F::kIdentity);
  }
  return me::vmath::combine_lanes<F>(lanes);
}

double fold(const Reducer& reducer, const std::vector<double>& x, const std::uint8_t* mask) {
  alignas(64) unsigned char accumulator[kAccumulatorBytes];
  reducer.begin(accumulator);
  for (std::size_t i = 0; i < x.size(); i += 512) {
    const std::size_t n = std::min<std::size_t>(512, x.size() - i);
    reducer.add(accumulator, x.data() + i, mask ? mask + i : nullptr, nullptr, n);
  }
  double r;
  reducer.finish(accumulator, &r);
  return r;
}

TEST_CASE("sums and products follow the one order") {
  for (const std::size_t n :
       {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t{4096}}) {
    std::vector<double> x(n);
    std::vector<std::uint8_t> mask(n);
    std::uint64_t state = 1;
    for (std::size_t i = 0; i < n; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      x[i] = 1.0 + static_cast<double>(state >> 40) * 0x1p-26;
      mask[i] = (state >> 60) & 1;
    }
    const std::vector<std::uint8_t> all(n, 1);
    const Reducer sum = reducer_for(Op::Sum, DType::Float64);
    const Reducer prod = reducer_for(Op::Prod, DType::Float64);
    CHECK(fold(sum, x, nullptr) == reference_leaf<me::vmath::Add>(x, all));
    CHECK(fold(sum, x, mask.data()) == reference_leaf<me::vmath::Add>(x, mask));
    CHECK(fold(prod, x, nullptr) == reference_leaf<me::vmath::Multiply>(x, all));
    CHECK(fold(prod, x, mask.data()) == reference_leaf<me::vmath::Multiply>(x, mask));
  }
}

TEST_CASE("extrema: identities, NaN, bool") {
  CHECK(fold(reducer_for(Op::Min, DType::Float64), {}, nullptr) == kInf);
  CHECK(fold(reducer_for(Op::Max, DType::Float64), {}, nullptr) == -kInf);
  CHECK(fold(reducer_for(Op::Max, DType::Float64), {1, 5, 3}, nullptr) == 5);
  CHECK(std::isnan(fold(reducer_for(Op::Min, DType::Float64), {1, kNan, 3}, nullptr)));
  for (const DType t : {DType::Bool, DType::Int8, DType::UInt64}) {
    for (const Op op : {Op::Min, Op::Max}) {
      const Reducer r = reducer_for(op, t);
      alignas(64) unsigned char accumulator[kAccumulatorBytes];
      std::uint64_t result = 0;
      r.begin(accumulator);
      r.finish(accumulator, &result);
      const bool low = op == Op::Max;
      if (t == DType::Bool) CHECK(result == (low ? 0u : 1u));
      if (t == DType::Int8) CHECK(result == (low ? 0x80u : 0x7fu));
      if (t == DType::UInt64) CHECK(result == (low ? 0 : ~0ULL));
    }
  }
}

}  // namespace
