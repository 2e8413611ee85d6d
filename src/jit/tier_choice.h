// Which tier runs a program fastest on this processor, estimated before anything is compiled.
//
// Wasm has vectors of 128 bits; the interpreter's block kernels are also built for AVX2 and AVX-512
// (interp/simd.h). Where elementary functions dominate, wider vectors outweigh what fusing saves.
#pragma once

#include <string>

#include "interp/simd.h"
#include "ir/code.h"

namespace me::jit {

// Estimated nanoseconds per element; an operation in a loop counts as if it ran a few times.
struct TierCosts {
  double jit = 0;
  double interpreter = 0;
};

// Functions of their arguments alone.
TierCosts estimate(const ir::Program& program, interp::Simd simd);
bool interpreter_is_faster(const TierCosts& costs);

// Why the interpreter was chosen, for explain().
std::string reason_for_interpreter(const TierCosts& costs, interp::Simd simd);

}  // namespace me::jit
