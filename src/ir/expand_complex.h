// Operations on complex numbers as operations on their parts: after ir/build no tier sees a complex
// value.
#pragma once

#include <array>

#include "ir/emit.h"

namespace me::ir {

// A value of the typed program: a real one is `re` alone, a complex one two floats of one dtype.
struct Pair {
  ValueId re = kNoValue;
  ValueId im = kNoValue;
  bool is_complex() const { return im != kNoValue; }
};

// The value of op(args) with result dtype `dtype`, where an operand or the result is complex.
// Complex operands all have the same dtype; the condition of where is bool. Not for reductions.
Pair expand_complex(Emitter& emit, Op op, DType dtype, const std::array<Pair, 3>& args);

}  // namespace me::ir
