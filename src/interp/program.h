// A stage scheduled for the interpreter: steps over registers. Immutable, shareable between
// threads.
//
// A register names a block of elements or one uniform value; where it lies is settled per run
// (vm.cpp): in the program (constants), in the Workspace (slots, buffers) or in the caller's
// arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "interp/kernels.h"
#include "interp/kernels_string.h"
#include "ir/code.h"
#include "ir/kernel_abi.h"

namespace me::interp {

using RegisterId = std::uint32_t;

enum class Place : std::uint8_t {
  Nothing,      // the null address: an absent mask
  Constant,     // from entry `index` of StageProgram::constants on
  Slot,         // from byte 8 * `index` of the workspace's slots on: a uniform value
  Buffer,       // a block of the workspace: entry `index` of StageProgram::buffers
  Accumulator,  // kAccumulatorBytes of the workspace: reduction `index`
  Operand,      // input array `index`, at the current block
  Output,       // the output array, at the current block
};

struct Register {
  Place place = Place::Nothing;
  std::uint32_t index = 0;
  std::uint32_t bytes = 8;  // per element (Operand, Output: how a block moves on)
};

enum class StepKind : std::uint8_t {
  Call,           // fn(out, a, b, c, n), n = 1 when uniform
  Quad,           // quad(out, a, b, c, d, n)
  Text,           // entry `target` of StageProgram::texts likewise
  Scalar,         // out = entry `target` of the caller's scalars, through fn
  EnterLoop,      // counter `target` = 0, or the int64 that a holds
  Repeat,         // to step `target`, the head of the loop with counter `b`
  JumpIfNone,     // to step `target` unless a holds a true value
  CountedTick,    // counts in counter `target` up to the cap, polls the interrupt
  InterruptTick,  // polls the interrupt
  Fail,           // ends the run with KernelStatus `target` if a holds a true value
};

struct Step {
  StepKind kind = StepKind::Call;
  bool uniform = false;
  BlockFn fn = nullptr;
  QuadFn quad = nullptr;
  RegisterId out = 0, a = 0, b = 0, c = 0, d = 0;
  std::uint32_t target = 0;
};

// Where things lie while a run stands at the head of a loop.
struct LoopState {
  ir::ValueId loop = 0;              // its Loop instruction
  std::vector<RegisterId> locals;    // of the stage
  std::vector<RegisterId> values;    // per instruction of the stage; 0: the value is not there
  std::vector<ir::ValueId> counted;  // the Loop instruction of each counter
};

struct ScheduledReduction {
  Reducer fold;
  RegisterId accumulator = 0;
};

struct StageProgram {
  std::vector<Step> prologue;            // once per run: what does not change from block to block
  std::vector<Step> body;                // once per block
  std::vector<Register> registers;       // 0 is Nothing
  std::vector<RegisterId> streams;       // the registers that move on from block to block
  std::vector<std::uint64_t> constants;  // in array representation
  std::vector<ScheduledReduction> reductions;  // empty: a map stage
  std::uint32_t operand_count = 0;             // pointers before the KernelContext
  std::vector<TextCall> texts;
  std::int64_t block_items = 0;                // multiple of 8: fewer where strings are wide
  std::uint32_t slot_count = 0;                // of 8 bytes each
  std::vector<std::size_t> buffers;            // where they begin
  std::size_t buffer_bytes = 0;                // of all of them
  std::uint32_t counter_count = 0;
};

}  // namespace me::interp
