// What is decided about a stage before any code is made.
#pragma once

#include <vector>

#include "ir/code.h"

namespace me::wasm {

struct Plan {
  unsigned widest = 64;         // bits of the widest varying lane; masks of locals have this width
  std::size_t cost = 0;         // instructions of machine code per register, roughly
  std::size_t code = 0;         // the same for all registers of an iteration
  unsigned lanes = 2;           // elements per iteration of the kernel's loop
  std::vector<bool> invariant;  // per instruction: computed once per call
  // Per instruction: c of a Set x, x + c (or x - c), mask; else ir::kNoValue.
  std::vector<ir::ValueId> masked_step;
  std::vector<bool> uses_operand;  // per operand of the program
  bool uses_scalars = false;
  bool uses_tables = false;  // may: some recipe stands in the stage
  bool may_redo = false;
  bool has_ticks = false;
};

// opt_level as in wasm::Target.
Plan plan(const ir::Program& program, const ir::Stage& stage, int opt_level);

}  // namespace me::wasm
