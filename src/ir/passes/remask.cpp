// Masked assignments in their short form, after all other passes.
//
// Enters: a stage. Leaves: the stage where `set x (where %m %v (get x))` is `set x %v where %m`
// again: one operation less for a tier that runs them one by one. The Get must be of the value that
// the Set replaces and the Where have no other user.
// Tested by tests/unit/ir_passes_test.cpp and ir_random_test.cpp.
#include <vector>

#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace me::ir {

void restore_masked_sets(Stage& stage) {
  const Regions regions = find_regions(stage);
  std::vector<unsigned> uses(stage.insts.size(), 0);
  for (const Inst& inst : stage.insts) {
    for (ValueId a : inst.args) {
      if (a != kNoValue) ++uses[a];
    }
  }
  std::vector<ValueId> last_set(stage.locals.size(), kNoValue);
  for (ValueId id = 0; id < stage.insts.size(); ++id) {
    Inst& inst = stage.insts[id];
    if (inst.kind != InstKind::Set) continue;
    const ValueId before = last_set[inst.index];
    last_set[inst.index] = id;
    if (inst.args[1] != kNoValue || inst.uniform) continue;
    const ValueId choice = inst.args[0];
    const Inst& where = stage.insts[choice];
    if (where.kind != InstKind::Op || where.op != Op::Where || uses[choice] != 1) continue;
    const ValueId read = where.args[2];
    const Inst& get = stage.insts[read];
    if (get.kind != InstKind::Get || get.index != inst.index) continue;
    const bool in_place = regions.parent_of[read] == regions.parent_of[id];
    if (!in_place || (before != kNoValue && before > read)) continue;
    inst.args = {where.args[1], where.args[0], kNoValue};
  }
  eliminate_dead_code(stage);
}

}  // namespace me::ir
