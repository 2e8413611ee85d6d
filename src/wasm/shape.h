// How values lie in 128-bit registers.
//
// A kernel's loop computes `lanes` elements per iteration (a power of two). A varying value of
// element width w is lanes*w/128 registers, or the low lanes*w bits of one register whose other
// lanes hold anything. A uniform value is one register with the value in every lane, at every
// width; so is each register of a splat. bool values are masks, all ones or all zeros per lane, of
// any element width.
#pragma once

#include <algorithm>
#include <vector>

#include "base/dtype.h"
#include "wasm/code.h"

namespace me::wasm {

using Registers = std::vector<Local>;

struct Shape {
  unsigned lanes = 0;  // 0: uniform

  bool uniform() const { return lanes == 0; }
  unsigned registers(unsigned width) const { return std::max(1u, lanes * width / 128); }
  // Lanes of one register that matter to anybody; of a uniform value the first says it all.
  unsigned used_lanes(unsigned width) const {
    return uniform() ? 1 : std::min(128u, lanes * width) / width;
  }
};

struct Value {
  DType dtype = DType::Auto;
  unsigned width = 0;  // of a lane in bits; a property of the value for bool
  Shape shape;
  Registers registers;
  bool splat = false;  // varying, but the same in every lane: all registers are one and the same
  bool any_width = false;  // a constant mask: its register serves lanes of every width
};

}  // namespace me::wasm
