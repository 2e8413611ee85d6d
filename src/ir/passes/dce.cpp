// Dead code elimination.
//
// Enters: a stage. Leaves: the stage without instructions that no effect needs. Effects are Store,
// Reduce, Fail, and in map stages the Ticks of while loops, whose cap is part of the language. A
// Get needs every Set of its local, whatever is in a region needs the region's condition, a Loop
// needs all of its LeaveUnless and Tick. A region without needed content goes as a whole.
// Example: `%1 = exp %0` without users goes; `set 3 %1` goes with it when local 3 is never read.
// Before that, Sets go that nobody sees: followed in the same straight line by an unmasked Set
// without a Get between, or with no Get after them, in the text or around a loop.
// Tested by tests/unit/ir_passes_test.cpp.
#include <algorithm>

#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace me::ir {
namespace {

class Liveness {
 public:
  explicit Liveness(const Stage& stage)
      : stage_(stage),
        regions_(find_regions(stage)),
        live_(stage.insts.size(), false),
        unseen_(stage.insts.size(), false),
        sets_of_(stage.locals.size()),
        get_seen_(stage.locals.size(), false),
        loop_parts_(stage.insts.size()) {
    find_overwritten();
    find_unread();
    for (ValueId i = 0; i < stage.insts.size(); ++i) {
      const Inst& inst = stage.insts[i];
      if (inst.kind == InstKind::Set && !unseen_[i]) sets_of_[inst.index].push_back(i);
      if (inst.kind == InstKind::LeaveUnless || inst.kind == InstKind::Tick) {
        const ValueId loop = loop_around(i);
        if (loop != kNoRegion) loop_parts_[loop].push_back(i);
      }
    }
    for (ValueId i = 0; i < stage.insts.size(); ++i) {
      if (is_effect(stage.insts[i])) need(i);
    }
    while (!pending_.empty()) {
      const ValueId id = pending_.back();
      pending_.pop_back();
      propagate(id);
    }
  }

  bool is_live(ValueId id) const { return live_[id]; }

 private:
  bool is_effect(const Inst& inst) const {
    switch (inst.kind) {
      case InstKind::Store:
      case InstKind::Reduce:
      case InstKind::Fail: return true;
      case InstKind::Tick:
        return !stage_.is_reduction() &&
               inst.index == static_cast<std::uint32_t>(TickKind::While);
      default: return false;
    }
  }

  ValueId loop_around(ValueId id) const {
    ValueId r = regions_.parent_of[id];
    while (r != kNoRegion && stage_.insts[r].kind != InstKind::Loop) r = regions_.parent_of[r];
    return r;
  }

  void find_overwritten() {
    std::vector<ValueId> last(stage_.locals.size(), kNoValue);
    std::vector<LocalId> touched;
    for (ValueId i = 0; i < stage_.insts.size(); ++i) {
      const Inst& inst = stage_.insts[i];
      if (inst.kind == InstKind::Get) {
        last[inst.index] = kNoValue;
      } else if (inst.kind == InstKind::Set) {
        if (inst.args[1] == kNoValue && last[inst.index] != kNoValue) {
          unseen_[last[inst.index]] = true;
        }
        last[inst.index] = i;
        touched.push_back(inst.index);
      } else if (opens_region(inst) || inst.kind == InstKind::End ||
                 inst.kind == InstKind::LeaveUnless) {
        for (LocalId l : touched) last[l] = kNoValue;
        touched.clear();
      }
    }
  }

  void find_unread() {
    std::vector<ValueId> last_get(stage_.locals.size(), 0);
    for (ValueId i = 0; i < stage_.insts.size(); ++i) {
      if (stage_.insts[i].kind == InstKind::Get) last_get[stage_.insts[i].index] = i;
    }
    ValueId outermost_loop = kNoRegion;
    for (ValueId i = 0; i < stage_.insts.size(); ++i) {
      const Inst& inst = stage_.insts[i];
      const bool outside = outermost_loop == kNoRegion || i > regions_.end_of[outermost_loop];
      if (outside) outermost_loop = inst.kind == InstKind::Loop ? i : kNoRegion;
      if (inst.kind != InstKind::Set) continue;
      const ValueId from = outermost_loop == kNoRegion ? i : outermost_loop;
      if (last_get[inst.index] < from) unseen_[i] = true;
    }
  }

  void need(ValueId id) {
    if (id == kNoValue || live_[id]) return;
    live_[id] = true;
    pending_.push_back(id);
  }

  void propagate(ValueId id) {
    const Inst& inst = stage_.insts[id];
    for (ValueId a : inst.args) need(a);
    if (regions_.parent_of[id] != kNoRegion) need(regions_.parent_of[id]);
    if (opens_region(inst)) need(regions_.end_of[id]);
    for (ValueId part : loop_parts_[id]) need(part);
    if (inst.kind == InstKind::Get && !get_seen_[inst.index]) {
      get_seen_[inst.index] = true;
      for (ValueId set : sets_of_[inst.index]) need(set);
    }
  }

  using LocalId = std::uint32_t;
  const Stage& stage_;
  Regions regions_;
  std::vector<bool> live_;
  std::vector<bool> unseen_;
  std::vector<std::vector<ValueId>> sets_of_;     // per local
  std::vector<bool> get_seen_;                    // per local
  std::vector<std::vector<ValueId>> loop_parts_;  // per Loop: its LeaveUnless and Tick
  std::vector<ValueId> pending_;
};

// Locals that nobody mentions any more go, the others keep their order.
void drop_unused_locals(Stage& stage) {
  std::vector<bool> used(stage.locals.size(), false);
  const auto uses_local = [](const Inst& i) {
    return i.kind == InstKind::Get || i.kind == InstKind::Set;
  };
  for (const Inst& i : stage.insts) {
    if (uses_local(i)) used[i.index] = true;
  }
  std::vector<std::uint32_t> new_id(stage.locals.size(), 0);
  std::vector<Local> kept;
  for (std::size_t i = 0; i < stage.locals.size(); ++i) {
    new_id[i] = static_cast<std::uint32_t>(kept.size());
    if (used[i]) kept.push_back(std::move(stage.locals[i]));
  }
  stage.locals = std::move(kept);
  for (Inst& i : stage.insts) {
    if (uses_local(i)) i.index = new_id[i.index];
  }
}

}  // namespace

void eliminate_dead_code(Stage& stage) {
  const Liveness liveness(stage);
  std::vector<ValueId> order;
  for (ValueId i = 0; i < stage.insts.size(); ++i) {
    if (liveness.is_live(i)) order.push_back(i);
  }
  reorder(stage, order);
  drop_unused_locals(stage);
}

}  // namespace me::ir
