// The script of a program (ir/script.h), command by command.
//
// Enters: a kernel whose reductions, C calls or prints stand in loops, and a walk over all items. Leaves:
// carried entries that the last stage reads. Example: `while any(x > 1): x = x / 2` runs the stage of the
// reduction and that of the assignment until the condition is false.
// Tested by tests/golden/kernels/reductions.txt and tests/unit.
#include "jit/driver/script_run.h"

#include "base/env.h"

namespace me::jit {
namespace {

// Runs a program's script over the items of a walk.
class ScriptRun {
 public:
  ScriptRun(Engine& engine, const Kernel& kernel, Call& call, Carried& carried, Walk& walk)
      : engine_(engine),
        kernel_(kernel),
        program_(kernel.program),
        call_(call),
        carried_(carried),
        walk_(walk),
        while_cap_(env::while_cap()),
        iterations_(program_.counter_count, 0),
        scalar_of_(program_.carried.size(), 0),
        operand_of_(program_.carried.size(), 0) {
    for (std::size_t s = 0; s < program_.scalars.size(); ++s) {
      const ir::ScalarSlot& slot = program_.scalars[s];
      if (slot.source == ir::ScalarSource::Carried) scalar_of_[slot.param] = s;
    }
    for (std::size_t i = 0; i < program_.operands.size(); ++i) {
      const ir::OperandSlot& slot = program_.operands[i];
      if (slot.source == ir::OperandSource::Carried) operand_of_[slot.param] = i;
    }
  }

  // `target`: the walk's array for the back of each varying entry.
  Outcome run(const std::vector<std::size_t>& target) {
    for (std::size_t at = 0; at < program_.script.size();) {
      const ir::Command& c = program_.script[at++];
      switch (c.kind) {
        case ir::CommandKind::Run: ME_TRY_VOID(stage(c.index, target)); break;
        case ir::CommandKind::Commit:
          carried_.commit([&](std::uint32_t entry) { show(entry, target); });
          break;
        case ir::CommandKind::EnterLoop: iterations_[c.index] = 0; break;
        case ir::CommandKind::Jump: at = c.target; break;
        case ir::CommandKind::JumpUnless:
          if (!carried_.is_true(c.index)) at = c.target;
          break;
        case ir::CommandKind::Tick: ME_TRY_VOID(tick(c)); break;
        case ir::CommandKind::Fail:
          if (!carried_.is_true(c.index)) break;
          return outcome_of(static_cast<ir::KernelStatus>(c.target));
        case ir::CommandKind::Call: {
          const ir::CallSite& site = program_.calls[c.index];
          carried_.call(site, kernel_.source.signature.callouts[site.callout]);
          show(site.result, target);
          break;
        }
        case ir::CommandKind::Print:
          engine_.print(carried_.text_of(program_.prints[c.index]));
          break;
      }
    }
    return Unit{};
  }

 private:
  Outcome stage(std::size_t index, const std::vector<std::size_t>& target) {
    const ir::Stage& stage = program_.stages[index];
    if (stage.is_reduction()) return call_.reduce(index, walk_);
    carried_.stored(stage.target);
    if (program_.carried[stage.target].uniform) {
      return call_.map_one(index, carried_.back(stage.target));
    }
    return call_.map(index, walk_, target[stage.target]);
  }

  // Stages read the entry's front from now on.
  void show(std::uint32_t entry, const std::vector<std::size_t>& target) {
    if (program_.carried[entry].uniform) {
      call_.set_scalar_bytes(scalar_of_[entry], carried_.front(entry));
      return;
    }
    walk_.rebind(operand_of_[entry], carried_.front(entry));
    walk_.rebind(target[entry], carried_.back(entry));
  }

  Outcome tick(const ir::Command& c) {
    const bool counts = c.target == static_cast<std::uint32_t>(ir::TickKind::While);
    if (counts && while_cap_ > 0 && ++iterations_[c.index] > while_cap_) {
      return outcome_of(ir::KernelStatus::WhileCap);
    }
    if (engine_.interrupt_flag() != 0) return outcome_of(ir::KernelStatus::Interrupted);
    return Unit{};
  }

  Engine& engine_;
  const Kernel& kernel_;
  const ir::Program& program_;
  Call& call_;
  Carried& carried_;
  Walk& walk_;
  const std::int64_t while_cap_;
  std::vector<std::int64_t> iterations_;
  std::vector<std::size_t> scalar_of_;   // per uniform entry
  std::vector<std::size_t> operand_of_;  // per varying entry
};

}  // namespace

Outcome run_script(Engine& engine, const Kernel& kernel, Call& call, Carried& carried, Walk& walk,
                   const std::vector<std::size_t>& target) {
  return ScriptRun(engine, kernel, call, carried, walk).run(target);
}

}  // namespace me::jit
