// Block geometry.
//
// Enters: array, chunk and block shapes, a chunk number and a block number (both C order over their grids; every
// chunk has the block grid of a full one). Leaves: the extents of the block that lie inside the chunk and the
// array. Example: shape 5, chunks 4, blocks 3: chunk 1, block 0 holds 1 valid item.
// Tested by tests/c_abi/nd.c.
#include "api/nd_geometry.h"

#include <algorithm>

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

std::int64_t NdGeometry::block_items() const {
  std::int64_t n = 1;
  for (const std::int64_t extent : block) {
    if (__builtin_mul_overflow(n, extent, &n)) return INT64_MAX;
  }
  return n;
}

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
    const std::int64_t start = at_chunk[d] * chunk[d] + in_chunk;
    extents[d] = std::max<std::int64_t>(
        0, std::min({block[d], chunk[d] - in_chunk, shape[d] - start}));
  }
  return extents;
}

jit::ArrayView valid_view(const NdGeometry& geometry, const std::vector<std::int64_t>& extents,
                          void* data, DType dtype) {
  jit::ArrayView view;
  view.data = static_cast<char*>(data);
  view.dtype = dtype;
  view.ndim = static_cast<int>(geometry.ndim());
  auto stride = static_cast<std::int64_t>(size_of(dtype));
  for (std::size_t d = geometry.ndim(); d-- > 0;) {
    view.shape[d] = extents[d];
    view.strides[d] = stride;
    stride *= geometry.block[d];
  }
  return view;
}

}  // namespace me::api
