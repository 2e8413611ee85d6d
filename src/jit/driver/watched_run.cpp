// On-stack replacement at the heads of loops.
//
// Enters: a chunk of a map stage that the interpreter begins. Leaves: its results. The steps of loops
// count for the kernel's profile; when a loop has cost more than compiling its continuation does
// (jit/loop_entries.h) and the kernel has code, the block at hand is finished in that code, from the values
// that the interpreter's registers hold, and so are the chunk's other blocks. What the code hands back goes
// on in the interpreter where it stood: its registers are as they were.
// Example: while n < 1000000 over one item, tier "auto": profile, promotion and entry in one chunk.
// Tested by tests/unit/loop_entry_test.cpp, tests/python/test_tiers.py and tests/agree.
#include "jit/driver/watched_run.h"

#include <algorithm>
#include <cstring>

#include "base/tuning.h"
#include "jit/loop_entries.h"
#include "jit/runtime/tiers.h"

namespace me::jit {
namespace {

class Watch final : public interp::LoopWatch {
 public:
  Watch(const Watched& watched, std::size_t stage)
      : watched_(watched), stage_(stage), ripe_after_(watched.engine.loop_entry_work()) {
    patience = usual();
  }

  bool stops_at(std::uint32_t counter, std::int64_t work) override {
    if (watched_.is_profiled) record_steps(watched_.engine, watched_.kernel, work);
    done_ += work;
    patience = usual();
    if (gave_up_) return false;
    const bool is_ripe = done_ >= ripe_after_ || watched_.engine.dice().falls(64);
    entry_ = is_ripe ? find(counter) : nullptr;
    if (entry_ != nullptr) patience = 0;
    return entry_ != nullptr;
  }

  const LoopEntry& entry() const { return *entry_; }
  const Code& code() const { return *code_; }
  // Nothing is entered from now on.
  void give_up() { gave_up_ = true; }

 private:
  std::int64_t usual() const {
    return watched_.engine.dice().is_on() ? 0 : std::min(ripe_after_, tuning::kLoopPatience);
  }

  const LoopEntry* find(std::uint32_t counter) {
    code_ = watched_.use.current();
    if (code_ == nullptr || code_->is_withdrawn() || watched_.engine.queue().has_ended()) return nullptr;
    return code_->loops->find_or_make(watched_.kernel.program, stage_, counter, *code_,
                                      watched_.engine.metrics());
  }

  const Watched& watched_;
  const std::size_t stage_;
  const std::int64_t ripe_after_;
  bool gave_up_ = false;
  std::int64_t done_ = 0;
  const Code* code_ = nullptr;
  const LoopEntry* entry_ = nullptr;
};

class Entering {
 public:
  Entering(const Watched& watched, std::size_t stage, const LoopEntry& entry, const Code& code)
      : watched_(watched),
        entry_(entry),
        bias_(code.address_bias()),
        standing_(watched.workspace.standing()),
        item_bytes_(size_of(ir::stored_dtype(watched.kernel.program, watched.kernel.program.stages[stage]))) {}

  // The block's results to `out`, the chunk's, when it returns Done; else nothing is written there.
  std::int32_t run(void* out) {
    EntryScratch& s = watched_.scratch;
    const ir::Continuation& c = entry_.continuation;
    const std::size_t bytes = static_cast<std::size_t>(standing_.items) * item_bytes_;
    s.out.resize(std::max(s.out.size(), bytes));
    s.tail.resize(std::max(s.tail.size(), (c.program.operands.size() + 1) * ir::kTailSlotBytes));
    hand_over_scalars(s.scalars);
    ir::KernelContext context = watched_.context;
    context.tables += static_cast<std::uint64_t>(bias_);
    context.interrupt += static_cast<std::uint64_t>(bias_);
    context.scalars = address_of(s.scalars.data());
    context.scratch = address_of(s.tail.data());
    context.first_item += standing_.begin;
    hand_over_operands(s.operands);
    s.operands.push_back(pointer_to(&context));
    const std::int32_t status =
        entry_.code->stages[0].entry.call(s.operands.data(), s.out.data(), standing_.items);
    if (status == 0) {
      std::memcpy(static_cast<char*>(out) + static_cast<std::size_t>(standing_.begin) * item_bytes_,
                  s.out.data(), bytes);
    }
    return status;
  }

