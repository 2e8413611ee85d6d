// The interpreter's loop: blocks of StageProgram::block_items elements through the steps of a stage.
//
// Enters: a StageProgram and the arguments of a kernel. Leaves: the output array, or one slot per
// reduction, and a KernelStatus. Example: 1000 items run as blocks of 512 and 488; `a*2` is one
// Call of a multiplication whose out and a are addresses in the caller's arrays. Tested by
// tests/unit/interp_vm_test.cpp.
#include "interp/vm.h"

#include <algorithm>
#include <cstring>
#include <new>

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

struct Machine {
  void* const* at;  // addresses of registers
  const TextCall* texts;
  std::int64_t* counters;
  const ir::KernelContext& context;

  bool interrupted() const {
    const volatile std::uint32_t* flag = native<const volatile std::uint32_t>(context.interrupt);
    return flag != nullptr && *flag != 0;
  }

  ir::KernelStatus execute(const std::vector<Step>& steps, std::size_t items) const {
    const Step* const first = steps.data();
    const Step* const end = first + steps.size();
    for (const Step* s = first; s != end;) {
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
          counters[s->target] = 0;
          break;
        case StepKind::Jump:
          s = first + s->target;
          continue;
        case StepKind::JumpIfNone:
          if (!any_true(at[s->a], n)) {
            s = first + s->target;
            continue;
          }
          break;
        case StepKind::CountedTick:
          if (context.while_cap > 0 && ++counters[s->target] > context.while_cap) {
            return ir::KernelStatus::WhileCap;
          }
          if (interrupted()) return ir::KernelStatus::Interrupted;
          break;
        case StepKind::InterruptTick:
          if (interrupted()) return ir::KernelStatus::Interrupted;
          break;
        case StepKind::Fail:
          if (any_true(at[s->a], n)) return static_cast<ir::KernelStatus>(s->target);
          break;
      }
      ++s;
    }
    return ir::KernelStatus::Done;
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

ir::KernelStatus run(const StageProgram& program, const void* const* operands, void* out,
                     std::int64_t nitems, Workspace& workspace) {
  ME_ASSERT(nitems >= 0 && nitems <= ir::kLeafItems);
  workspace.prepare(program);
  void** const at = workspace.addresses_.data();
  const Machine machine{at, program.texts.data(), workspace.counters_.data(),
                        *static_cast<const ir::KernelContext*>(operands[program.operand_count])};
  for (const ScheduledReduction& r : program.reductions) r.fold.begin(at[r.accumulator]);
  const std::int64_t block = std::min(nitems, program.block_items);
  ir::KernelStatus status = machine.execute(program.prologue, static_cast<std::size_t>(block));
  for (std::int64_t begin = 0; begin < nitems && status == ir::KernelStatus::Done;
       begin += program.block_items) {
    for (const RegisterId id : program.streams) {
      const Register& r = program.registers[id];
      const std::byte* array =
          static_cast<const std::byte*>(r.place == Place::Output ? out : operands[r.index]);
      at[id] = const_cast<std::byte*>(array) + begin * r.bytes;
    }
    const std::int64_t items = std::min(nitems - begin, program.block_items);
    status = machine.execute(program.body, static_cast<std::size_t>(items));
  }
  if (status == ir::KernelStatus::Done) {
    std::byte* slot = static_cast<std::byte*>(out);
    for (const ScheduledReduction& r : program.reductions) {
      r.fold.finish(at[r.accumulator], slot);
      slot += ir::kReductionSlotBytes;
    }
  }
  return status;
}

}  // namespace me::interp
