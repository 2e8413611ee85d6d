// Runs scheduled stages block by block, with the same arguments and results as a compiled kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "interp/program.h"
#include "ir/kernel_abi.h"

namespace me::interp {

// Asked at the heads of loops, now and then, whether a run stops there.
class LoopWatch {
 public:
  // Work, in steps times items, that is done until it is asked next.
  std::int64_t patience = 0;

  // The loop with that counter begins again, `work` was done since it was asked last. True: stop.
  virtual bool stops_at(std::uint32_t counter, std::int64_t work) = 0;

 protected:
  ~LoopWatch() = default;
};

// How a run has ended, or that it stands at the head of a loop.
struct RunEnd {
  ir::KernelStatus status = ir::KernelStatus::Done;  // unless it stands
  bool stands = false;
};

// Where a run stands: the loop with that counter, in the block of items [begin, begin + items).
struct Standing {
  std::uint32_t counter = 0;
  std::int64_t begin = 0;
  std::int64_t items = 0;
};

enum class Resume : std::uint8_t {
  Loop,       // at the head of the loop
  NextBlock,  // somebody else has done what was left of the block
};

// Memory for runs: grows to the largest program that it served and is then reused without
// allocation. One run at a time; keep one per thread.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

  // Of a run that stands: where, what a register holds, and the iterations that a loop has counted.
  const Standing& standing() const { return standing_; }
  const void* at(RegisterId id) const { return addresses_[id]; }
  std::int64_t counted(std::uint32_t counter) const { return counters_[counter]; }

 private:
  friend class Run;
  void prepare(const StageProgram& program);

  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> memory_;
  std::size_t bytes_ = 0;
  std::vector<void*> addresses_;        // of registers
  std::vector<std::int64_t> counters_;  // of loops
  Standing standing_;
  std::uint32_t standing_at_ = 0;  // a step
};

// As me_dsl_jit_kernel (ir/kernel_abi.h): operands end with a KernelContext* whose addresses are
// native, 0 <= nitems <= ir::kLeafItems. `out` may be an operand's address if element sizes agree.
// Never returns Redo. After another status than Done the contents of `out` are unspecified.
ir::KernelStatus run(const StageProgram& program, const void* const* operands, void* out,
                     std::int64_t nitems, Workspace& workspace);

// The same for a map stage, but `watch` may stop it at the head of a loop; resume() then goes on, with the
// same arguments.
RunEnd run(const StageProgram& program, const void* const* operands, void* out, std::int64_t nitems,
           Workspace& workspace, LoopWatch& watch);
RunEnd resume(const StageProgram& program, const void* const* operands, void* out, std::int64_t nitems,
              Workspace& workspace, Resume where, LoopWatch& watch);

}  // namespace me::interp
