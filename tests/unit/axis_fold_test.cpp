// Folding by rows and by runs: the same bits, in the order of vmath/reduce_order.h.
#include "jit/driver/axis_fold.h"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

using namespace me;
using namespace me::jit;

namespace {

// Item `i` of result `k`: sums of them depend on their order.
double item(std::int64_t k, std::int64_t i) {
  return static_cast<double>((i * 7919 + k * 104729) % 1000003) / 1000003.0 - 0.3;
}

std::vector<double> by_runs(Op op, std::int64_t results, std::int64_t length) {
  std::vector<double> out(static_cast<std::size_t>(results));
  std::vector<double> items;
  for (std::int64_t k = 0; k < results; ++k) {
    for (std::int64_t i = 0; i < length; ++i) items.push_back(item(k, i));
  }
  RunFold fold({op, DType::Float64}, length, reinterpret_cast<char*>(out.data()));
  const auto all = static_cast<std::int64_t>(items.size());
  for (std::int64_t first = 0; first < all;) {
    const std::int64_t count = fold.next(all - first);
    fold.push(reinterpret_cast<const char*>(items.data() + first), count);
    first += count;
  }
  return out;
}

std::vector<double> by_rows(Op op, std::int64_t results, std::int64_t length, std::int64_t chunk) {
  std::vector<double> out(static_cast<std::size_t>(results));
  std::vector<double> items;
  for (std::int64_t i = 0; i < length; ++i) {
    for (std::int64_t k = 0; k < results; ++k) items.push_back(item(k, i));
  }
  RowFold fold({op, DType::Float64}, results, length);
  for (std::int64_t row = 0; row < length;) {
    const std::int64_t count = fold.next(length - row, chunk);
    fold.push(reinterpret_cast<const char*>(items.data() + row * results), count);
    row += count;
  }
  fold.finish(reinterpret_cast<char*>(out.data()));
  return out;
}

}  // namespace

TEST_CASE("rows and runs give the same bits") {
  for (const Op op : {Op::Sum, Op::Prod, Op::Min, Op::Max, Op::Argmin, Op::Argmax}) {
    for (const std::int64_t length : {1, 2, 7, 8, 9, 100, 4096, 4097, 9000, 13000}) {
      for (const std::int64_t results : {1, 3, 40}) {
        const std::vector<double> runs = by_runs(op, results, length);
        for (const std::int64_t chunk : {1, 50, 4096}) {
          const std::vector<double> rows = by_rows(op, results, length, chunk);
          CHECK(std::memcmp(rows.data(), runs.data(), rows.size() * 8) == 0);
        }
      }
    }
  }
}

TEST_CASE("a run is folded as a whole call would be") {
  const std::int64_t length = 10000;
  LeafFold leaves({Op::Sum, DType::Float64});
  for (std::int64_t first = 0; first < length; first += 4096) {
    double lanes[8] = {};
    for (std::int64_t i = 0; i < 4096 && first + i < length; ++i) lanes[i % 8] += item(2, first + i);
    const double leaf = vmath::combine_lanes<vmath::Add>(lanes);
    unsigned char slot[16] = {};
    std::memcpy(slot, &leaf, sizeof leaf);
    leaves.push(slot);
  }
  CHECK(by_runs(Op::Sum, 3, length)[2] == leaves.finish().as_double());
}

TEST_CASE("of no items: the identity") {
  double result = 5;
  fold_identity({Op::Sum, DType::Float64}, reinterpret_cast<char*>(&result));
  CHECK(result == 0);
  fold_identity({Op::Prod, DType::Float64}, reinterpret_cast<char*>(&result));
  CHECK(result == 1);
}
