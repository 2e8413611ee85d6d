// Turns one stage of an IR program into steps for the interpreter.
#pragma once

#include <cstddef>

#include "interp/program.h"
#include "ir/code.h"

namespace me::interp {

// `program` must be legal (ir/verify). Never fails.
StageProgram schedule(const ir::Program& program, std::size_t stage);

}  // namespace me::interp
