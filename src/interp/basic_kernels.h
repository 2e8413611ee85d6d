// The interpreter's basic operations as block kernels, built once per instruction set.
//
// All builds give the same bits, so which one runs is a matter of speed alone (interp/simd.h).
#pragma once

#include <cstddef>

#include "base/dtype.h"
#include "base/ops.h"
#include "interp/block.h"

namespace me::interp {

// One reduction over a leaf, in the order of vmath/reduce_order.h.
struct Reducer {
  void (*begin)(void* accumulator);
  // out = accumulator; a = n values whose position in the leaf is a multiple of 8; b = mask or
  // null; c = imaginary parts of a, for Complex128.
  BlockFn add;
  // Writes 8 bytes of the slot, 16 for Complex128.
  void (*finish)(const void* accumulator, void* result);
};
constexpr std::size_t kAccumulatorBytes = 128;

// The functions of one build; kernels.h says what each of them gives.
struct BasicKernels {
  BlockFn (*arithmetic)(Op op, DType t, unsigned uniform);
  BlockFn (*comparison)(Op op, DType t, unsigned uniform);
  BlockFn (*extremum)(Op op, DType t, unsigned uniform);
  BlockFn (*rounding)(Op op, DType t);
  BlockFn (*cast)(DType from, DType to);
  BlockFn (*select)(std::size_t bytes, unsigned uniform);
  BlockFn (*splat)(std::size_t bytes);
  BlockFn (*copy)(std::size_t bytes);
  BlockFn (*load_bool)();
  BlockFn (*pair)(Op inner, bool inner_swapped, Op outer, bool swapped, DType t, unsigned uniform);
  BlockFn (*masked_comparison)(Op op, DType t, unsigned uniform);
  QuadFn (*choice)(Op op, DType t, unsigned uniform);
  QuadFn (*masked)(Op op, DType t, unsigned uniform);
  Reducer (*reducer)(Op op, DType t);
};

// basic_avx2.cpp and basic_avx512.cpp exist on x86-64 only; their kernels must not be called where
// the processor lacks the instructions.
const BasicKernels& basic_128();
const BasicKernels& basic_avx2();
const BasicKernels& basic_avx512();

}  // namespace me::interp
