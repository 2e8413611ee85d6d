// Splits a program with in-line reductions into reduction stages and the final map stage.
//
// Enters: one stage where `sum(a)` is an operation like any other, with a uniform result. Leaves:
// stages in which a reduction is a Reduce at top level, and its result a Scalar in all later
// stages.
// Example: `a*2 + sum(a)` gives stage 0 `operand; reduce 0 sum` and stage 1 `operand; mul; scalar;
// add; store`.
//
// Every stage computes again what it needs from the operands instead of storing elements in
// between. That costs a second evaluation of what several stages share, and saves memory traffic,
// temporary arrays of unknown size and a second kind of operand; it is deterministic, so all stages
// see the same bits.
//
// The level of a value is the number of stages that must have run before it can be computed: an
// operand has 0, a reduction one more than what goes into it and than the conditions that lead to
// it. Stage L reduces the reductions whose inputs have level L (independent ones share it) and
// contains only instructions up to that level, reduced to what is needed by dropping dead code.
// Failures are reported by the map stage, which repeats all of them. A reduction in a branch keeps
// its operand and its mask in hidden locals until the outermost region ends, since Reduce stands at
// top level only.
// Tested by tests/unit/ir_stages_test.cpp.
#include "ir/stages.h"

#include <algorithm>
#include <string>

#include "base/status.h"
#include "ir/emit.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace me::ir {
namespace {

using Level = std::uint32_t;

// One walk in program order. Locals are followed assignment by assignment; a loop counts as a
// whole.
class Levels {
 public:
  explicit Levels(const Stage& stage)
      : stage_(stage), regions_(find_regions(stage)), level_(stage.insts.size(), 0) {
    local_.assign(stage.locals.size(), 0);
    for (ValueId i = 0; i < stage.insts.size();) {
      if (stage.insts[i].kind == InstKind::Loop) {
        whole_loop(i);
        i = regions_.end_of[i] + 1;
      } else {
        visit(i++);
      }
    }
  }

  // For reductions: of what goes in, so the stage where it runs.
  Level of(ValueId id) const { return level_[id]; }

 private:
  Level input_level(ValueId id) const {
    Level l = context_.empty() ? 0 : context_.back().level;
    for (ValueId a : stage_.insts[id].args) {
      if (a != kNoValue) l = std::max(l, value_level(a));
    }
    return l;
  }
  Level value_level(ValueId id) const {
    return level_[id] + (is_reduction_op(stage_.insts[id]) ? 1 : 0);
  }

  void visit(ValueId id) {
    const Inst& inst = stage_.insts[id];
    if (inst.kind == InstKind::End) {
      level_[id] = context_.back().level;
      for (std::size_t i = 0; i < local_.size(); ++i) {
        local_[i] = std::max(local_[i], context_.back().locals[i]);
      }
      context_.pop_back();
      return;
    }
    Level l = input_level(id);
    if (inst.kind == InstKind::Get) l = std::max(l, local_[inst.index]);
    if (inst.kind == InstKind::Set) {
      local_[inst.index] = inst.args[1] == kNoValue ? l : std::max(l, local_[inst.index]);
    }
    level_[id] = l;
    if (inst.kind == InstKind::If) context_.push_back({l, local_});
  }

  void whole_loop(ValueId begin) {
    const ValueId end = regions_.end_of[begin];
    Level l = context_.empty() ? 0 : context_.back().level;
    for (ValueId i = begin; i <= end; ++i) {
      const Inst& inst = stage_.insts[i];
      ME_ASSERT(!is_reduction_op(inst));
      for (ValueId a : inst.args) {
        if (a != kNoValue && a < begin) l = std::max(l, value_level(a));
      }
      const bool uses_local = inst.kind == InstKind::Get || inst.kind == InstKind::Set;
      if (uses_local) l = std::max(l, local_[inst.index]);
    }
    for (ValueId i = begin; i <= end; ++i) {
      level_[i] = l;
      if (stage_.insts[i].kind == InstKind::Set) local_[stage_.insts[i].index] = l;
    }
  }

  struct Context {
    Level level;
    std::vector<Level> locals;  // before the region
  };

  const Stage& stage_;
  Regions regions_;
  std::vector<Level> level_;  // per instruction
  std::vector<Level> local_;  // per local, at the point reached
  std::vector<Context> context_;
};

class Splitter {
 public:
  Splitter(Program& program, const Stage& whole)
      : program_(program),
        whole_(whole),
        levels_(whole),
        regions_(find_regions(whole)),
        base_(static_cast<std::uint32_t>(program.stages.size())) {}

  void run(const std::vector<std::uint32_t>& targets) {
    Level stages = 0;
    slot_of_.assign(whole_.insts.size(), kNoValue);
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      if (is_reduction_op(whole_.insts[i])) stages = std::max(stages, levels_.of(i) + 1);
    }
    for (Level l = 0; l < stages; ++l) program_.stages.push_back(stage(l, kNoValue));
    for (std::uint32_t i = 0; i < targets.size(); ++i) {
      program_.stages.push_back(stage(stages, i, targets[i]));
    }
  }

 private:
  struct Pending {  // a reduction inside a region: finished after the region
    std::uint32_t index;
    LocalId value, mask;
    LocalId imag;  // of a reduction of pairs, else kNoLocal
  };
  struct PairReduction {  // whose other part is still to come
    Op op;
    std::array<ValueId, 3> args;
    std::uint32_t index;
  };

