// Code for the heads of loops: where an evaluation that has interpreted a loop for long goes over to code
// without starting over.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/metrics.h"
#include "interp/program.h"
#include "ir/code.h"
#include "ir/continuation.h"

namespace me::jit {

struct Code;

// What is left of one stage at the head of one of its loops, as code.
struct LoopEntry {
  interp::LoopState state;         // where the interpreter has what is handed over
  ir::Continuation continuation;   // what is handed over
  std::shared_ptr<const Code> code;  // of one stage, the continuation's
};

// Those of one kernel's code, each made when it is first asked for. Thread-safe.
class LoopEntries {
 public:
  // The entry at the loop with that counter (interp/program.h) of a stage, in the host and tier of `code`,
  // whose LoopEntries these are. Null: there is none, or another thread is making it now.
  const LoopEntry* find_or_make(const ir::Program& program, std::size_t stage, std::uint32_t counter,
                                const Code& code, Metrics& metrics);

 private:
  std::mutex mutex_;  // of the following
  std::map<std::pair<std::size_t, std::uint32_t>, std::unique_ptr<LoopEntry>> made_;  // null: cannot be
};

}  // namespace me::jit
