// What is left of a stage at the head of a loop, as a program of its own: what on-stack replacement enters.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/code.h"

namespace me::ir {

// One thing that is alive at the head of the loop.
struct Live {
  enum class Kind : std::uint8_t {
    Local,  // local `index` of the stage
    Value,  // the value of instruction `index`
    Ticks,  // int64: iterations that loop `index` (its instruction) has counted
  };
  Kind kind = Kind::Local;
  std::uint32_t index = 0;
};

// `program` has one stage, a map. Its operands and scalars are those of the original, in their places,
// and then one for each entry of `operands` and `scalars`: varying and uniform ones in array
// representation.
struct Continuation {
  Program program;
  std::vector<Live> operands;
  std::vector<Live> scalars;
};

// The code from the head of loop `loop` (the id of its Loop instruction) on. `at_hand`, one per
// instruction: whether whoever stands there has its value; others are computed again from such. Nothing for
// reductions, whose elements before the present ones are in accumulators, and where a value is missing.
std::optional<Continuation> continue_at(const Program& program, std::size_t stage, ValueId loop,
                                        const std::vector<bool>& at_hand);

}  // namespace me::ir
