// Checks that a program is legal as RULES.md has it.
#pragma once

#include <string>

#include "ir/code.h"

namespace me::ir {

// "" if the program is legal; else one line that names stage, instruction and rule.
std::string verify(const Program& program);
std::string verify(const Program& program, const Stage& stage);

}  // namespace me::ir
