// Turns one stage of an IR program into steps for the interpreter.
#pragma once

#include <cstddef>
#include <vector>

#include "interp/program.h"
#include "ir/code.h"

namespace me::interp {

// `program` must be legal (ir/verify). Never fails.
StageProgram schedule(const ir::Program& program, std::size_t stage);

// Where schedule() has put what is alive at the head of the loop with that counter (Step::Repeat).
LoopState loop_state(const ir::Program& program, std::size_t stage, std::uint32_t counter);
// By instruction: whether its value is in a register there, as ir/continuation.h asks.
std::vector<bool> values_at_hand(const LoopState& state);

}  // namespace me::interp
