// The text form of a program: what ME_DUMP=ir shows and golden tests read.
#pragma once

#include <string>

#include "ir/code.h"

namespace me::ir {

std::string print(const Program& program);
std::string print(const Stage& stage);  // without the "stage" line, indented by two spaces
// " map", " reduce" or what is folded, as in " fold sum along 0 to operand 2".
std::string stage_kind(const Program& program, const Stage& stage);
// What dumps call an operation: its enum name in snake case, `floor_divide`.
std::string snake_name(Op op);

}  // namespace me::ir
