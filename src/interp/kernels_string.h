// The operations on strings and bytes as functions over blocks.
//
// A block of strings has elements of `width` code units (4 bytes of String, 1 of Bytes), padded with NULs. A
// string without padding fills its element. Unlike other kernels' output, that of a string may be no input's
// block: its elements are written while the inputs' are read.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"
#include "base/ops.h"

namespace me::interp {

struct TextCall;
// One operation over n elements; unused inputs are null.
using TextFn = void (*)(const TextCall& call, void* out, const void* a, const void* b,
                        const void* c, std::size_t n);

// What a kernel knows beside its blocks. Widths of blocks that are no strings are 0.
struct TextCall {
  TextFn fn = nullptr;
  std::uint32_t out = 0, a = 0, b = 0, c = 0;  // widths
  bool ends_at_nul = false;                    // a string ends at its first NUL
};

// kernels_string.cpp: `op` over strings of family `t`; null if there is none. TextResize, Where with a bool
// block a, and comparisons are among them.
TextFn text_kernel(Op op, DType t);
// Every element of out = the first of a; out = a. Widths of a and out are equal. b and c are unused.
TextFn text_splat_kernel(DType t);
TextFn text_copy_kernel(DType t);
// kernels_string_case.cpp: case mapping and white space, for text_kernel.
TextFn text_case_kernel(Op op, DType t);

}  // namespace me::interp
