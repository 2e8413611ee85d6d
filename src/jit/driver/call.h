// One evaluation of one kernel: its stages, chunk by chunk, in one thread or in several.
#pragma once

#include <functional>
#include <string>

#include "jit/driver/chunk_runner.h"
#include "jit/driver/reductions.h"

namespace me::jit {

Diagnostic failure(Status status, std::string message);
// What a kernel's status means to the caller of the evaluation.
Outcome outcome_of(ir::KernelStatus status);

// Walks have an array for each operand slot.
class Call {
 public:
  Call(Engine& engine, const Kernel& kernel, Tier max_tier);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Whether the last chunk ran, or the next one will run, in compiled code.
  bool compiled() const { return runner_.compiled(); }
  Scratch& scratch() { return runner_.scratch(); }

  void set_scalar(std::size_t slot, Scalar value);

  // A value in array representation.
  void set_scalar_bytes(std::size_t slot, const char* bytes);

  Outcome reduce(std::size_t stage, const Walk& walk);
  Outcome reduce(std::size_t stage, const FlatOperands& flat);

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

  // The last stage, to contiguous items at `out`.
  Outcome map(std::size_t stage, const FlatOperands& flat, char* out);

  // The last stage of a uniform result: one item, no operand is read.
  Outcome map_one(std::size_t stage, void* out);

 private:
  // Items of one call of a map stage: fewer than a leaf where strings are wide.
  std::int64_t map_chunk_items(std::size_t widest) const;

  // Whether to stop before that item: kernels without loops do not look by themselves.
  bool stops_before(std::int64_t item) const { return item != 0 && engine_.interrupt_flag() != 0; }

  // How many threads are worth it for so many items; at most `pieces`.
  int threads_for(std::size_t stage, std::int64_t items, std::int64_t pieces) const;

  // Runs pieces of work that do not depend on each other, the first that fails being the result. With
  // several threads each has a runner of its own.
  using Work = std::function<ir::KernelStatus(ChunkRunner& runner, std::int64_t piece)>;
  ir::KernelStatus run_pieces(int threads, std::int64_t pieces, const Work& work);

  // Calls chunk(runner, first, count) for items [begin, end), `step` at a time.
  template <class Chunk>
  ir::KernelStatus each_chunk(int threads, std::int64_t begin, std::int64_t end, std::int64_t step,
                              const Chunk& chunk);

  template <class Operands>
  Outcome reduce_items(std::size_t stage, const Operands& operands, std::int64_t items);

  // The values that a fold's stage stores for items [first, first + count).
  ir::KernelStatus compute(ChunkRunner& runner, std::size_t stage, const Walk& walk,
                           std::int64_t first, std::int64_t count, const char** values) const;

  // Of rows of `width` items, `count` from the `first` on.
  struct Columns {
    std::int64_t first, count, width;
  };
  ir::KernelStatus fold_columns(ChunkRunner& runner, std::size_t stage, const Walk& walk,
                                Columns columns, char* results) const;

  Outcome check_empty(Op op) const;

  // A reduction's result, `value(part)`, to the scalars of later stages.
  template <class Value>
  void deliver(std::size_t stage, std::size_t reduction, const Value& value);

  Engine& engine_;
  const Kernel& kernel_;
  ChunkRunner runner_;
};

}  // namespace me::jit
