// Folds along axes: the values that a stage computes, chunk by chunk, become an array of results.
//
// Each result is that of its items alone, in C order of the reduced axes: floating-point sums and
// products by vmath/reduce_order.h; argmin and argmax are the position of the first extremum, or of
// the first NaN.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "interp/kernels.h"
#include "ir/code.h"
#include "jit/driver/reductions.h"

namespace me::jit {

// dtype of the results of a fold over items of dtype fold.dtype.
DType result_dtype(const ir::Reduction& fold);

// The result of folding no items.
void fold_identity(const ir::Reduction& fold, char* result);

// Many results at once, not complex: items come row by row, one for each result.
class RowFold {
 public:
  // `rows` are all that will come.
  RowFold(const ir::Reduction& fold, std::int64_t width, std::int64_t rows);
  void begin(std::int64_t width);  // starts over; at most as wide as the first time
  // How many of `left` rows to push next: what `items` items hold, but not past a leaf's end.
  std::int64_t next(std::int64_t left, std::int64_t items) const;
  void push(const char* items, std::int64_t rows);
  void finish(char* results);  // consecutive; of no rows: the identity

 private:
  bool is_position() const { return fold_.op == Op::Argmin || fold_.op == Op::Argmax; }
  char* lane(std::int64_t k) { return lanes_.data() + k * width_ * size_; }
  void combine(char* into, const char* from, std::int64_t rows);
  void clear_lanes();
  void combine_lanes();
  void end_leaf();

  ir::Reduction fold_;
  std::int64_t size_;   // bytes of an item
  std::int64_t width_;
  std::int64_t lane_count_;  // accumulators of a result: 8, or the rows if they are fewer
  interp::BlockFn combine_ = nullptr;
  std::vector<char> lanes_;  // rows of accumulators; positions: the best items
  std::vector<std::int64_t> positions_;
  std::vector<std::vector<char>> partial_;  // [k]: rows of results of 2^k leaves
  std::int64_t rows_ = 0;
  std::uint64_t leaves_ = 0;
};

// One result after the other, complex ones too: items come run by run, `length` for each result.
class RunFold {
 public:
  RunFold(const ir::Reduction& fold, std::int64_t length, char* results);
  // How many of `left` items to push next: whole runs, or a leaf of one.
  std::int64_t next(std::int64_t left) const;
  void push(const char* items, std::int64_t count);

 private:
  void push_piece(const char* items, std::int64_t count);
  void add(void* accumulator, const char* items, std::int64_t count);

  ir::Reduction fold_;
  std::int64_t size_;
  std::int64_t length_;
  char* results_;
  std::int64_t done_ = 0;  // items of the current run
  interp::Reducer reducer_;
  std::vector<double> parts_;        // of complex items: real, then imaginary parts
  std::vector<std::uint8_t> all_;    // the mask of complex items: all of them
  std::optional<LeafFold> leaves_;   // of a run of several leaves
  std::optional<RowFold> position_;  // argmin and argmax
};

}  // namespace me::jit
