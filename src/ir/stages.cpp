// Splits a program with in-line reductions into reduction stages and the final map stage.
//
// Enters: one stage where `sum(a)` is an operation like any other, with a uniform result. Leaves:
// stages in which a reduction is a Reduce at top level, and its result a Scalar in all later
// stages.
// Example: `a*2 + sum(a)` gives stage 0 `operand; reduce 0 sum` and stage 1 `operand; mul; scalar;
// add; store`.
//
// Every stage computes again what it needs from the operands instead of storing elements in
// between. (Only a fold along axes leaves an array, which is an operand of the stages after it.) That costs a second evaluation of what several stages share, and saves memory traffic,
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
#include <map>
#include <numeric>
#include <string>

#include "base/status.h"
#include "base/tuning.h"
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
        regions_(find_regions(whole)) {}

  // Reductions of one level and one domain share a stage. False: too many of them.
  bool run(const std::vector<std::uint32_t>& targets, std::uint32_t result_domain) {
    std::map<Level, std::vector<std::uint32_t>> domains;
    slot_of_.assign(whole_.insts.size(), kNoValue);
    std::size_t stages = 0;
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      const Inst& inst = whole_.insts[i];
      if (!is_reduction_op(inst)) continue;
      std::vector<std::uint32_t>& known = domains[levels_.of(i)];
      if (std::find(known.begin(), known.end(), inst.index) != known.end()) continue;
      known.push_back(inst.index);
      if (inst.index != 0 && ++stages > tuning::kMaxStages) return false;
    }
    for (const auto& [level, of_level] : domains) {
      for (const std::uint32_t domain : of_level) {
        program_.stages.push_back(stage(level, domain, kNoValue));
      }
    }
    const Level last = domains.empty() ? 0 : domains.rbegin()->first + 1;
    for (std::uint32_t i = 0; i < targets.size(); ++i) {
      program_.stages.push_back(stage(last, result_domain, i, targets[i]));
    }
    return true;
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

  // The reductions of `level` over `domain`, or what Store number `store` needs.
  Stage stage(Level level, std::uint32_t domain, std::uint32_t store,
              std::uint32_t target = kResultTarget) {
    const bool is_map = store != kNoValue;
    Stage out;
    out.target = target;
    out.domain = domain;
    out.locals = whole_.locals;
    std::vector<ValueId> new_id(whole_.insts.size(), kNoValue);
    std::vector<Pending> pending;
    Emitter emit(out);
    declare_pending(level, domain, out, emit);
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
        const bool array = is_fold_op(inst);
        new_id[i] = array ? emit.operand(program_.domains[inst.index].result, inst.dtype, 0, inst.part)
                          : emit.scalar(slot_of_[i], inst.dtype);
        continue;
      }
      if (is_reduction_op(inst) && (is_map || inst.index != domain)) continue;  // of another stage
      for (ValueId& a : inst.args) {
        if (a != kNoValue) a = new_id[a];
      }
      if (is_fold_op(inst)) {
        if (inst.part != 0) continue;  // stored with its real part
        const bool is_pair = inst.args[2] != kNoValue;
        out.fold = {inst.op, is_pair ? DType::Complex128 : emit.dtype(inst.args[0])};
        emit.store(inst.args[0], inst.args[2]);
        continue;
      }
      if (is_reduction_op(inst)) {
        add_reduction(i, inst, out, pending, emit);
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
  void declare_pending(Level level, std::uint32_t domain, Stage& out, Emitter& emit) {
    hidden_.clear();
    pairs_.clear();
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      const Inst& inst = whole_.insts[i];
      if (!is_reduction_op(inst) || levels_.of(i) != level || inst.index != domain) continue;
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

  void add_reduction(ValueId id, const Inst& inst, Stage& out, std::vector<Pending>& pending,
                     Emitter& emit) {
    const auto stage = static_cast<std::uint32_t>(program_.stages.size());
    const bool is_pair = inst.args[2] != kNoValue;
    const auto same = std::find_if(pairs_.begin(), pairs_.end(), [&](const PairReduction& p) {
      return p.op == inst.op && p.args == inst.args;
    });
    const bool has_other_part = is_pair && same != pairs_.end();
    const auto index = has_other_part ? same->index
                                      : static_cast<std::uint32_t>(out.reductions.size());
    slot_of_[id] = static_cast<std::uint32_t>(program_.scalars.size());
    program_.scalars.push_back({inst.dtype, ScalarSource::Reduction, 0, stage, index, inst.part});
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
  std::vector<std::uint32_t> slot_of_;  // per reduction: its scalar
  std::vector<Pending> hidden_;         // of the stage being made, in program order
  std::size_t next_hidden_ = 0;
  std::vector<PairReduction> pairs_;    // of the stage being made
};

// Makes one of folds that have the same operand and the same axes: each has a domain of its own because
// of its result, so that they look different. Returns whether there were any.
bool merge_folds(Program& program, Stage& whole) {
  std::vector<std::uint32_t> same_slot(program.operands.size());
  std::iota(same_slot.begin(), same_slot.end(), 0u);
  std::vector<ValueId> folds;
  bool merged = false;
  Rewriter rewriter(whole);
  for (ValueId id = 0; id < rewriter.old().size(); ++id) {
    const Inst inst = rewriter.renumbered(id);
    auto found = folds.end();
    if (is_fold_op(inst)) {
      const Domain& mine = program.domains[inst.index];
      found = std::find_if(folds.begin(), folds.end(), [&](ValueId other) {
        const Inst& o = rewriter.at(other);
        const Domain& d = program.domains[o.index];
        return o.op == inst.op && o.args == inst.args && o.part == inst.part &&
               d.axes.all == mine.axes.all && d.axes.keepdims == mine.axes.keepdims &&
               d.axes.list == mine.axes.list && d.operands == mine.operands;
      });
    }
    if (found == folds.end()) {
      const ValueId fresh = rewriter.append(inst);
      rewriter.replace(id, fresh);
      if (is_fold_op(inst)) folds.push_back(fresh);
      continue;
    }
    const Domain& mine = program.domains[inst.index];
    rewriter.replace(id, *found);
    same_slot[mine.result] = program.domains[rewriter.at(*found).index].result;
    merged = true;
  }
  if (!merged) return false;
  for (Domain& d : program.domains) {
    for (std::uint32_t& slot : d.operands) slot = same_slot[slot];
    std::sort(d.operands.begin(), d.operands.end());
    d.operands.erase(std::unique(d.operands.begin(), d.operands.end()), d.operands.end());
  }
  // Domains that have become equal are one, for reductions and counts.
  const auto first_equal = [&](std::uint32_t domain) {
    const auto& all = program.domains;
    return static_cast<std::uint32_t>(std::find(all.begin(), all.end(), all[domain]) - all.begin());
  };
  for (Inst& inst : whole.insts) {
    if (is_reduction_op(inst)) inst.index = first_equal(inst.index);
  }
  return true;
}

}  // namespace

bool split_stages(Program& program, Stage whole, const std::vector<std::uint32_t>& targets,
                  std::uint32_t result_domain) {
  const auto reduces = std::any_of(whole.insts.begin(), whole.insts.end(), is_reduction_op);
  if (!reduces && targets.size() == 1 && targets[0] == kResultTarget) {
    program.stages.push_back(std::move(whole));
    return true;
  }
  do {
    merge_common_subexpressions(whole);  // sum(x)/sum(x) reduces once
  } while (merge_folds(program, whole));
  return Splitter(program, whole).run(targets, result_domain);
}

}  // namespace me::ir
