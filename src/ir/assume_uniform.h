// A program for calls in which some operands are one value for all items.
#pragma once

#include <cstdint>

#include "ir/code.h"

namespace me::ir {

// Operands beyond these are never assumed to be anything.
constexpr std::size_t kAssumableOperands = 64;

// `program`, reading each operand whose bit is set in `operands` as a scalar. After its scalars follow two
// for each operand, assumed or not: scalar_of_operand says which.
Program assume_uniform(Program program, std::uint64_t operands);

// The scalar with an operand's one value (of a complex one: the part), in array representation.
constexpr std::size_t scalar_of_operand(std::size_t own_scalars, std::size_t operand, unsigned part) {
  return own_scalars + 2 * operand + part;
}

}  // namespace me::ir