 private:
  std::uint64_t address_of(const void* p) const {
    return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(p) +
                                      static_cast<std::uintptr_t>(bias_));
  }
  const void* pointer_to(const void* p) const {
    return reinterpret_cast<const void*>(static_cast<std::uintptr_t>(address_of(p)));
  }

  const void* value_of(const ir::Live& live) const {
    const auto& at = live.kind == ir::Live::Kind::Local ? entry_.state.locals : entry_.state.values;
    return watched_.workspace.at(at[live.index]);
  }

  void hand_over_operands(std::vector<const void*>& words) const {
    words.clear();
    const std::vector<std::uint32_t>& item_bytes = watched_.kernel.plan.item_bytes;
    for (std::size_t i = 0; i < item_bytes.size(); ++i) {
      const auto base = reinterpret_cast<std::uintptr_t>(watched_.operands[i]);
      const auto skipped = static_cast<std::uintptr_t>(standing_.begin) * item_bytes[i];
      words.push_back(pointer_to(reinterpret_cast<const void*>(base + skipped)));
    }
    for (const ir::Live& live : entry_.continuation.operands) words.push_back(pointer_to(value_of(live)));
  }

  void hand_over_scalars(std::vector<std::uint64_t>& scalars) const {
    const std::size_t own = watched_.kernel.program.scalars.size();
    scalars.assign(own + entry_.continuation.scalars.size(), 0);
    if (own != 0) {
      std::memcpy(scalars.data(),
                  reinterpret_cast<const void*>(static_cast<std::uintptr_t>(watched_.context.scalars)),
                  own * ir::kScalarBytes);
    }
    std::size_t next = own;
    for (const ir::Live& live : entry_.continuation.scalars) {
      std::uint64_t& to = scalars[next++];
      if (live.kind != ir::Live::Kind::Ticks) {
        std::memcpy(&to, value_of(live), ir::kScalarBytes);
        continue;
      }
      const auto& loops = entry_.state.counted;
      const auto counter = std::find(loops.begin(), loops.end(), live.index) - loops.begin();
      to = static_cast<std::uint64_t>(
          watched_.workspace.counted(static_cast<std::uint32_t>(counter)));
    }
  }

  const Watched& watched_;
  const LoopEntry& entry_;
  const std::int64_t bias_;
  const interp::Standing standing_;
  const std::size_t item_bytes_;
};

}  // namespace

ir::KernelStatus run_watched(const Watched& watched, std::size_t stage, void* out, std::int64_t count) {
  const interp::StageProgram& program = watched.kernel.stages[stage];
  Metrics& metrics = watched.engine.metrics();
  Watch watch(watched, stage);
  auto end = interp::run(program, watched.operands, out, count, watched.workspace, watch);
  while (end.stands) {
    watched.kernel.profile->osr_entries.fetch_add(1, std::memory_order_relaxed);
    metrics.add(Metric::OsrEntries);
    metrics.add(Metric::OsrLoopEntries);
    const std::int32_t status = Entering(watched, stage, watch.entry(), watch.code()).run(out);
    if (status > 0 && status != static_cast<std::int32_t>(ir::KernelStatus::Redo)) {
      return static_cast<ir::KernelStatus>(status);
    }
    if (status != 0) {
      metrics.add(Metric::RedoneChunks);
      watch.give_up();
    }
    if (status < 0) {
      const me_host& host = watch.code().host->table();
      deoptimize(watched.engine, watched.kernel, &watch.code(),
                 "the host failed: " + std::string(host.last_error(host.user)));
    }
    const auto where = status == 0 ? interp::Resume::NextBlock : interp::Resume::Loop;
    end = interp::resume(program, watched.operands, out, count, watched.workspace, where, watch);
  }
  return end.status;
}

}  // namespace me::jit
