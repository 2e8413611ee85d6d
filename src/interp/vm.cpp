// The interpreter's loop: blocks of StageProgram::block_items elements through the steps of a stage.
//
// Enters: a StageProgram and the arguments of a kernel. Leaves: the output array, or one slot per
// reduction, and a KernelStatus; or, where the watch says so, a run that stands at the head of a loop with all
// its registers in the workspace. Example: 1000 items run as blocks of 512 and 488; `a*2` is one
// Call of a multiplication whose out and a are addresses in the caller's arrays. Tested by
// tests/unit/interp_vm_test.cpp.
#include "interp/vm.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/status.h"
#include "base/tuning.h"

namespace me::interp {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t round_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

template <class T>
T* native(std::uint64_t address) {
  return reinterpret_cast<T*>(static_cast<std::uintptr_t>(address));
}

// A loop goes through a few items about as quickly as through many.
constexpr std::int64_t kLeastItems = 16;

// Nobody watches.
class Unwatched final : public LoopWatch {
 public:
  Unwatched() { patience = INT64_MAX; }
  bool stops_at(std::uint32_t, std::int64_t) override { return false; }
};

struct Machine {
  void* const* at;  // addresses of registers
  const TextCall* texts;
  std::int64_t* counters;
  const ir::KernelContext& context;
  LoopWatch& watch;
  std::int64_t work = 0;  // since the watch was asked
  std::uint32_t stands_at = 0;
  std::uint32_t stands_in = 0;  // a loop's counter

  bool interrupted() const {
    const volatile std::uint32_t* flag = native<const volatile std::uint32_t>(context.interrupt);
    return flag != nullptr && *flag != 0;
  }

  RunEnd execute(const std::vector<Step>& steps, std::size_t items, std::size_t from = 0) {
    const Step* const first = steps.data();
    const Step* const end = first + steps.size();
    for (const Step* s = first + from; s != end;) {
      const std::size_t n = s->uniform ? 1 : items;
      switch (s->kind) {
        case StepKind::Call:
          s->fn(at[s->out], at[s->a], at[s->b], at[s->c], n);
          break;
        case StepKind::Quad:
          s->quad(at[s->out], at[s->a], at[s->b], at[s->c], at[s->d], n);
          break;
        case StepKind::Text: {
          const TextCall& call = texts[s->target];
          call.fn(call, at[s->out], at[s->a], at[s->b], at[s->c], n);
          break;
        }
        case StepKind::Scalar:
          s->fn(at[s->out], native<const std::byte>(context.scalars) + s->target * ir::kScalarBytes,
                nullptr, nullptr, 1);
          break;
        case StepKind::EnterLoop:
          counters[s->target] = s->a == 0 ? 0 : *static_cast<const std::int64_t*>(at[s->a]);
          break;
        case StepKind::Repeat: {
          const Step* const head = first + s->target;
          work += (s - head) * std::max(static_cast<std::int64_t>(items), kLeastItems);
          if (work > watch.patience && watch.stops_at(s->b, std::exchange(work, 0))) {
            stands_at = s->target;
            stands_in = s->b;
            return {ir::KernelStatus::Done, true};
          }
          s = head;
          continue;
        }
        case StepKind::JumpIfNone:
          if (!any_true(at[s->a], n)) {
            s = first + s->target;
            continue;
          }
          break;
        case StepKind::CountedTick:
          if (context.while_cap > 0 && ++counters[s->target] > context.while_cap) {
            return {ir::KernelStatus::WhileCap};
          }
          if (interrupted()) return {ir::KernelStatus::Interrupted};
          break;
        case StepKind::InterruptTick:
          if (interrupted()) return {ir::KernelStatus::Interrupted};
          break;
        case StepKind::Fail:
          if (any_true(at[s->a], n)) return {static_cast<ir::KernelStatus>(s->target)};
          break;
      }
      ++s;
    }
    return {};
  }
};

}  // namespace

Workspace::Workspace() = default;
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

void Workspace::Free::operator()(std::byte* p) const {
  ::operator delete[](p, std::align_val_t(kAlignment));
}

