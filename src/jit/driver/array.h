// Arrays as callers hand them in (any strides), and walking them in chunks of contiguous items.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/dtype.h"
#include "base/status.h"

namespace me::jit {

constexpr int kMaxNdim = 32;
using Extents = std::array<std::int64_t, kMaxNdim>;

// A borrowed array. Strides are in bytes, of any sign.
struct ArrayView {
  char* data = nullptr;
  DType dtype = DType::Auto;
  int ndim = 0;
  Extents shape;
  Extents strides;
  std::size_t itemsize = 0;  // bytes per element of strings and bytes

  std::size_t item_bytes() const { return itemsize != 0 ? itemsize : size_of(dtype); }
  // A C-order array of `count` items.
  static ArrayView flat(void* data, DType dtype, std::int64_t count, std::size_t itemsize = 0);
  void set_c_order();
  std::int64_t item_count() const;
};

// NumPy's broadcast shape of the arrays into `ndim`/`shape` of `result`.
Outcome broadcast(std::span<const ArrayView* const> arrays, ArrayView* result);

// One array laid over an iteration space: the strides of broadcast axes are 0.
struct Strided {
  char* data = nullptr;
  std::size_t itemsize = 0;
  Extents strides;
  std::uint64_t first_value = 0;  // of an index array
};

// An iteration space shared by several arrays, with axes reordered and merged so that contiguous
// arrays become one axis.
class Walk {
 public:
  // The space of `shape` in C order; add() the arrays, then simplify().
  explicit Walk(const ArrayView& shape);
  std::size_t add(const ArrayView& array);  // index of the array; broadcast must be legal
  // An int64 array without memory, for fill(): first + the sum of coordinate * step over the axes.
  std::size_t add_index(std::int64_t first, const Extents& steps);
  // The array lies at `data` now.
  void rebind(std::size_t array, char* data) { arrays_[array].data = data; }
  // Merges axes. With `reorder_for` (index of an array), axes are first sorted by that array's strides:
  // the order of visits changes, which is fine when items do not depend on each other.
  void simplify(std::size_t reorder_for = kNoArray);
  static constexpr std::size_t kNoArray = ~std::size_t{0};

  std::int64_t item_count() const { return item_count_; }
  // Whether no two items of the array share bytes, as far as its strides tell at once; after
  // simplify(array).
  bool is_injective(std::size_t array) const;
  // Whether all items, of which there are some, are one and the same.
  bool is_uniform(std::size_t array) const;
  const char* first_item(std::size_t array) const { return arrays_[array].data; }
  // The address of items [first, first+count) of the array if they lie contiguously, else null.
  char* contiguous(std::size_t array, std::int64_t first, std::int64_t count) const;
  void gather(std::size_t array, std::int64_t first, std::int64_t count, void* to) const;
  void fill(std::size_t index_array, std::int64_t first, std::int64_t count, std::int64_t* to) const;
  void scatter(std::size_t array, std::int64_t first, std::int64_t count, const void* from) const;

 private:
  template <class At, class Run>
  void for_runs(At origin, const Extents& strides, std::int64_t first, std::int64_t count,
                Run run) const;

  int ndim_ = 0;
  Extents shape_;
  std::int64_t item_count_ = 0;
  std::vector<Strided> arrays_;
};

// First and past-the-end byte that the array touches; equal if it has no items.
struct ByteRange {
  const char* begin;
  const char* end;
};
ByteRange bytes_of(const ArrayView& a);

}  // namespace me::jit
