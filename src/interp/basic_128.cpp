// The basic operations with 128-bit vectors: SSE4.2, NEON or wasm SIMD128.
//
// Enters: nothing. Leaves: the table of block kernels. Example: arithmetic(Op::Add, DType::Int8, 0)
// adds two blocks of int8. That all builds give the same bits is tested by
// tests/unit/interp_builds_test.cpp.
#include "interp/basic_loops.h"

namespace me::interp {

const BasicKernels& basic_128() { return kBasicKernels; }

}  // namespace me::interp
