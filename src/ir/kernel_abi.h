// The kernel ABI: one layout shared by the code generator, the interpreter and the driver.
//
// A kernel is `int32 me_dsl_jit_kernel(operands, out, nitems)`: 32-bit arguments in wasm hosts, 64-bit
// ones in the native 64-bit-memory variant. `operands` is an array of pointers (pointer-width words): the
// program's operands in order, then one pointer to a KernelContext. All arrays are contiguous with
// nitems elements of their own dtype, at any address that is a multiple of the element size or not
// (loads and stores assume no alignment). bool elements are bytes: any non-zero one reads as true, 0 or 1
// is written. `out` may be the same pointer as an operand; other overlaps are the driver's business.
//
// A map stage writes nitems results to `out`. A reduction stage is called with at most kLeafItems
// items and writes one kReductionSlotBytes slot per reduction to `out`: the leaf's value in its
// dtype's representation at the slot's start (vmath/reduce_order.h defines the order inside a leaf).
#pragma once

#include <cstddef>
#include <cstdint>

namespace me::ir {

// The number of this ABI: another one for every change of what this file says. Kernel files and caches
// record it (jit/store/kernel_file.h).
constexpr unsigned kKernelAbi = 1;

constexpr char kKernelExport[] = "me_dsl_jit_kernel";

// What a kernel returns. Negative values are failures of the host (traps), not of the kernel.
enum class KernelStatus : std::int32_t {
  Done = 0,
  Redo = 1,           // some element needs a slow path: run this chunk in the interpreter
  WhileCap = 2,       // a while loop reached the iteration cap
  Interrupted = 3,    // the interrupt flag was set
  ZeroStep = 4,       // range() with step 0
  MissingReturn = 5,  // an element took a path without return
};

constexpr std::int64_t kLeafItems = 4096;
constexpr std::size_t kReductionSlotBytes = 16;  // the most that a value takes: two float64
constexpr std::size_t kScalarBytes = 8;  // scalars are stored like array elements, in 8-byte slots
// Kernels finish the last, incomplete vector over copies: bytes of scratch per operand and output.
constexpr std::size_t kTailSlotBytes = 256;

// Addresses are kernel-space addresses (native address + host bias) in 64-bit fields on every host.
struct KernelContext {
  std::uint64_t tables;      // vmath's static tables
  std::uint64_t scalars;     // kScalarBytes per Program::scalars entry
  std::uint64_t scratch;     // kTailSlotBytes per operand, then as much for the output
  std::uint64_t interrupt;   // uint32 flag, non-zero asks loops to stop; 0 = there is none
  std::int64_t while_cap;    // iterations of one loop per element; <= 0: no limit
  std::int64_t first_item;   // logical index of this call's first element
};
static_assert(sizeof(KernelContext) == 48 && offsetof(KernelContext, first_item) == 40);

}  // namespace me::ir
