// What every call of a kernel would have to find out anew, found out once.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/code.h"

namespace me::jit {

struct CallPlan {
  // Contiguous arrays of one shape need no shapes and no walks (jit/driver/flat.h).
  bool flat = false;
  bool keeps_shape = false;   // arrays of one shape give that shape, or one value
  bool loops = false;         // few items may take long
  bool counts_while = false;  // the iteration cap matters
  std::vector<std::uint32_t> item_bytes;  // by operand slot
  std::vector<std::int64_t> work;  // by stage: what an item costs, in simple instructions
};

CallPlan plan_calls(const ir::Program& program);

}  // namespace me::jit
