// Runs a program's script: loops around stages that every element goes through together.
#pragma once

#include <vector>

#include "jit/driver/call.h"
#include "jit/driver/carried.h"

namespace me::jit {

// `walk` goes through all items in C order, with an array for each operand slot; `target` is its array
// for the back of each varying entry of `carried`.
Outcome run_script(Engine& engine, const Kernel& kernel, Call& call, Carried& carried, Walk& walk,
                   const std::vector<std::size_t>& target);

}  // namespace me::jit
