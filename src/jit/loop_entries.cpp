// Code for the heads of loops.
//
// Enters: a program, one of its loops, the code that its kernel has. Leaves: the continuation's code
// (ir/continuation.h), and where the interpreter keeps what it wants to know. Made in the thread that asks:
// it has interpreted the loop for longer than this takes.
// Example: a loop of a million steps over one item goes on in SIMD code after some thousands.
// Tested by tests/unit/loop_entry_test.cpp and tests/agree.
#include "jit/loop_entries.h"

#include <new>

#include "interp/schedule.h"
#include "jit/instantiate.h"

namespace me::jit {
namespace {

std::unique_ptr<LoopEntry> make(const ir::Program& program, std::size_t stage, std::uint32_t counter,
                                const Code& code, Metrics& metrics) {
  auto entry = std::make_unique<LoopEntry>();
  entry->state = interp::loop_state(program, stage, counter);
  auto continuation =
      ir::continue_at(program, stage, entry->state.loop, interp::values_at_hand(entry->state));
  if (!continuation) return nullptr;
  entry->continuation = std::move(*continuation);
  const int pointer_bits = static_cast<int>(code.host->table().pointer_bits);
  auto modules = lower(entry->continuation.program, pointer_bits, code.tier);
  if (std::holds_alternative<Decline>(modules)) return nullptr;
  auto made = instantiate(std::get<Modules>(std::move(modules)), code.host);
  if (std::holds_alternative<Decline>(made)) return nullptr;
  entry->code = std::get<CodePtr>(std::move(made));
  metrics.add(Metric::JitCompiles);
  entry->code->times.count(metrics);
  return entry;
}

}  // namespace

const LoopEntry* LoopEntries::find_or_make(const ir::Program& program, std::size_t stage,
                                           std::uint32_t counter, const Code& code, Metrics& metrics) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return nullptr;
  const auto [it, is_new] = made_.try_emplace({stage, counter});
  try {
    if (is_new) it->second = make(program, stage, counter, code, metrics);
  } catch (const std::bad_alloc&) {
    // The interpreter needs no more memory than it has.
  }
  return it->second.get();
}

}  // namespace me::jit