void Workspace::prepare(const StageProgram& program) {
  const std::size_t slots = round_up(program.slot_count * std::size_t{8});
  const std::size_t accumulators = program.reductions.size() * kAccumulatorBytes;
  const std::size_t needed = slots + accumulators + program.buffer_bytes;
  if (needed > bytes_) {
    memory_.reset();
    bytes_ = 0;
    memory_.reset(static_cast<std::byte*>(::operator new[](needed, std::align_val_t(kAlignment))));
    bytes_ = needed;
  }
  if (program.registers.size() > addresses_.size()) addresses_.resize(program.registers.size());
  if (program.counter_count > counters_.size()) counters_.resize(program.counter_count);
  std::byte* const base = memory_.get();
  for (std::size_t i = 0; i < program.registers.size(); ++i) {
    const Register& r = program.registers[i];
    void* address = nullptr;
    switch (r.place) {
      case Place::Constant:
        address = const_cast<std::uint64_t*>(&program.constants[r.index]);
        break;
      case Place::Slot:
        address = base + r.index * std::size_t{8};
        break;
      case Place::Accumulator:
        address = base + slots + r.index * kAccumulatorBytes;
        break;
      case Place::Buffer:
        address = base + slots + accumulators + program.buffers[r.index];
        break;
      case Place::Nothing:
      case Place::Operand:
      case Place::Output:
        break;
    }
    addresses_[i] = address;
  }
}

// One run, from its beginning or from where it stood.
class Run {
 public:
  Run(const StageProgram& program, const void* const* operands, void* out, std::int64_t nitems,
      Workspace& workspace, LoopWatch& watch)
      : program_(program),
        operands_(operands),
        out_(out),
        nitems_(nitems),
        workspace_(workspace),
        at_(workspace.addresses_.data()),
        machine_{at_, program.texts.data(), workspace.counters_.data(),
                 *static_cast<const ir::KernelContext*>(operands[program.operand_count]), watch} {}

  // Makes the workspace ready; before the constructor.
  static Workspace& prepared(const StageProgram& program, std::int64_t nitems, Workspace& workspace) {
    ME_ASSERT(nitems >= 0 && nitems <= ir::kLeafItems);
    workspace.prepare(program);
    return workspace;
  }

  RunEnd from_the_beginning() {
    for (const ScheduledReduction& r : program_.reductions) r.fold.begin(at_[r.accumulator]);
    const std::int64_t block = std::min(nitems_, program_.block_items);
    const RunEnd end = machine_.execute(program_.prologue, static_cast<std::size_t>(block));
    return end.status == ir::KernelStatus::Done ? blocks(0) : end;
  }

  RunEnd from_where_it_stands(Resume where) {
    const Standing standing = workspace_.standing_;
    if (where == Resume::Loop) {
      const RunEnd end = body(standing.begin, workspace_.standing_at_);
      if (end.stands || end.status != ir::KernelStatus::Done) return end;
    }
    return blocks(standing.begin + program_.block_items);
  }

 private:
  // A block's steps from step `from` on.
  RunEnd body(std::int64_t begin, std::size_t from) {
    const std::int64_t items = std::min(nitems_ - begin, program_.block_items);
    const RunEnd end = machine_.execute(program_.body, static_cast<std::size_t>(items), from);
    if (end.stands) {
      workspace_.standing_ = {machine_.stands_in, begin, items};
      workspace_.standing_at_ = machine_.stands_at;
    }
    return end;
  }

  // All blocks from the one at `begin` on, and the end.
  RunEnd blocks(std::int64_t begin) {
    for (; begin < nitems_; begin += program_.block_items) {
      for (const RegisterId id : program_.streams) {
        const Register& r = program_.registers[id];
        const std::byte* array =
            static_cast<const std::byte*>(r.place == Place::Output ? out_ : operands_[r.index]);
        at_[id] = const_cast<std::byte*>(array) + begin * r.bytes;
      }
      const RunEnd end = body(begin, 0);
      if (end.stands || end.status != ir::KernelStatus::Done) return end;
    }
    std::byte* slot = static_cast<std::byte*>(out_);
    for (const ScheduledReduction& r : program_.reductions) {
      r.fold.finish(at_[r.accumulator], slot);
      slot += ir::kReductionSlotBytes;
    }
    return {};
  }

  const StageProgram& program_;
  const void* const* const operands_;
  void* const out_;
  const std::int64_t nitems_;
  Workspace& workspace_;
  void** const at_;
  Machine machine_;
};

ir::KernelStatus run(const StageProgram& program, const void* const* operands, void* out,
                     std::int64_t nitems, Workspace& workspace) {
  Unwatched nobody;
  return run(program, operands, out, nitems, workspace, nobody).status;
}

RunEnd run(const StageProgram& program, const void* const* operands, void* out, std::int64_t nitems,
           Workspace& workspace, LoopWatch& watch) {
  return Run(program, operands, out, nitems, Run::prepared(program, nitems, workspace), watch)
      .from_the_beginning();
}

RunEnd resume(const StageProgram& program, const void* const* operands, void* out, std::int64_t nitems,
              Workspace& workspace, Resume where, LoopWatch& watch) {
  return Run(program, operands, out, nitems, workspace, watch).from_where_it_stands(where);
}

}  // namespace me::interp
