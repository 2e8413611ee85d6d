// Strided arrays: broadcasting, axis merging, and copying chunks to and from contiguous buffers.
//
// Enters: views with shapes and byte strides. Leaves: contiguous chunks. Example: a (1000, 1) column and a
// (500,) row broadcast to (1000, 500); items [0, 4096) of the column are gathered as 500 copies each.
// Tested by tests/unit/array_test.cpp and tests/python/test_arrays.py.
#include "jit/driver/array.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace me::jit {
namespace {

template <std::size_t kSize>
void copy_from(const char* from, std::int64_t stride, std::int64_t count, char* to) {
  for (std::int64_t i = 0; i < count; ++i) std::memcpy(to + i * kSize, from + i * stride, kSize);
}

template <std::size_t kSize>
void copy_to(const char* from, char* to, std::int64_t stride, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) std::memcpy(to + i * stride, from + i * kSize, kSize);
}

}  // namespace

ArrayView ArrayView::flat(void* data, DType dtype, std::int64_t count, std::size_t itemsize) {
  ArrayView a;
  a.data = static_cast<char*>(data);
  a.dtype = dtype;
  a.ndim = 1;
  a.shape[0] = count;
  a.itemsize = itemsize;
  a.strides[0] = static_cast<std::int64_t>(a.item_bytes());
  return a;
}

void ArrayView::set_c_order() {
  auto stride = static_cast<std::int64_t>(item_bytes());
  for (int d = ndim; d-- > 0;) {
    strides[d] = stride;
    stride *= shape[d];
  }
}

std::int64_t ArrayView::item_count() const {
  std::int64_t n = 1;
  for (int d = 0; d < ndim; ++d) n *= shape[d];
  return n;
}

Outcome broadcast(std::span<const ArrayView* const> arrays, ArrayView* result) {
  result->ndim = 0;
  for (const ArrayView* a : arrays) result->ndim = std::max(result->ndim, a->ndim);
  std::fill_n(result->shape.begin(), result->ndim, 1);
  for (const ArrayView* a : arrays) {
    const int shift = result->ndim - a->ndim;
    for (int d = 0; d < a->ndim; ++d) {
      std::int64_t& extent = result->shape[shift + d];
      if (a->shape[d] == extent || a->shape[d] == 1) continue;
      if (extent != 1) {
        return Diagnostic{Status::Shape,
                          {},
                          "operands could not be broadcast together: axis " +
                              std::to_string(shift + d) + " has both " + std::to_string(extent) +
                              " and " + std::to_string(a->shape[d]) + " items",
                          "",
                          false};
      }
      extent = a->shape[d];
    }
  }
  return Unit{};
}

Walk::Walk(const ArrayView& shape)
    : ndim_(shape.ndim), item_count_(shape.item_count()) {
  std::copy_n(shape.shape.begin(), ndim_, shape_.begin());
}

std::size_t Walk::add(const ArrayView& array) {
  Strided s;
  s.data = array.data;
  s.itemsize = array.item_bytes();
  const int shift = ndim_ - array.ndim;
  for (int d = 0; d < ndim_; ++d) {
    const bool repeated = d < shift || (array.shape[d - shift] == 1 && shape_[d] != 1);
    s.strides[d] = repeated ? 0 : array.strides[d - shift];
  }
  arrays_.push_back(s);
  return arrays_.size() - 1;
}

std::size_t Walk::add_index(std::int64_t first, const Extents& steps) {
  Strided s;
  s.first_value = static_cast<std::uint64_t>(first);
  std::copy_n(steps.begin(), ndim_, s.strides.begin());
  arrays_.push_back(s);
  return arrays_.size() - 1;
}

void Walk::simplify(std::size_t reorder_for) {
  if (item_count_ == 0) return;
  if (reorder_for != kNoArray && ndim_ > 1) {
    std::array<int, kMaxNdim> order;
    std::iota(order.begin(), order.begin() + ndim_, 0);
    const Extents& key = arrays_[reorder_for].strides;
    std::stable_sort(order.begin(), order.begin() + ndim_,
                     [&](int x, int y) { return std::abs(key[x]) > std::abs(key[y]); });
    const auto permute = [&](Extents& values) {
      const Extents old = values;
      for (int d = 0; d < ndim_; ++d) values[d] = old[order[d]];
    };
    permute(shape_);
    for (Strided& a : arrays_) permute(a.strides);
  }
  // Axes of one item go; an axis merges into the next when no array can tell the difference.
  int kept = 0;
  for (int d = 0; d < ndim_; ++d) {
    if (shape_[d] == 1) continue;
    const bool merges =
        kept > 0 && std::all_of(arrays_.begin(), arrays_.end(), [&](const Strided& a) {
          return a.strides[kept - 1] == a.strides[d] * shape_[d];
        });
    const int to = merges ? kept - 1 : kept++;
    shape_[to] = merges ? shape_[to] * shape_[d] : shape_[d];
    for (Strided& a : arrays_) a.strides[to] = a.strides[d];
  }
  ndim_ = kept;
}

