// Strided arrays: broadcasting, merging of axes, contiguous runs, gathering and scattering.
#include "jit/driver/array.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <vector>

using namespace me;
using namespace me::jit;

namespace {

ArrayView view(void* data, DType t, std::vector<std::int64_t> shape,
               std::vector<std::int64_t> strides = {}) {
  ArrayView a;
  a.data = static_cast<char*>(data);
  a.dtype = t;
  a.ndim = static_cast<int>(shape.size());
  std::copy(shape.begin(), shape.end(), a.shape.begin());
  if (strides.empty())
    a.set_c_order();
  else
    std::copy(strides.begin(), strides.end(), a.strides.begin());
  return a;
}

Result<ArrayView> together(std::vector<ArrayView> arrays) {
  std::vector<const ArrayView*> pointers;
  for (const ArrayView& a : arrays) pointers.push_back(&a);
  ArrayView out;
  ME_TRY_VOID(broadcast(pointers, &out));
  return out;
}

std::vector<std::int64_t> shape_of(const ArrayView& a) {
  return {a.shape.begin(), a.shape.begin() + a.ndim};
}

using Shape = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("broadcasting follows NumPy") {
  char x = 0;
  const auto shaped = [&](Shape s) { return view(&x, DType::Int8, std::move(s)); };
  CHECK(shape_of(*together({shaped({3, 1}), shaped({4})})) == Shape{3, 4});
  CHECK(shape_of(*together({shaped({}), shaped({2, 0})})) == Shape{2, 0});
  CHECK(shape_of(*together({shaped({1}), shaped({0})})) == Shape{0});
  CHECK(shape_of(*together({})) == Shape{});
  CHECK(shape_of(*together({shaped({5, 1, 2}), shaped({3, 1})})) == Shape{5, 3, 2});
  const auto bad = together({shaped({3}), shaped({4})});
  REQUIRE_FALSE(static_cast<bool>(bad));
  CHECK(bad.error().status == Status::Shape);
  CHECK(bad.error().message.find("3") != std::string::npos);
  CHECK_FALSE(static_cast<bool>(together({shaped({0}), shaped({2})})));
}

TEST_CASE("contiguous arrays become one axis, whatever their rank") {
  std::vector<double> data(24);
  const ArrayView a = view(data.data(), DType::Float64, {2, 3, 4});
  Walk walk(a);
  const std::size_t i = walk.add(a);
  walk.simplify();
  CHECK(walk.item_count() == 24);
  CHECK(walk.contiguous(i, 0, 24) == reinterpret_cast<char*>(data.data()));
  CHECK(walk.contiguous(i, 5, 10) == reinterpret_cast<char*>(data.data() + 5));
}

TEST_CASE("Fortran order is contiguous after sorting for it, and only then") {
  std::vector<double> data(12);
  const ArrayView f = view(data.data(), DType::Float64, {3, 4}, {8, 24});
  Walk in_order(f);
  const std::size_t i = in_order.add(f);
  in_order.simplify();
  CHECK(in_order.contiguous(i, 0, 12) == nullptr);
  Walk sorted(f);
  const std::size_t j = sorted.add(f);
  sorted.simplify(j);
  CHECK(sorted.contiguous(j, 0, 12) == reinterpret_cast<char*>(data.data()));
}

TEST_CASE("gathering and scattering visit items in C order, from any start") {
  std::vector<std::int32_t> data(60);
  std::iota(data.begin(), data.end(), 0);
  struct Case {
    Shape shape;
    Shape strides;
    std::int64_t offset;
  };
  const std::vector<Case> cases = {{{60}, {4}, 0},
                                   {{60}, {-4}, 59},
                                   {{3, 5}, {80, 12}, 0},
                                   {{5, 3}, {12, 80}, 0},
                                   {{4, 3, 5}, {60, 20, 4}, 0},
                                   {{4, 3, 5}, {-60, 20, -4}, 49},
                                   {{3, 4}, {0, 8}, 0},
                                   {{3, 4}, {8, 0}, 0},
                                   {{1, 7, 1}, {4, 8, 4}, 0},
                                   {{}, {}, 3}};
  for (const Case& c : cases) {
    const ArrayView a = view(data.data() + c.offset, DType::Int32, c.shape, c.strides);
    CAPTURE(c.shape.size());
    Walk walk(a);
    const std::size_t index = walk.add(a);
    walk.simplify();
    // The expected items by plain nested arithmetic.
    std::vector<std::int32_t> expected;
    for (std::int64_t n = 0; n < a.item_count(); ++n) {
      std::int64_t rest = n;
      const char* at = a.data;
      for (int d = a.ndim; d-- > 0;) {
        at += rest % a.shape[d] * a.strides[d];
        rest /= a.shape[d];
      }
      expected.push_back(*reinterpret_cast<const std::int32_t*>(at));
    }
    for (std::int64_t first = 0; first < a.item_count(); first += 2) {
      const std::int64_t count = std::min<std::int64_t>(7, a.item_count() - first);
      std::vector<std::int32_t> got(static_cast<std::size_t>(count), -1);
      walk.gather(index, first, count, got.data());
      CHECK(std::equal(got.begin(), got.end(), expected.begin() + first));
      if (const char* direct = walk.contiguous(index, first, count)) {
        CHECK(std::equal(got.begin(), got.end(), reinterpret_cast<const std::int32_t*>(direct)));
      }
    }
  }
  std::vector<std::int32_t> target(60, 0);
  const ArrayView back = view(target.data() + 58, DType::Int32, {20}, {-12});
  Walk walk(back);
  const std::size_t to = walk.add(back);
  walk.simplify();
  walk.scatter(to, 3, 10, data.data());
  for (int i = 0; i < 60; ++i) {
    const int place = (58 - i) % 3 == 0 ? (58 - i) / 3 : -1;
    CHECK(target[static_cast<std::size_t>(i)] ==
          (place >= 3 && place < 13 && i <= 58 ? place - 3 : 0));
  }
}

TEST_CASE("broadcast operands repeat") {
  std::vector<std::uint8_t> row = {1, 2, 3}, column = {10, 20};
  const ArrayView space =
      *together({view(row.data(), DType::UInt8, {3}), view(column.data(), DType::UInt8, {2, 1})});
  Walk walk(space);
  const std::size_t r = walk.add(view(row.data(), DType::UInt8, {3}));
  const std::size_t c = walk.add(view(column.data(), DType::UInt8, {2, 1}));
  walk.simplify();
  std::uint8_t got[6];
  walk.gather(r, 0, 6, got);
  CHECK(std::vector<int>(got, got + 6) == std::vector<int>{1, 2, 3, 1, 2, 3});
  walk.gather(c, 0, 6, got);
  CHECK(std::vector<int>(got, got + 6) == std::vector<int>{10, 10, 10, 20, 20, 20});
}

TEST_CASE("the bytes that an array touches") {
  char memory[100];
  const ByteRange plain = bytes_of(view(memory, DType::Int32, {5}));
  CHECK(plain.begin == memory);
  CHECK(plain.end == memory + 20);
  const ByteRange back = bytes_of(view(memory + 40, DType::Int32, {5}, {-8}));
  CHECK(back.begin == memory + 8);
  CHECK(back.end == memory + 44);
  const ByteRange none = bytes_of(view(memory, DType::Int32, {5, 0}));
  CHECK(none.begin == none.end);
  const ByteRange repeated = bytes_of(view(memory, DType::Float64, {7}, {0}));
  CHECK(repeated.end == memory + 8);
}
