// Chunks of a kernel's stages, through compiled code or the interpreter: what one thread needs for them.
#pragma once

#include <memory>
#include <vector>

#include "interp/vm.h"
#include "ir/kernel_abi.h"
#include "jit/driver/array.h"
#include "jit/driver/watched_run.h"
#include "jit/runtime/engine.h"

namespace me::jit {

// The operands of a flat call: by slot where its items begin. Those of uniform parameters are null.
struct FlatOperands {
  const char* const* data;
  std::int64_t items;
};

// Buffers of one evaluation in one thread, kept by the thread for the next one.
struct Scratch {
  interp::Workspace workspace;
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::size_t bytes = 0;
  };
  std::vector<Chunk> chunks;  // gathered operands, then the output
  std::vector<char> tail;     // KernelContext::scratch
  std::vector<std::uint64_t> scalars;
  std::vector<const void*> native_operands;
  std::vector<const void*> kernel_operands;
  std::vector<const char*> flat;  // FlatOperands::data
  std::vector<char> slots;        // results of leaves
  EntryScratch entry;

  // At least `bytes`, and never less than a chunk of any dtype but strings.
  char* chunk(std::size_t i, std::size_t bytes = 0);
  void drop_large_chunks();
};

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
class ChunkRunner {
 public:
  ChunkRunner(Engine& engine, const Kernel& kernel, Tier max_tier);
  // For another thread of the same call: reads the scalars of `main`, which outlives it.
  explicit ChunkRunner(const ChunkRunner& main);
  ~ChunkRunner();
  ChunkRunner& operator=(const ChunkRunner&) = delete;

  // Whether the last chunk ran, or the next one will run, in compiled code.
  bool compiled() const { return code_ != nullptr; }
  Scratch& scratch() { return scratch_; }
  // Where Program::scalars are stored, one word each.
  std::uint64_t* scalars() { return scalars_; }

  // Before the chunks of a stage, and before other threads' runners are made for them.
  void begin_stage(std::size_t stage, const Walk& walk);
  void begin_stage(std::size_t stage, const FlatOperands& flat);
  // For a stage that reads no operands: they have an address nevertheless.
  void place_nothing();
  // Items [first, first + count) of the operands that the stage reads.
  void place_operands(std::size_t stage, const Walk& walk, std::int64_t first, std::int64_t count);
  void place_operands(std::size_t stage, const FlatOperands& flat, std::int64_t first,
                      std::int64_t count);
  const void* operand(std::size_t slot) const { return scratch_.native_operands[slot]; }
  // Whether an operand's items begin there.
  bool is_operand(const void* data) const;

  // Runs the stage over the operands in place.
  ir::KernelStatus run(std::size_t stage, void* out, std::int64_t first, std::int64_t count);

 private:
  void prepare();
  void place_all_nowhere();
  // Goes over to the code that the kernel has now: entry and exit between two chunks.
  void follow_code();
  ir::KernelContext context(std::int64_t bias) const;
  void place(std::size_t operand, const void* data);
  // Whether the code would only find out again that these items are the interpreter's.
  bool expects_redo();
  const char* gathered(std::size_t operand, const Walk& walk, std::int64_t first, std::int64_t count);
  template <class ItemOf>
  void see_operands(std::size_t stage, std::int64_t items, ItemOf uniform_item);

  Engine& engine_;
  const Kernel& kernel_;
  ScratchLease lease_;
  Scratch& scratch_;
  CodeSlot::Use use_;
  const bool allows_code_;
  const bool is_profiled_;
  bool ran_chunks_ = false;
  std::uint64_t* const scalars_;  // of the program, then what ir/assume_uniform.h adds
  // By slot: operands that are one value for the stage's items, or are not read by it.
  std::uint64_t uniform_ = ~std::uint64_t{0};
  // Operands whose chunk holds their one value `filled_items_` times.
  std::uint64_t filled_ = 0;
  std::int64_t filled_items_ = 0;
  const Code* code_ = nullptr;  // null: the interpreter
  std::int64_t bias_ = 0;
  std::int64_t while_cap_ = 0;
  unsigned redo_streak_ = 0;  // chunks in a row that the code has handed back
  unsigned spared_chunks_ = 0;
  std::uint64_t jit_chunks_ = 0;  // for the engine's counter, which threads would fight for
  ir::KernelContext native_{};
  ir::KernelContext biased_{};
};

}  // namespace me::jit
