// Superinstructions: which instructions of a stage become one step of the interpreter.
//
// A fused pair keeps what its first operation computes in registers of the processor; a uniform
// operand goes to a kernel as one element instead of a block of copies. Both save memory traffic,
// which is what block kernels spend their time on. No bit of a result changes.
#pragma once

#include <array>
#include <vector>

#include "interp/kernels.h"
#include "ir/code.h"

namespace me::interp {

// What an instruction reads, and with which kernel if that is not the plain one of its operation.
struct Form {
  std::array<ir::ValueId, 4> inputs = {ir::kNoValue, ir::kNoValue, ir::kNoValue, ir::kNoValue};
  BlockFn fn = nullptr;    // over the first three inputs
  QuadFn quad = nullptr;   // over all four
  bool is_fused() const { return fn != nullptr || quad != nullptr; }
};

// One for each instruction. Values that no form reads any more need no step. For a Set with a mask the
// form's third input is missing: it is the local itself.
std::vector<Form> find_forms(const ir::Stage& stage);

}  // namespace me::interp
