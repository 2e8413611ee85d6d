// Forwards assignments to reads.
//
// Enters: a stage. Leaves: the stage where a Get whose local has a known value at that point is that
// value. A masked Set over a known value becomes a Where and an unmasked Set, which costs the same and
// keeps the value known; what is never read afterwards is dead code.
// A region knows what was known before it, unless (for loops) it assigns the local itself; behind a
// region nothing is known of the locals it assigns.
// Example: `set x %1; set x %2 where %m; %5 = get x; ... %5` becomes `%4 = where %m %2 %1; ... %4`.
// Tested by tests/unit/ir_passes_test.cpp and ir_random_test.cpp.
#include <unordered_map>
#include <vector>

#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace me::ir {
namespace {

using LocalId = std::uint32_t;
using Known = std::unordered_map<LocalId, ValueId>;

class Forwarder {
 public:
  explicit Forwarder(Stage& stage)
      : stage_(stage), regions_(find_regions(stage)), rewriter_(stage) {}

  void run() {
    for (ValueId id = 0; id < rewriter_.old().size(); ++id) {
      const Inst inst = rewriter_.renumbered(id);
      switch (inst.kind) {
        case InstKind::Get: get(id, inst); break;
        case InstKind::Set: set(inst); break;
        case InstKind::If:
        case InstKind::Loop:
          rewriter_.append(inst);
          open_.push_back(known_);
          if (inst.kind == InstKind::Loop) forget_assigned(id);
          break;
        case InstKind::End: {
          rewriter_.append(inst);
          known_ = std::move(open_.back().known);
          for (LocalId local : open_.back().assigned) known_.erase(local);
          const std::vector<LocalId> assigned = std::move(open_.back().assigned);
          open_.pop_back();
          if (!open_.empty()) {
            auto& outer = open_.back().assigned;
            outer.insert(outer.end(), assigned.begin(), assigned.end());
          }
          break;
        }
        default: rewriter_.replace(id, rewriter_.append(inst)); break;
      }
    }
  }

 private:
  struct Open {
    Open(Known k) : known(std::move(k)) {}  // NOLINT
    Known known;                            // before the region
    std::vector<LocalId> assigned;          // in the region so far
  };

  void get(ValueId id, const Inst& inst) {
    const auto found = known_.find(inst.index);
    if (found != known_.end()) {
      rewriter_.replace(id, found->second);
      return;
    }
    const ValueId v = rewriter_.append(inst);
    rewriter_.replace(id, v);
    known_[inst.index] = v;
  }

  void set(Inst inst) {
    if (!open_.empty()) open_.back().assigned.push_back(inst.index);
    const auto found = known_.find(inst.index);
    if (inst.args[1] != kNoValue && found != known_.end()) {
      const Inst choice = make_op(Op::Where, stage_.locals[inst.index].dtype, inst.uniform,
                                  inst.args[1], inst.args[0], found->second);
      inst.args[0] = rewriter_.append(choice);
      inst.args[1] = kNoValue;
    }
    rewriter_.append(inst);
    if (inst.args[1] == kNoValue) {
      known_[inst.index] = inst.args[0];
    } else {
      known_.erase(inst.index);
    }
  }

  void forget_assigned(ValueId loop) {
    for (ValueId i = loop; i < regions_.end_of[loop]; ++i) {
      const Inst& inst = rewriter_.old()[i];
      if (inst.kind == InstKind::Set) known_.erase(inst.index);
    }
  }

  Stage& stage_;
  Regions regions_;
  Rewriter rewriter_;
  Known known_;
  std::vector<Open> open_;
};

}  // namespace

void forward_locals(Stage& stage) { Forwarder(stage).run(); }

}  // namespace me::ir