  // The reductions of `level`, or what Store number `store` needs.
  Stage stage(Level level, std::uint32_t store, std::uint32_t target = kResultTarget) {
    const bool is_map = store != kNoValue;
    Stage out;
    out.target = target;
    out.locals = whole_.locals;
    std::vector<ValueId> new_id(whole_.insts.size(), kNoValue);
    std::vector<Pending> pending;
    Emitter emit(out);
    declare_pending(level, out, emit);
    const auto append = [&](const Inst& inst) {
      out.insts.push_back(inst);
      return static_cast<ValueId>(out.insts.size() - 1);
    };
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      Inst inst = whole_.insts[i];
      if (levels_.of(i) > level) {
        if (opens_region(inst)) i = regions_.end_of[i];
        continue;
      }
      if (!is_map && (inst.kind == InstKind::Fail || inst.kind == InstKind::Store)) continue;
      if (inst.kind == InstKind::Store) {
        if (inst.index != store) continue;
        inst.index = 0;
      }
      if (is_reduction_op(inst) && levels_.of(i) < level) {
        new_id[i] = emit.scalar(slot_of_[i], inst.dtype);
        continue;
      }
      for (ValueId& a : inst.args) {
        if (a != kNoValue) a = new_id[a];
      }
      if (is_reduction_op(inst)) {
        add_reduction(level, i, inst, out, pending, emit);
        continue;
      }
      new_id[i] = append(inst);
      const bool closes_outermost =
          inst.kind == InstKind::End && regions_.parent_of[i] == kNoRegion;
      if (!closes_outermost) continue;
      for (const Pending& p : pending) {
        const ValueId v = emit.get(p.value);
        const ValueId m = emit.get(p.mask);
        append_reduce(out, p.index, v, m, p.imag == kNoLocal ? kNoValue : emit.get(p.imag));
      }
      pending.clear();
    }
    // One item stands for all then: no element's own path may be gone.
    if (target != kResultTarget && program_.carried[target].uniform) drop_varying_regions(out);
    eliminate_dead_code(out);
    return out;
  }

  // Hidden locals of this stage's reductions that stand inside a region.
  void declare_pending(Level level, Stage& out, Emitter& emit) {
    hidden_.clear();
    pairs_.clear();
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      const Inst& inst = whole_.insts[i];
      if (!is_reduction_op(inst) || levels_.of(i) != level) continue;
      if (regions_.parent_of[i] == kNoRegion || inst.part != 0) continue;
      const std::string number = std::to_string(hidden_.size());
      const LocalId value = emit.add_local(".reduced" + number, inst.dtype, false);
      const LocalId mask = emit.add_local(".reduced_mask" + number, DType::Bool, false);
      emit.set(value, emit.number(inst.dtype, 0));
      emit.set(mask, emit.boolean(false));
      LocalId imag = kNoLocal;
      if (inst.args[2] != kNoValue) {
        imag = emit.add_local(".reduced_imag" + number, inst.dtype, false);
        emit.set(imag, emit.number(inst.dtype, 0));
      }
      hidden_.push_back({static_cast<std::uint32_t>(out.reductions.size()), value, mask, imag});
    }
    next_hidden_ = 0;
  }

  void add_reduction(Level level, ValueId id, const Inst& inst, Stage& out,
                     std::vector<Pending>& pending, Emitter& emit) {
    const bool is_pair = inst.args[2] != kNoValue;
    const auto same = std::find_if(pairs_.begin(), pairs_.end(), [&](const PairReduction& p) {
      return p.op == inst.op && p.args == inst.args;
    });
    const bool has_other_part = is_pair && same != pairs_.end();
    const auto index = has_other_part ? same->index
                                      : static_cast<std::uint32_t>(out.reductions.size());
    slot_of_[id] = static_cast<std::uint32_t>(program_.scalars.size());
    program_.scalars.push_back(
        {inst.dtype, ScalarSource::Reduction, 0, base_ + level, index, inst.part});
    if (has_other_part) return;
    out.reductions.push_back({inst.op, is_pair ? DType::Complex128 : inst.dtype});
    if (is_pair) pairs_.push_back({inst.op, inst.args, index});
    if (regions_.parent_of[id] == kNoRegion) {
      append_reduce(out, index, inst.args[0], inst.args[1], inst.args[2]);
      return;
    }
    Pending p = hidden_[next_hidden_++];
    p.index = index;
    emit.set(p.value, inst.args[0]);
    emit.set(p.mask, inst.args[1] == kNoValue ? emit.boolean(true) : inst.args[1]);
    if (is_pair) emit.set(p.imag, inst.args[2]);
    pending.push_back(p);
  }

  static void append_reduce(Stage& out, std::uint32_t index, ValueId value, ValueId mask,
                            ValueId imag) {
    Inst r;
    r.kind = InstKind::Reduce;
    r.index = index;
    r.args = {value, mask, imag};
    out.insts.push_back(r);
  }

  Program& program_;
  const Stage& whole_;
  Levels levels_;
  Regions regions_;
  std::uint32_t base_;                  // stages that were there before
  std::vector<std::uint32_t> slot_of_;  // per reduction: its scalar
  std::vector<Pending> hidden_;         // of the stage being made, in program order
  std::size_t next_hidden_ = 0;
  std::vector<PairReduction> pairs_;    // of the stage being made
};

}  // namespace

void split_stages(Program& program, Stage whole, const std::vector<std::uint32_t>& targets) {
  const auto reduces = std::any_of(whole.insts.begin(), whole.insts.end(), is_reduction_op);
  if (!reduces && targets.size() == 1 && targets[0] == kResultTarget) {
    program.stages.push_back(std::move(whole));
    return;
  }
  merge_common_subexpressions(whole);  // sum(x)/sum(x) reduces once
  Splitter(program, whole).run(targets);
}

}  // namespace me::ir
