// Padded blocks of chunked C-order arrays: where a block lies and how much of it is inside.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "jit/driver/array.h"

namespace me::api {

struct NdGeometry {
  static constexpr std::size_t kMaxDims = 64;  // of blocks that can be evaluated

  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> chunk;
  std::vector<std::int64_t> block;

  std::size_t ndim() const { return shape.size(); }
  std::int64_t block_items() const;  // product of the block's extents

  // The coordinates in the array of block `nblock` of chunk `nchunk`, which exists.
  std::vector<std::int64_t> block_origin(std::int64_t nchunk, std::int64_t nblock) const;

  // The valid part of block `nblock` of chunk `nchunk` as the extents of a sub-array at the block's
  // origin (some may be 0); nothing if there is no such block.
  std::optional<std::vector<std::int64_t>> valid_extents(std::int64_t nchunk,
                                                         std::int64_t nblock) const;
};

// Product of the extents; INT64_MAX if it is larger.
std::int64_t count_of(const std::vector<std::int64_t>& extents);

// The sub-array of `extents` at the origin of a padded block of items at `data`. Geometries of more
// than jit::kMaxNdim dimensions lose the axes along which the block has one item. No extent is 0.
jit::ArrayView valid_view(const NdGeometry& geometry, const std::vector<std::int64_t>& extents,
                          void* data, DType dtype, std::size_t itemsize = 0);

// Zeroes the items of the padded block that do not lie inside `extents`, none of which is 0.
void zero_padding(const NdGeometry& geometry, const std::vector<std::int64_t>& extents, void* data,
                  std::size_t itemsize);

}  // namespace me::api
