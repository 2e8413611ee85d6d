// One evaluation of one kernel: its stages, chunk by chunk, through compiled code or the interpreter.
#pragma once

#include <memory>
#include <string>

#include "ir/kernel_abi.h"
#include "jit/array.h"
#include "jit/engine.h"
#include "jit/reductions.h"

namespace me::jit {

Diagnostic failure(Status status, std::string message);
// What a kernel's status means to the caller of the evaluation.
Outcome outcome_of(ir::KernelStatus status);

struct Scratch;

// Buffers of this thread that no evaluation uses: a C function that a kernel calls may evaluate another.
class ScratchLease {
 public:
  ScratchLease();
  ~ScratchLease();
  ScratchLease(const ScratchLease&) = delete;
  ScratchLease& operator=(const ScratchLease&) = delete;
  Scratch& operator*() const { return *scratch_; }

 private:
  std::unique_ptr<Scratch> scratch_;
};

// Walks have an array for each operand slot.
class Call {
 public:
  Call(Engine& engine, const Kernel& kernel, Tier max_tier);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Whether the last chunk ran, or the next one will run, in compiled code.
  bool compiled() const { return code_ != nullptr; }

  void set_scalar(std::size_t slot, Scalar value);

  // A value in array representation.
  void set_scalar_bytes(std::size_t slot, const char* bytes);

  Outcome reduce(std::size_t stage, const Walk& walk);

  // A fold whose walk goes through the items of one result after the other.
  Outcome fold_runs(std::size_t stage, const Walk& walk, std::int64_t length, char* results);

  // A fold whose walk goes through rows of items, one for each of `width` results; so many results
  // that a row is longer than a chunk are folded in turns.
  Outcome fold_rows(std::size_t stage, const Walk& walk, std::int64_t width, char* results);

  const ir::Reduction& fold_of(std::size_t stage) const;

  // A fold of no items, to `count` results.
  Outcome fold_nothing(std::size_t stage, std::int64_t count, char* results);

  // The last stage, to array `out` of the walk.
  Outcome map(std::size_t stage, const Walk& walk, std::size_t out);

  // The last stage of a uniform result: one item, no operand is read.
  Outcome map_one(std::size_t stage, void* out);

 private:
  // Items of one call of a map stage: fewer than a leaf where strings are wide.
  std::int64_t map_chunk_items(std::size_t widest) const;

  ir::KernelContext context(std::int64_t bias) const;

  void place(std::size_t operand, const void* data);

  // Operands that nobody reads have an address nevertheless.
  void place_nothing();

  void place_operands(std::size_t stage, const Walk& walk, std::int64_t first,
                      std::int64_t count);

  // The values that a fold's stage stores for items [first, first + count).
  Outcome compute(std::size_t stage, const Walk& walk, std::int64_t first, std::int64_t count,
                  const char** values);

  // Goes over to the code that the kernel has now.
  void follow_code();

  bool is_operand(const char* data) const;

  ir::KernelStatus run(std::size_t stage, void* out, std::int64_t first, std::int64_t count);

  Outcome check_empty(Op op) const;

  void deliver(std::size_t stage, std::size_t reduction, const LeafFold& fold);

  Engine& engine_;
  const Kernel& kernel_;
  ScratchLease lease_;
  Scratch& scratch_;
  CodeSlot::Use use_;
  const bool allows_code_;
  const Code* code_ = nullptr;  // null: the interpreter
  std::int64_t bias_ = 0;
  ir::KernelContext native_{};
  ir::KernelContext biased_{};
};

}  // namespace me::jit
