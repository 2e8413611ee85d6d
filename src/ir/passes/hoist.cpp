// Moves computations to where they are done least often.
//
// Enters: a stage. Leaves: the stage where
//   - a pure instruction in a loop whose operands come from outside stands in front of the loop: no
//     operation traps, so doing it once too often is legal;
//   - operands, scalars, constants, uniform operations over them and their splats stand at top
//     level even when they were under a condition: they cost next to nothing there.
// Math operations under a condition of their own stay in it: skipping them is worth more.
// Example: in `loop { ...; %7 = const 4; %8 = splat %7; %9 = gt %6 %8 }` the constant and the splat
// leave.
// Tested by tests/unit/ir_passes_test.cpp and ir_random_test.cpp.
#include <algorithm>
#include <vector>

#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace me::ir {
namespace {

class Hoister {
 public:
  explicit Hoister(const Stage& stage) : stage_(stage), depth_of_(stage.insts.size(), 0) {}

  // The new order of the instructions.
  std::vector<ValueId> run() {
    regions_.push_back({kNoRegion, {}});
    for (ValueId id = 0; id < stage_.insts.size(); ++id) {
      const Inst& inst = stage_.insts[id];
      if (opens_region(inst)) {
        depth_of_[id] = here();
        regions_.push_back({id, {}});
      } else if (inst.kind == InstKind::End) {
        close(id);
      } else {
        depth_of_[id] = may_move(inst) ? target(inst) : here();
        regions_[depth_of_[id]].order.push_back(id);
      }
    }
    return std::move(regions_.front().order);
  }

 private:
  struct Region {
    ValueId begin;
    std::vector<ValueId> order;
  };

  std::size_t here() const { return regions_.size() - 1; }

  void close(ValueId end) {
    Region inner = std::move(regions_.back());
    regions_.pop_back();
    auto& order = regions_.back().order;
    order.push_back(inner.begin);
    order.insert(order.end(), inner.order.begin(), inner.order.end());
    order.push_back(end);
    depth_of_[end] = here();
  }

  // An extremum of nothing may be an error where it is computed.
  static bool may_move(const Inst& inst) {
    const bool extremum =
        is_reduction_op(inst) && (inst.op == Op::Min || inst.op == Op::Max);
    return is_pure(inst) && !extremum;
  }

  // Depth of the region to put `inst` in: not above its operands.
  std::size_t target(const Inst& inst) const {
    std::size_t lowest = 0;
    for (ValueId a : inst.args) {
      if (a != kNoValue) lowest = std::max(lowest, depth_of_[a]);
    }
    const bool everywhere = inst.uniform || inst.kind == InstKind::Splat ||
                            inst.kind == InstKind::Operand;
    if (everywhere) return lowest;
    const bool cheap = inst.kind != InstKind::Op || info_of(inst.op).impl == Impl::basic;
    // Out of the outermost loop that the operands allow, but not out of a branch alone.
    std::size_t best = here();
    for (std::size_t d = here(); d > lowest; --d) {
      const bool is_loop = stage_.insts[regions_[d].begin].kind == InstKind::Loop;
      if (is_loop) best = d - 1;
      if (!is_loop && !cheap) break;
    }
    return best;
  }

  const Stage& stage_;
  std::vector<std::size_t> depth_of_;  // per instruction: of the region it is put in
  std::vector<Region> regions_;        // open ones; the first is the top level
};

}  // namespace

void hoist_invariants(Stage& stage) {
  const std::vector<ValueId> order = Hoister(stage).run();
  reorder(stage, order);
}

}  // namespace me::ir
