// Shapes of everything that a program computes, for given inputs.
#pragma once

#include <span>
#include <vector>

#include "jit/driver/array.h"
#include "jit/kernel.h"

namespace me::jit {

// What a domain of the program comes to. Views without data.
struct DomainShape {
  ArrayView space;              // the items
  std::vector<bool> is_reduced;  // by axis of the space
  std::int64_t combined = 1;    // items that become one
  ArrayView result;             // of what they become, with the result's dtype
};

// By domain; those that no stage uses are left empty. `call`: the shape of the whole call, where the
// program asks for it. A domain's operands broadcast, and its axes exist, or it is an error; that is
// located at the axis argument.
Result<std::vector<DomainShape>> shapes_of(const ir::Program& program,
                                           std::span<const ArrayView> inputs,
                                           const ArrayView* call);

// Whether a stage or a count runs over all items of the call.
bool uses_whole_call(const ir::Program& program);

// The shape of the result for inputs of these shapes: 0-d if it is one value for all.
Result<ArrayView> result_shape(const Kernel& kernel, std::span<const ArrayView> inputs);

// The broadcast shape of all inputs but the uniform ones.
Outcome call_shape(const Kernel& kernel, std::span<const ArrayView> inputs, ArrayView* call);

}  // namespace me::jit
