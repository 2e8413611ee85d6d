// The driver: one call of a kernel over whole arrays.
#pragma once

#include <span>

#include "jit/driver/array.h"
#include "jit/runtime/engine.h"

namespace me::jit {

// Where the items of a call lie in a larger array, for index symbols: its shape, and the coordinates of
// the call's first item. The call's axes are those of the larger array.
struct IndexSpace {
  Extents shape;
  Extents start;
};

// `inputs`: one per parameter, in order, with the parameters' dtypes; uniform parameters have one item.
// `out` has the broadcast shape of the varying inputs, or one item if the result is uniform, and the
// program's result dtype. It may overlap inputs: the result is as if it did not. `max_tier`: Interpreter
// keeps this call away from compiled code. Counts the call as a JIT or interpreter execution.
// `items`: the number of items of the call if no varying parameter says so (constant expressions); -1 else:
// then it has those of `out` if it asks for their positions.
// `where`: nothing means that the items are the whole array.
Outcome evaluate(Engine& engine, const Kernel& kernel, std::span<const ArrayView> inputs,
                 const ArrayView& out, Tier max_tier, std::int64_t items = -1,
                 const IndexSpace* where = nullptr);

}  // namespace me::jit
