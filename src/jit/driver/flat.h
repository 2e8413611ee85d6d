// The short way of a call: contiguous arrays of one shape, which is what most calls have.
#pragma once

#include "jit/runtime/engine.h"

namespace me::jit {

struct FlatCall {
  const void* const* inputs;  // by parameter, of the parameters' dtypes; uniform ones have one item
  void* out;                  // `items` of the result's dtype, or one if the result is uniform
  std::int64_t items;
};

// Whether evaluate_flat does the call. Everything else is for evaluate (jit/driver/evaluate.h): programs that
// look at shapes or positions, strings, an `out` that overlaps an operand but is not in its place.
bool takes_flat(const Kernel& kernel, const FlatCall& call);

// Gives what evaluate gives. Allocates nothing once the thread has evaluated a kernel of that size.
Outcome evaluate_flat(Engine& engine, const Kernel& kernel, const FlatCall& call, Tier max_tier);

}  // namespace me::jit
