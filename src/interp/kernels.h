// The operations of the interpreter as functions over blocks, in the build that is in force.
//
// Every function returns null for an operation or dtype that ir/RULES.md does not allow, and for
// forms that do not exist. Bits of `uniform` say which inputs are one element that goes for all: 1
// the first, 2 the second, 4 the third.
#pragma once

#include <cstddef>

#include "base/dtype.h"
#include "base/ops.h"
#include "interp/basic_kernels.h"
#include "interp/block.h"
#include "interp/simd.h"

namespace me::interp {

// Of a build that is_available.
const BasicKernels& basic_kernels(Simd simd);

// + - * / // % ** and bits, operands and result of dtype `t`.
BlockFn arithmetic_kernel(Op op, DType t, unsigned uniform = 0);
// Comparisons and Signbit of operands of dtype `t`; the result is bool.
BlockFn compare_kernel(Op op, DType t, unsigned uniform = 0);
BlockFn cast_kernel(DType from, DType to);
// The smaller and the larger of two.
BlockFn extremum_kernel(Op op, DType t, unsigned uniform = 0);
// out = a ? b : c with elements of `bytes` bytes; a is bool. Bits of `uniform`: 1 b, 2 c.
BlockFn select_kernel(std::size_t bytes, unsigned uniform = 0);
// Every element of out = the first of a.
BlockFn splat_kernel(std::size_t bytes);
BlockFn copy_kernel(std::size_t bytes);
// Bytes to bool: any non-zero one becomes 1.
BlockFn load_bool_kernel();
// Whether any of n bools is true.
bool any_true(const void* bools, std::size_t n);
// Rounding, square root, signs (floats) and the recipes of vmath (float64, some of float32).
BlockFn math_kernel(Op op, DType t);

// Any operation: `result` is its dtype, `operand` that of its last operand.
BlockFn kernel_for(Op op, DType result, DType operand, unsigned uniform = 0);

// Two operations at once, each rounded.
// out = (a inner b) outer c; c outer (a inner b) if `swapped`, and b inner a if `inner_swapped`,
// which matter for Sub only. Operations: Add, Sub, Mul of floats; `uniform` may have 2 and 4.
BlockFn pair_kernel(Op inner, bool inner_swapped, Op outer, bool swapped, DType t,
                    unsigned uniform);
// out = c and (a op b), c bool, a and b of dtype `t`; `uniform` may have 2.
BlockFn masked_comparison_kernel(Op op, DType t, unsigned uniform);
// out = (a op b) ? c : d, with c and d as wide as a and b; `uniform` may have 2.
QuadFn choice_kernel(Op op, DType t, unsigned uniform);
// out = d ? (a op b) : c, d bool, the others of dtype `t`; `uniform` may be 1 or 2.
QuadFn masked_kernel(Op op, DType t, unsigned uniform);

// All members are null for an illegal pair.
Reducer reducer_for(Op op, DType t);

// kernels_complex.cpp
// Of complex elements with parts of `bytes` bytes: all real (part 0) or imaginary parts.
BlockFn part_kernel(std::size_t bytes, unsigned part);
// out = complex elements with real parts a and imaginary parts b.
BlockFn interleave_kernel(std::size_t bytes);
Reducer pair_reducer(Op op);

}  // namespace me::interp
