// Operations on whole numbers that are rewritten into basic operations and loops.
#pragma once

#include "ir/emit.h"

namespace me::ir {

// The number of one bits of |x|, x and result of integer dtype t.
ValueId bit_count(Emitter& emit, DType t, ValueId x);

// Greatest common divisor and least common multiple of |x| and |y|, all of integer dtype t.
ValueId common_divisor(Emitter& emit, DType t, ValueId x, ValueId y);
ValueId common_multiple(Emitter& emit, DType t, ValueId x, ValueId y);

// Of the whole part of a float64 x: exact up to 20!, beyond that infinity; NaN for x < 0.
ValueId factorial(Emitter& emit, ValueId x);

// Choices of r out of n, the whole parts of two float64: NaN unless 0 <= r <= n; infinity where the
// product n-r+1, n-r+2, ... n, divided by 1, 2, ... as it goes along, leaves 64 bits.
ValueId combinations(Emitter& emit, ValueId n, ValueId r);

}  // namespace me::ir