template <class At, class Run>
void Walk::for_runs(At origin, const Extents& strides, std::int64_t first, std::int64_t count,
                    Run run) const {
  if (ndim_ == 0) {
    if (count > 0) run(origin, std::int64_t{0}, count);
    return;
  }
  Extents index;
  std::int64_t rest = first;
  At at = origin;
  for (int d = ndim_; d-- > 0;) {
    index[d] = rest % shape_[d];
    rest /= shape_[d];
    at += index[d] * strides[d];
  }
  const int inner = ndim_ - 1;
  while (count > 0) {
    const std::int64_t length = std::min(count, shape_[inner] - index[inner]);
    run(at, strides[inner], length);
    count -= length;
    if (count == 0) break;
    // To the start of the next row: carry through the outer axes.
    at -= index[inner] * strides[inner];
    index[inner] = 0;
    for (int d = inner - 1; d >= 0; --d) {
      at += strides[d];
      if (++index[d] < shape_[d]) break;
      at -= shape_[d] * strides[d];
      index[d] = 0;
    }
  }
}

bool Walk::is_injective(std::size_t array) const {
  const Strided& a = arrays_[array];
  auto reach = static_cast<std::int64_t>(a.itemsize);
  for (int d = ndim_; d-- > 0;) {
    const std::int64_t step = std::abs(a.strides[d]);
    if (shape_[d] > 1 && step < reach) return false;
    reach += (shape_[d] - 1) * step;
  }
  return true;
}

bool Walk::is_uniform(std::size_t array) const {
  const Strided& a = arrays_[array];
  if (a.data == nullptr) return false;  // an index
  for (int d = 0; d < ndim_; ++d) {
    if (shape_[d] > 1 && a.strides[d] != 0) return false;
  }
  return true;
}

char* Walk::contiguous(std::size_t array, std::int64_t first, std::int64_t count) const {
  const Strided& a = arrays_[array];
  if (ndim_ == 0) return count == 1 ? a.data : nullptr;
  const int inner = ndim_ - 1;
  if (a.strides[inner] != static_cast<std::int64_t>(a.itemsize)) return nullptr;
  char* at = a.data;
  std::int64_t rest = first;
  for (int d = inner; d >= 0; --d) {
    const std::int64_t i = d == 0 ? rest : rest % shape_[d];
    if (d == inner && i + count > shape_[inner]) return nullptr;
    at += i * a.strides[d];
    rest /= shape_[d];
  }
  return at;
}

void Walk::gather(std::size_t array, std::int64_t first, std::int64_t count, void* to) const {
  const Strided& a = arrays_[array];
  auto* out = static_cast<char*>(to);
  for_runs(a.data, a.strides, first, count, [&](const char* from, std::int64_t stride, std::int64_t n) {
    if (stride == static_cast<std::int64_t>(a.itemsize)) {
      std::memcpy(out, from, static_cast<std::size_t>(n) * a.itemsize);
    } else if (a.itemsize == 16) {
      copy_from<16>(from, stride, n, out);
    } else if (a.itemsize == 8) {
      copy_from<8>(from, stride, n, out);
    } else if (a.itemsize == 4) {
      copy_from<4>(from, stride, n, out);
    } else if (a.itemsize == 2) {
      copy_from<2>(from, stride, n, out);
    } else if (a.itemsize == 1) {
      copy_from<1>(from, stride, n, out);
    } else {
      for (std::int64_t i = 0; i < n; ++i) {
        std::memcpy(out + static_cast<std::size_t>(i) * a.itemsize, from + i * stride, a.itemsize);
      }
    }
    out += static_cast<std::size_t>(n) * a.itemsize;
  });
}

void Walk::fill(std::size_t index_array, std::int64_t first, std::int64_t count,
                std::int64_t* to) const {
  const Strided& a = arrays_[index_array];
  for_runs(a.first_value, a.strides, first, count,
           [&](std::uint64_t from, std::int64_t step, std::int64_t n) {
             const auto by = static_cast<std::uint64_t>(step);
             for (std::int64_t i = 0; i < n; ++i) {
               to[i] = static_cast<std::int64_t>(from + by * static_cast<std::uint64_t>(i));
             }
             to += n;
           });
}

void Walk::scatter(std::size_t array, std::int64_t first, std::int64_t count,
                   const void* from) const {
  const Strided& a = arrays_[array];
  const auto* in = static_cast<const char*>(from);
  for_runs(a.data, a.strides, first, count, [&](char* to, std::int64_t stride, std::int64_t n) {
    if (stride == static_cast<std::int64_t>(a.itemsize)) {
      std::memcpy(to, in, static_cast<std::size_t>(n) * a.itemsize);
    } else if (a.itemsize == 16) {
      copy_to<16>(in, to, stride, n);
    } else if (a.itemsize == 8) {
      copy_to<8>(in, to, stride, n);
    } else if (a.itemsize == 4) {
      copy_to<4>(in, to, stride, n);
    } else if (a.itemsize == 2) {
      copy_to<2>(in, to, stride, n);
    } else if (a.itemsize == 1) {
      copy_to<1>(in, to, stride, n);
    } else {
      for (std::int64_t i = 0; i < n; ++i) {
        std::memcpy(to + i * stride, in + static_cast<std::size_t>(i) * a.itemsize, a.itemsize);
      }
    }
    in += static_cast<std::size_t>(n) * a.itemsize;
  });
}

ByteRange bytes_of(const ArrayView& a) {
  const char* begin = a.data;
  const char* end = a.data;
  for (int d = 0; d < a.ndim; ++d) {
    if (a.shape[d] == 0) return {a.data, a.data};
    const std::int64_t reach = (a.shape[d] - 1) * a.strides[d];
    (reach < 0 ? begin : end) += reach;
  }
  return {begin, end + a.item_bytes()};
}

}  // namespace me::jit
