// Block geometry.
//
// Enters: array, chunk and block shapes, a chunk number and a block number (both C order over their grids; every
// chunk has the block grid of a full one). Leaves: the extents of the block that lie inside the chunk and the
// array. Example: shape 5, chunks 4, blocks 3: chunk 1, block 0 holds 1 valid item.
// Tested by tests/c_abi/nd.c.
#include "api/nd_geometry.h"

#include <algorithm>
#include <cstring>

namespace me::api {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0); }

// Multi-index of `n` in the C-order grid, or false if it is outside.
bool unravel(std::int64_t n, const std::vector<std::int64_t>& grid,
             std::vector<std::int64_t>& index) {
  index.assign(grid.size(), 0);
  if (n < 0) return false;
  for (std::size_t d = grid.size(); d-- > 0;) {
    if (grid[d] == 0) return false;
    index[d] = n % grid[d];
    n /= grid[d];
  }
  return n == 0;
}

}  // namespace

std::int64_t NdGeometry::block_items() const { return count_of(block); }

std::vector<std::int64_t> NdGeometry::block_origin(std::int64_t nchunk,
                                                   std::int64_t nblock) const {
  std::vector<std::int64_t> origin(ndim());
  for (std::size_t d = ndim(); d-- > 0;) {
    const std::int64_t chunks = ceil_div(shape[d], chunk[d]);
    const std::int64_t blocks = ceil_div(chunk[d], block[d]);
    origin[d] = nchunk % chunks * chunk[d] + nblock % blocks * block[d];
    nchunk /= chunks;
    nblock /= blocks;
  }
  return origin;
}

std::optional<std::vector<std::int64_t>> NdGeometry::valid_extents(std::int64_t nchunk,
                                                                   std::int64_t nblock) const {
  std::vector<std::int64_t> chunk_grid(ndim());
  std::vector<std::int64_t> block_grid(ndim());
  for (std::size_t d = 0; d < ndim(); ++d) {
    chunk_grid[d] = ceil_div(shape[d], chunk[d]);
    block_grid[d] = ceil_div(chunk[d], block[d]);
  }
  std::vector<std::int64_t> at_chunk;
  std::vector<std::int64_t> at_block;
  if (!unravel(nchunk, chunk_grid, at_chunk) || !unravel(nblock, block_grid, at_block)) {
    return std::nullopt;
  }
  std::vector<std::int64_t> extents(ndim());
  for (std::size_t d = 0; d < ndim(); ++d) {
    const std::int64_t in_chunk = at_block[d] * block[d];
    const std::int64_t to_end = shape[d] - at_chunk[d] * chunk[d];  // from the chunk's start
    extents[d] = std::max<std::int64_t>(
        0, std::min({block[d], chunk[d] - in_chunk, to_end - in_chunk}));
  }
  return extents;
}

std::int64_t count_of(const std::vector<std::int64_t>& extents) {
  if (std::find(extents.begin(), extents.end(), 0) != extents.end()) return 0;
  std::int64_t n = 1;
  for (const std::int64_t extent : extents) {
    if (__builtin_mul_overflow(n, extent, &n)) return INT64_MAX;
  }
  return n;
}

jit::ArrayView valid_view(const NdGeometry& geometry, const std::vector<std::int64_t>& extents,
                          void* data, DType dtype, std::size_t itemsize) {
  const bool squeeze = geometry.ndim() > jit::kMaxNdim;
  std::vector<std::size_t> axes;
  for (std::size_t d = 0; d < geometry.ndim(); ++d) {
    if (!squeeze || geometry.block[d] != 1) axes.push_back(d);
  }
  jit::ArrayView view;
  view.data = static_cast<char*>(data);
  view.dtype = dtype;
  view.itemsize = itemsize;
  view.ndim = static_cast<int>(axes.size());
  auto stride = static_cast<std::int64_t>(view.item_bytes());
  for (std::size_t i = axes.size(); i-- > 0;) {
    view.shape[i] = extents[axes[i]];
    view.strides[i] = stride;
    stride *= geometry.block[axes[i]];
  }
  return view;
}

void zero_padding(const NdGeometry& geometry, const std::vector<std::int64_t>& extents, void* data,
                  std::size_t itemsize) {
  // Bytes of one step along each axis; the block is full along the axes from `rows` on.
  const std::size_t ndim = geometry.ndim();
  std::vector<std::size_t> step(ndim);
  std::size_t bytes = itemsize;
  std::size_t rows = 0;
  for (std::size_t d = ndim; d-- > 0;) {
    step[d] = bytes;
    bytes *= static_cast<std::size_t>(geometry.block[d]);
    if (rows == 0 && extents[d] != geometry.block[d]) rows = d + 1;
  }
  if (rows == 0) return;
  const std::size_t last = rows - 1;
  std::vector<std::int64_t> index(rows, 0);
  index[last] = extents[last] - 1;
  auto* const begin = static_cast<char*>(data);
  for (;;) {
    char* at = begin;  // a valid item; what follows it on each axis that ends with it is padding
    for (std::size_t d = 0; d < rows; ++d) at += static_cast<std::size_t>(index[d]) * step[d];
    std::size_t d = rows;
    while (d > 0 && index[d - 1] + 1 == extents[d - 1]) {
      --d;
      const auto rest = static_cast<std::size_t>(geometry.block[d] - extents[d]);
      std::memset(at + step[d], 0, rest * step[d]);
      at -= static_cast<std::size_t>(index[d]) * step[d];
      if (d != last) index[d] = 0;
    }
    if (d == 0) return;
    ++index[d - 1];
  }
}

}  // namespace me::api
