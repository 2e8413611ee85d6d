// The operations of the interpreter as functions over blocks, one file per kind.
//
// Every function returns null for an operation or dtype that ir/RULES.md does not allow.
#pragma once

#include <cstddef>

#include "base/dtype.h"
#include "base/ops.h"
#include "interp/block.h"

namespace me::interp {

// kernels_arith.cpp: + - * / // % ** and bits, operands and result of dtype `t`.
BlockFn arithmetic_kernel(Op op, DType t);
// kernels_compare.cpp: comparisons and Signbit of operands of dtype `t`; the result is bool.
BlockFn compare_kernel(Op op, DType t);
// kernels_cast.cpp
BlockFn cast_kernel(DType from, DType to);
// kernels_select.cpp: the smaller and the larger of two.
BlockFn extremum_kernel(Op op, DType t);
// out = a ? b : c with elements of `bytes` bytes; a is bool.
BlockFn select_kernel(std::size_t bytes);
// Every element of out = the first of a.
BlockFn splat_kernel(std::size_t bytes);
BlockFn copy_kernel(std::size_t bytes);
// Of complex elements with parts of `bytes` bytes: all real (part 0) or imaginary parts.
BlockFn part_kernel(std::size_t bytes, unsigned part);
// out = complex elements with real parts a and imaginary parts b.
BlockFn interleave_kernel(std::size_t bytes);
// Bytes to bool: any non-zero one becomes 1.
BlockFn load_bool_kernel();
// Whether any of n bools is true.
bool any_true(const void* bools, std::size_t n);
// kernels_math.cpp: rounding, square root, signs (floats) and the recipes of vmath (float64).
BlockFn math_kernel(Op op, DType t);

// Any operation: `result` is its dtype, `operand` that of its last operand.
BlockFn kernel_for(Op op, DType result, DType operand);

// kernels_reduce.cpp: one reduction over a leaf, in the order of vmath/reduce_order.h.
struct Reducer {
  void (*begin)(void* accumulator);
  // out = accumulator; a = n values whose position in the leaf is a multiple of 8; b = mask or
  // null; c = imaginary parts of a, for Complex128.
  BlockFn add;
  // Writes 8 bytes of the slot, 16 for Complex128.
  void (*finish)(const void* accumulator, void* result);
};
constexpr std::size_t kAccumulatorBytes = 128;
// All members are null for an illegal pair.
Reducer reducer_for(Op op, DType t);
// kernels_complex.cpp
Reducer pair_reducer(Op op);

}  // namespace me::interp
