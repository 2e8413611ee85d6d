// The basic block kernels built for several instruction sets: the same bits from all of them, with
// uniform operands and in fused pairs too.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "interp/kernels.h"
#include "interp/simd.h"

namespace {

using me::DType;
using me::Op;
using namespace me::interp;  // NOLINT

constexpr std::size_t kItems = 203;  // odd: the last vector is incomplete in every build

const std::vector<DType> kNumeric = {DType::Bool,   DType::Int8,    DType::Int16,  DType::Int32,
                                     DType::Int64,  DType::UInt8,   DType::UInt16, DType::UInt32,
                                     DType::UInt64, DType::Float32, DType::Float64};
const std::vector<DType> kCommon = {DType::Float64, DType::Float32, DType::Int64, DType::Int32};
const std::vector<Op> kComparisons = {Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Eq, Op::Ne};
const std::vector<Op> kBasics = {Op::Add, Op::Sub, Op::Mul};

using Block = std::vector<std::uint8_t>;

// Elements of `t`: small numbers, which are often equal, among random bits. At an odd address.
Block elements(DType t, unsigned seed) {
  std::mt19937_64 random(seed);
  const std::size_t bytes = me::size_of(t);
  Block block(kItems * 8 + 1);
  for (std::size_t i = 0; i < kItems; ++i) {
    std::uint64_t bits = random();
    if (i % 3 != 0) {
      me::Scalar small = me::is_float(t) ? me::Scalar::of_float(t, static_cast<int>(bits % 7) - 3)
                                         : me::Scalar::of_int(t, static_cast<int>(bits % 7) - 3);
      me::store_scalar(small, &bits);
    }
    if (me::is_bool(t)) bits &= 1;
    std::memcpy(&block[1 + i * bytes], &bits, bytes);
  }
  return block;
}

// Which NaN comes out is not specified.
bool same(const Block& a, const Block& b, DType t) {
  for (std::size_t i = 0; i < kItems; ++i) {
    const std::size_t bytes = me::size_of(t), at = 1 + i * bytes;
    if (std::memcmp(&a[at], &b[at], bytes) == 0) continue;
    if (!me::is_float(t)) return false;
    if (!std::isnan(me::load_scalar(t, &a[at]).as_double())) return false;
    if (!std::isnan(me::load_scalar(t, &b[at]).as_double())) return false;
  }
  return true;
}

std::vector<Simd> available() {
  std::vector<Simd> all;
  for (int i = 0; i < kSimdCount; ++i) {
    if (is_available(static_cast<Simd>(i))) all.push_back(static_cast<Simd>(i));
  }
  return all;
}

Block run(BlockFn f, const Block& a, const Block& b, const Block& c) {
  Block out(kItems * 8 + 1, 0xee);
  f(&out[1], &a[1], &b[1], &c[1], kItems);
  return out;
}
Block run(QuadFn f, const Block& a, const Block& b, const Block& c, const Block& d) {
  Block out(kItems * 8 + 1, 0xee);
  f(&out[1], &a[1], &b[1], &c[1], &d[1], kItems);
  return out;
}

// A block that repeats the first element, if the bit is set.
Block repeated(const Block& a, DType t, unsigned uniform, unsigned bit) {
  if ((uniform & bit) == 0) return a;
  Block all = a;
  const std::size_t bytes = me::size_of(t);
  for (std::size_t i = 1; i < kItems; ++i) std::memcpy(&all[1 + i * bytes], &a[1], bytes);
  return all;
}

Op any_op(std::size_t i) { return static_cast<Op>(i); }

}  // namespace

TEST_CASE("every build of every basic kernel gives the bits of the 128-bit one") {
  const BasicKernels& narrow = basic_kernels(Simd::Bits128);
  for (const Simd simd : available()) {
    const BasicKernels& wide = basic_kernels(simd);
    CAPTURE(std::string(name_of(simd)));
    for (const DType t : kNumeric) {
      CAPTURE(std::string(me::name_of(t)));
      const Block a = elements(t, 1), b = elements(t, 2), m = elements(DType::Bool, 3);
      for (std::size_t i = 0; i < me::kOpCount; ++i) {
        CAPTURE(std::string(me::info_of(any_op(i)).name));
        const auto agree = [&](BlockFn f, BlockFn g, DType result) {
          REQUIRE((f == nullptr) == (g == nullptr));
          if (f != nullptr) CHECK(same(run(f, a, b, m), run(g, a, b, m), result));
        };
        agree(narrow.arithmetic(any_op(i), t, 0), wide.arithmetic(any_op(i), t, 0), t);
        agree(narrow.comparison(any_op(i), t, 0), wide.comparison(any_op(i), t, 0), DType::Bool);
        agree(narrow.extremum(any_op(i), t, 0), wide.extremum(any_op(i), t, 0), t);
        agree(narrow.rounding(any_op(i), t), wide.rounding(any_op(i), t), t);
        const Reducer x = narrow.reducer(any_op(i), t), y = wide.reducer(any_op(i), t);
        if (x.begin == nullptr) continue;
        for (const void* mask : {static_cast<const void*>(nullptr), static_cast<const void*>(&m[1])}) {
          Block p(kAccumulatorBytes), q(kAccumulatorBytes), r(kItems * 8 + 1), s(kItems * 8 + 1);
          x.begin(p.data());
          y.begin(q.data());
          x.add(p.data(), &a[1], mask, nullptr, kItems);
          y.add(q.data(), &a[1], mask, nullptr, kItems);
          x.finish(p.data(), &r[1]);
          y.finish(q.data(), &s[1]);
          CHECK(same(r, s, t));
        }
      }
      for (const DType to : kNumeric) {
        CHECK(same(run(narrow.cast(t, to), a, b, m), run(wide.cast(t, to), a, b, m), to));
      }
      for (const unsigned uniform : {0u, 1u, 2u, 3u}) {
        const std::size_t bytes = me::size_of(t);
        const Block yes = repeated(a, t, uniform, 1), no = repeated(b, t, uniform, 2);
        CHECK(same(run(narrow.select(bytes, 0), m, yes, no),
                   run(wide.select(bytes, uniform), m, a, b), t));
      }
    }
  }
}

