// Region structure, reordering and front-to-back rewriting of a stage.
//
// Enters: a stage. Leaves: the stage with instructions dropped, moved or replaced and all operands
// renumbered, since an instruction's id is its position.
// Example: reorder with {0, 2} drops instruction 1 and turns operand %2 of later ones into %1.
// Tested by tests/unit/ir_passes_test.cpp through the passes.
#include "ir/rewrite.h"

#include <utility>

#include "base/status.h"

namespace me::ir {

Regions find_regions(const Stage& stage) {
  Regions r;
  r.end_of.assign(stage.insts.size(), kNoValue);
  r.parent_of.assign(stage.insts.size(), kNoRegion);
  std::vector<ValueId> open;
  for (ValueId i = 0; i < stage.insts.size(); ++i) {
    const Inst& inst = stage.insts[i];
    if (inst.kind == InstKind::End) {
      r.end_of[open.back()] = i;
      open.pop_back();
    }
    r.parent_of[i] = open.empty() ? kNoRegion : open.back();
    if (opens_region(inst)) open.push_back(i);
  }
  return r;
}

void reorder(Stage& stage, const std::vector<ValueId>& order) {
  std::vector<ValueId> new_id(stage.insts.size(), kNoValue);
  std::vector<Inst> kept;
  kept.reserve(order.size());
  for (ValueId id : order) {
    new_id[id] = static_cast<ValueId>(kept.size());
    Inst inst = stage.insts[id];
    for (ValueId& a : inst.args) {
      if (a == kNoValue) continue;
      a = new_id[a];
      ME_ASSERT(a != kNoValue);
    }
    kept.push_back(inst);
  }
  stage.insts = std::move(kept);
}

void prepend(Stage& stage, Stage head) {
  const auto shift = static_cast<ValueId>(head.insts.size());
  for (Inst inst : stage.insts) {
    for (ValueId& a : inst.args) {
      if (a != kNoValue) a += shift;
    }
    head.insts.push_back(inst);
  }
  stage.insts = std::move(head.insts);
}

void drop_varying_regions(Stage& stage) {
  const Regions regions = find_regions(stage);
  std::vector<bool> varying(stage.insts.size(), false);  // per If and Loop
  for (ValueId i = 0; i < stage.insts.size(); ++i) {
    const Inst& inst = stage.insts[i];
    if (inst.kind == InstKind::If) varying[i] = !inst.uniform;
    if (inst.kind == InstKind::LeaveUnless && !inst.uniform) varying[regions.parent_of[i]] = true;
  }
  std::vector<ValueId> order;
  for (ValueId i = 0; i < stage.insts.size(); ++i) {
    if (opens_region(stage.insts[i]) && varying[i]) {
      i = regions.end_of[i];
      continue;
    }
    const bool fails = stage.insts[i].kind == InstKind::Fail && !stage.insts[i].uniform;
    if (!fails) order.push_back(i);
  }
  reorder(stage, order);
}

Rewriter::Rewriter(Stage& stage) : stage_(stage), old_(std::move(stage.insts)) {
  stage_.insts.clear();
  stage_.insts.reserve(old_.size());
  new_id_.assign(old_.size(), kNoValue);
}

Inst Rewriter::renumbered(ValueId id) const {
  Inst inst = old_[id];
  for (ValueId& a : inst.args) {
    if (a == kNoValue) continue;
    a = new_id_[a];
    ME_ASSERT(a != kNoValue);
  }
  return inst;
}

ValueId Rewriter::append(const Inst& inst) {
  stage_.insts.push_back(inst);
  return static_cast<ValueId>(stage_.insts.size() - 1);
}

Inst make_op(Op op, DType dtype, bool uniform, ValueId a, ValueId b, ValueId c) {
  Inst i;
  i.kind = InstKind::Op;
  i.op = op;
  i.dtype = dtype;
  i.uniform = uniform;
  i.args = {a, b, c};
  return i;
}

Inst make_const(Scalar value) {
  Inst i;
  i.kind = InstKind::Const;
  i.dtype = value.dtype;
  i.uniform = true;
  i.value = value;
  return i;
}

Inst make_splat(DType dtype, ValueId v) {
  Inst i;
  i.kind = InstKind::Splat;
  i.dtype = dtype;
  i.args[0] = v;
  return i;
}

}  // namespace me::ir
