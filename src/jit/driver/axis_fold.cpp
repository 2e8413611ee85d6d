// Folds along axes.
//
// Enters: values in chunks, row by row or run by run. Leaves: results. Rows are folded as whole vectors:
// row i goes into accumulator row i mod 8, and eight rows of a chunk, which lie behind each other, are
// one vector of eight times the width. Example: sums of columns of a (10000, 3) array come in chunks
// of 1360 rows, each 170 additions of 24 numbers.
// Tested by tests/unit/axis_fold_test.cpp (rows against runs) and tests/python/test_reductions.py.
#include "jit/driver/axis_fold.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "base/status.h"
#include "ir/kernel_abi.h"
#include "vmath/reduce_order.h"

namespace me::jit {
namespace {

constexpr auto kLanes = static_cast<std::int64_t>(vmath::kReduceLanes);

// The elementwise operation that combines two accumulators.
Op combining(Op fold) {
  switch (fold) {
    case Op::Sum: return Op::Add;
    case Op::Prod: return Op::Mul;
    case Op::Min:
    case Op::All: return Op::Minimum;
    case Op::Max:
    case Op::Any: return Op::Maximum;
    default: break;
  }
  ME_ASSERT(!"a fold");
  return Op::Add;
}

template <class T, bool kMax>
bool beats(T a, T best) {
  if constexpr (std::is_floating_point_v<T>) {
    if (best != best) return false;
    if (a != a) return true;
  }
  return kMax ? a > best : a < best;
}

// Rows of items, the first of them number `row`, against the best ones so far.
using PositionFn = void (*)(char* best, std::int64_t* at, const char* items, std::int64_t width,
                            std::int64_t rows, std::int64_t row);

template <class T, bool kMax>
void find_positions(char* best, std::int64_t* at, const char* items, std::int64_t width,
                    std::int64_t rows, std::int64_t row) {
  for (const std::int64_t end = row + rows; row < end; ++row) {
    for (std::int64_t i = 0; i < width; ++i, items += sizeof(T)) {
      T item, found;
      std::memcpy(&item, items, sizeof item);
      std::memcpy(&found, best + i * static_cast<std::int64_t>(sizeof(T)), sizeof found);
      if (row != 0 && !beats<T, kMax>(item, found)) continue;
      std::memcpy(best + i * static_cast<std::int64_t>(sizeof(T)), &item, sizeof item);
      at[i] = row;
    }
  }
}

template <bool kMax>
PositionFn position_fn(DType t) {
  switch (t) {
    case DType::Bool:
    case DType::UInt8: return find_positions<std::uint8_t, kMax>;
    case DType::UInt16: return find_positions<std::uint16_t, kMax>;
    case DType::UInt32: return find_positions<std::uint32_t, kMax>;
    case DType::UInt64: return find_positions<std::uint64_t, kMax>;
    case DType::Int8: return find_positions<std::int8_t, kMax>;
    case DType::Int16: return find_positions<std::int16_t, kMax>;
    case DType::Int32: return find_positions<std::int32_t, kMax>;
    case DType::Int64: return find_positions<std::int64_t, kMax>;
    case DType::Float32: return find_positions<float, kMax>;
    case DType::Float64: return find_positions<double, kMax>;
    case DType::Auto:
    case DType::Complex64:
    case DType::Complex128:
    case DType::String:
    case DType::Bytes: break;
  }
  ME_ASSERT(!"an ordered dtype");
  return nullptr;
}

}  // namespace

DType result_dtype(const ir::Reduction& fold) {
  return fold.op == Op::Argmin || fold.op == Op::Argmax ? DType::Int64 : fold.dtype;
}

void fold_identity(const ir::Reduction& fold, char* result) {
  alignas(16) char accumulator[interp::kAccumulatorBytes];
  alignas(16) char slot[ir::kReductionSlotBytes] = {};
  const interp::Reducer reducer = interp::reducer_for(fold.op, fold.dtype);
  if (reducer.begin != nullptr) {
    reducer.begin(accumulator);
    reducer.finish(accumulator, slot);
  }
  std::memcpy(result, slot, size_of(result_dtype(fold)));
}

RowFold::RowFold(const ir::Reduction& fold, std::int64_t width, std::int64_t rows)
    : fold_(fold),
      size_(static_cast<std::int64_t>(size_of(fold.dtype))),
      width_(width),
      lane_count_(std::clamp<std::int64_t>(rows, 1, kLanes)) {
  if (is_position()) {
    lanes_.resize(static_cast<std::size_t>(width * size_));
    positions_.resize(static_cast<std::size_t>(width));
  } else {
    combine_ = interp::kernel_for(combining(fold.op), fold.dtype, fold.dtype);
    lanes_.resize(static_cast<std::size_t>(lane_count_ * width * size_));
  }
  begin(width);
}

void RowFold::begin(std::int64_t width) {
  width_ = width;
  rows_ = 0;
  leaves_ = 0;
  if (is_position()) std::fill(positions_.begin(), positions_.end(), 0);
  else clear_lanes();
}

void RowFold::clear_lanes() {
  alignas(16) char identities[interp::kAccumulatorBytes];
  interp::reducer_for(fold_.op, fold_.dtype).begin(identities);
  // All lanes of an accumulator hold the same; doubling copies fill the rows.
  const auto total = static_cast<std::size_t>(lane_count_ * width_ * size_);
  std::size_t filled = std::min(total, static_cast<std::size_t>(kLanes * size_));
  std::memcpy(lanes_.data(), identities, filled);
  while (filled < total) {
    const std::size_t more = std::min(filled, total - filled);
    std::memcpy(lanes_.data() + filled, lanes_.data(), more);
    filled += more;
  }
}

std::int64_t RowFold::next(std::int64_t left, std::int64_t items) const {
  std::int64_t rows = std::max<std::int64_t>(items / width_, 1);
  if (rows > kLanes) rows -= rows % kLanes;
  return std::min({rows, left, ir::kLeafItems - rows_ % ir::kLeafItems});
}

void RowFold::combine(char* into, const char* from, std::int64_t rows) {
  combine_(into, into, from, nullptr, static_cast<std::size_t>(rows * width_));
}

void RowFold::push(const char* items, std::int64_t rows) {
  if (is_position()) {
    const PositionFn find =
        fold_.op == Op::Argmax ? position_fn<true>(fold_.dtype) : position_fn<false>(fold_.dtype);
    find(lanes_.data(), positions_.data(), items, width_, rows, rows_);
    rows_ += rows;
    return;
  }
  while (rows > 0) {
    const std::int64_t k = rows_ % kLanes;
    const std::int64_t n = std::min(rows, kLanes - k);
    combine(lane(k), items, n);
    items += n * width_ * size_;
    rows -= n;
    rows_ += n;
    if (rows_ % ir::kLeafItems == 0) end_leaf();
  }
}

// The leaf's results in lane 0. Lanes that have no rows are identities, which change nothing.
void RowFold::combine_lanes() {
  const auto add = [&](std::int64_t a, std::int64_t b) {
    if (b < lane_count_) combine(lane(a), lane(b), 1);
  };
  add(0, 4);
  add(2, 6);
  add(0, 2);
  add(1, 5);
  add(3, 7);
  add(1, 3);
  add(0, 1);
}

// Moves a leaf's results into the tree of leaves.
void RowFold::end_leaf() {
  combine_lanes();
  const auto bytes = static_cast<std::size_t>(width_ * size_);
  std::size_t level = 0;
  for (std::uint64_t n = leaves_++; n & 1; n >>= 1, ++level) {
    combine(partial_[level].data(), lane(0), 1);
    std::memcpy(lane(0), partial_[level].data(), bytes);
  }
  if (partial_.size() <= level) partial_.resize(level + 1);
  partial_[level].assign(lane(0), lane(0) + bytes);
  clear_lanes();
}

void RowFold::finish(char* results) {
  if (is_position()) {
    std::memcpy(results, positions_.data(), static_cast<std::size_t>(width_) * 8);
    return;
  }
  if (leaves_ == 0) {
    combine_lanes();
    std::memcpy(results, lane(0), static_cast<std::size_t>(width_ * size_));
    return;
  }
  if (rows_ % ir::kLeafItems != 0) end_leaf();
  std::size_t level = 0;
  while ((leaves_ >> level & 1) == 0) ++level;
  char* total = partial_[level].data();
  for (++level; leaves_ >> level != 0; ++level) {
    if ((leaves_ >> level & 1) == 0) continue;
    combine(partial_[level].data(), total, 1);
    total = partial_[level].data();
  }
  std::memcpy(results, total, static_cast<std::size_t>(width_ * size_));
}

RunFold::RunFold(const ir::Reduction& fold, std::int64_t length, char* results)
    : fold_(fold),
      size_(static_cast<std::int64_t>(size_of(fold.dtype))),
      length_(length),
      results_(results),
      reducer_(interp::reducer_for(fold.op, fold.dtype)) {
  if (reducer_.begin == nullptr) position_.emplace(fold, 1, length);
}

std::int64_t RunFold::next(std::int64_t left) const {
  if (length_ > ir::kLeafItems) return std::min(ir::kLeafItems, length_ - done_);
  return std::min(left, ir::kLeafItems / length_ * length_);
}

void RunFold::push(const char* items, std::int64_t count) {
  while (count > 0) {
    const std::int64_t n = std::min(count, length_ - done_);
    push_piece(items, n);
    items += n * size_;
    count -= n;
  }
}

void RunFold::add(void* accumulator, const char* items, std::int64_t count) {
  const auto n = static_cast<std::size_t>(count);
  if (!is_complex(fold_.dtype)) {
    reducer_.add(accumulator, items, nullptr, nullptr, n);
    return;
  }
  parts_.resize(2 * static_cast<std::size_t>(ir::kLeafItems));
  double* const imag = parts_.data() + ir::kLeafItems;
  interp::part_kernel(sizeof(double), 0)(parts_.data(), items, nullptr, nullptr, n);
  interp::part_kernel(sizeof(double), 1)(imag, items, nullptr, nullptr, n);
  all_.resize(static_cast<std::size_t>(ir::kLeafItems), 1);
  reducer_.add(accumulator, parts_.data(), all_.data(), imag, n);
}

void RunFold::push_piece(const char* items, std::int64_t count) {
  alignas(16) char accumulator[interp::kAccumulatorBytes];
  alignas(16) char slot[ir::kReductionSlotBytes];
  done_ += count;
  const bool ends = done_ == length_;
  if (position_) {
    position_->push(items, count);
    if (ends) {
      position_->finish(results_);
      position_->begin(1);
      results_ += 8;
    }
  } else {
    reducer_.begin(accumulator);
    add(accumulator, items, count);
    reducer_.finish(accumulator, slot);
    if (length_ > ir::kLeafItems) {
      if (!leaves_) leaves_.emplace(fold_);
      leaves_->push(slot);
      if (ends) {
        store_scalar(leaves_->finish(0), slot);
        if (is_complex(fold_.dtype)) store_scalar(leaves_->finish(1), slot + 8);
        leaves_.reset();
      }
    }
    if (ends) {
      std::memcpy(results_, slot, static_cast<std::size_t>(size_));
      results_ += size_;
    }
  }
  if (ends) done_ = 0;
}

}  // namespace me::jit