TEST_CASE("a uniform operand goes for all elements") {
  for (const Simd simd : available()) {
    const BasicKernels& build = basic_kernels(simd);
    CAPTURE(std::string(name_of(simd)));
    for (const DType t : kCommon) {
      CAPTURE(std::string(me::name_of(t)));
      const Block a = elements(t, 1), b = elements(t, 2), none(1);
      for (const unsigned uniform : {1u, 2u}) {
        const Block x = repeated(a, t, uniform, 1), y = repeated(b, t, uniform, 2);
        for (const Op op : {Op::Add, Op::Sub, Op::Mul, Op::Div}) {
          if (build.arithmetic(op, t, 0) == nullptr) continue;
          CHECK(same(run(build.arithmetic(op, t, 0), x, y, none),
                     run(build.arithmetic(op, t, uniform), a, b, none), t));
        }
        for (const Op op : {Op::Minimum, Op::Maximum, Op::Fmin, Op::Fmax}) {
          CHECK(same(run(build.extremum(op, t, 0), x, y, none),
                     run(build.extremum(op, t, uniform), a, b, none), t));
        }
        for (const Op op : kComparisons) {
          CHECK(same(run(build.comparison(op, t, 0), x, y, none),
                     run(build.comparison(op, t, uniform), a, b, none), DType::Bool));
        }
      }
    }
  }
}

TEST_CASE("two fused operations give the bits of one after the other") {
  for (const Simd simd : available()) {
    const BasicKernels& build = basic_kernels(simd);
    CAPTURE(std::string(name_of(simd)));
    for (const DType t : kCommon) {
      CAPTURE(std::string(me::name_of(t)));
      const Block a = elements(t, 1), b = elements(t, 2), c = elements(t, 3), d = elements(t, 4);
      const Block m = elements(DType::Bool, 5), none(1);
      const auto plain = [&](Op op, const Block& x, const Block& y) {
        return run(build.arithmetic(op, t, 0), x, y, none);
      };
      for (const Op inner : kBasics) {
        for (const Op outer : kBasics) {
          for (unsigned form = 0; form < 16 && me::is_float(t); ++form) {
            const bool inner_swapped = (form & 1) != 0, swapped = (form & 8) != 0;
            const unsigned uniform = form & 6;
            const Block y = repeated(b, t, uniform, 2), z = repeated(c, t, uniform, 4);
            const Block first = inner_swapped ? plain(inner, y, a) : plain(inner, a, y);
            const Block want = swapped ? plain(outer, z, first) : plain(outer, first, z);
            const BlockFn f = build.pair(inner, inner_swapped, outer, swapped, t, uniform);
            CHECK(same(want, run(f, a, b, c), t));
          }
        }
        for (const unsigned uniform : {0u, 1u, 2u}) {
          const Block x = repeated(a, t, uniform, 1), y = repeated(b, t, uniform, 2);
          const Block want = run(build.select(me::size_of(t), 0), m, plain(inner, x, y), c);
          CHECK(same(want, run(build.masked(inner, t, uniform), a, b, c, m), t));
        }
      }
      for (const Op op : kComparisons) {
        for (const unsigned uniform : {0u, 2u}) {
          const Block y = repeated(b, t, uniform, 2);
          const Block truth = run(build.comparison(op, t, 0), a, y, none);
          CHECK(same(run(build.select(me::size_of(t), 0), truth, c, d),
                     run(build.choice(op, t, uniform), a, b, c, d), t));
          CHECK(same(run(build.arithmetic(Op::BitAnd, DType::Bool, 0), truth, m, none),
                     run(build.masked_comparison(op, t, uniform), a, b, m), DType::Bool));
        }
      }
    }
  }
}

TEST_CASE("the build in force is one that the processor can run") {
  CHECK(is_available(Simd::Bits128));
  CHECK(is_available(simd_in_force()));
}
