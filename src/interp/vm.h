// Runs scheduled stages block by block, with the same arguments and results as a compiled kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "interp/program.h"
#include "ir/kernel_abi.h"

namespace me::interp {

// Memory for runs: grows to the largest program that it served and is then reused without
// allocation. One run at a time; keep one per thread.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

 private:
  friend ir::KernelStatus run(const StageProgram&, const void* const*, void*, std::int64_t,
                              Workspace&);
  void prepare(const StageProgram& program);

  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> memory_;
  std::size_t bytes_ = 0;
  std::vector<void*> addresses_;        // of registers
  std::vector<std::int64_t> counters_;  // of loops
};

// As me_dsl_jit_kernel (ir/kernel_abi.h): operands end with a KernelContext* whose addresses are
// native, 0 <= nitems <= ir::kLeafItems. `out` may be an operand's address if element sizes agree.
// Never returns Redo. After another status than Done the contents of `out` are unspecified.
ir::KernelStatus run(const StageProgram& program, const void* const* operands, void* out,
                     std::int64_t nitems, Workspace& workspace);

}  // namespace me::interp
