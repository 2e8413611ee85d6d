// Shared by everything that changes a stage: structure of regions, purity, renumbering.
#pragma once

#include <vector>

#include "ir/code.h"

namespace me::ir {

constexpr std::uint32_t kNoRegion = 0xffffffffu;

// Where regions begin and end.
struct Regions {
  std::vector<ValueId> end_of;     // per If and Loop: its End
  std::vector<ValueId> parent_of;  // per instruction: the If or Loop around it, or kNoRegion
};
Regions find_regions(const Stage& stage);

inline bool opens_region(const Inst& i) {
  return i.kind == InstKind::If || i.kind == InstKind::Loop;
}
inline bool is_reduction_op(const Inst& i) {
  return i.kind == InstKind::Op && info_of(i.op).impl == Impl::reduce;
}
// A reduction whose result is an array.
inline bool is_fold_op(const Inst& i) { return is_reduction_op(i) && !i.uniform; }
// Neither reads nor writes locals, has no effect: may be moved, merged and dropped.
inline bool is_pure(const Inst& i) {
  switch (i.kind) {
    case InstKind::Operand:
    case InstKind::Scalar:
    case InstKind::Const:
    case InstKind::Op:
    case InstKind::Splat: return true;
    case InstKind::Get:
    case InstKind::Set:
    case InstKind::If:
    case InstKind::Loop:
    case InstKind::End:
    case InstKind::LeaveUnless:
    case InstKind::Tick:
    case InstKind::Fail:
    case InstKind::Store:
    case InstKind::Reduce:
    case InstKind::Call:
    case InstKind::Print: break;
  }
  return false;
}

// Keeps exactly the listed instructions, in that order; operands are renumbered.
void reorder(Stage& stage, const std::vector<ValueId>& order);

// Puts the instructions of `head`, which has the same locals, before those of the stage.
void prepend(Stage& stage, Stage head);
// Drops what is done per element: regions under varying conditions and varying Fails. What uniform values
// are made of is left.
void drop_varying_regions(Stage& stage);

// Rewrites a stage front to back: takes the old instructions out, the new ones go into the stage.
class Rewriter {
 public:
  explicit Rewriter(Stage& stage);

  const std::vector<Inst>& old() const { return old_; }
  // Instruction `id` of the old stage with operands renumbered to the new one.
  Inst renumbered(ValueId id) const;
  ValueId append(const Inst& inst);
  // Users of old `id` use new `replacement` from now on.
  void replace(ValueId id, ValueId replacement) { new_id_[id] = replacement; }
  const Inst& at(ValueId new_id) const { return stage_.insts[new_id]; }

 private:
  Stage& stage_;
  std::vector<Inst> old_;
  std::vector<ValueId> new_id_;
};

Inst make_op(Op op, DType dtype, bool uniform, ValueId a, ValueId b = kNoValue,
             ValueId c = kNoValue);
Inst make_const(Scalar value);
Inst make_splat(DType dtype, ValueId v);

}  // namespace me::ir
