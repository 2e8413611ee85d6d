// Forwards assignments to reads.
//
// Enters: a stage. Leaves: the stage where a Get whose local has a known value at that point is
// that value. A masked Set becomes a Where over the local's value and an unmasked Set, which costs
// the same and makes the value known; what is never read afterwards is dead code. When all passes
// are done, restore_masked_sets turns what is left of those back.
// A region knows what was known before it, unless (for loops) it assigns the local itself; behind a
// region nothing is known of the locals it assigns.
// Example: `set x %1; set x %2 where %m; %5 = get x; ... %5` becomes `%4 = where %m %2 %1; ... %4`.
// Tested by tests/unit/ir_passes_test.cpp and ir_random_test.cpp.
#include <unordered_map>
#include <unordered_set>
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
        case InstKind::Get: rewriter_.replace(id, current(inst.index)); break;
        case InstKind::Set: set(inst); break;
        case InstKind::If:
          rewriter_.append(inst);
          open_.push_back(known_);
          break;
        case InstKind::Loop: loop(id, inst); break;
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

  void set(Inst inst) {
    if (!open_.empty()) open_.back().assigned.push_back(inst.index);
    if (inst.args[1] != kNoValue) {
      Inst choice = make_op(Op::Where, stage_.locals[inst.index].dtype, inst.uniform,
                            inst.args[1], inst.args[0], current(inst.index));
      choice.width = stage_.locals[inst.index].width;
      inst.args[0] = rewriter_.append(choice);
      inst.args[1] = kNoValue;
    }
    rewriter_.append(inst);
    known_[inst.index] = inst.args[0];
  }

  ValueId current(LocalId local) {
    const auto found = known_.find(local);
    if (found != known_.end()) return found->second;
    Inst read;
    read.kind = InstKind::Get;
    read.dtype = stage_.locals[local].dtype;
    read.width = stage_.locals[local].width;
    read.uniform = stage_.locals[local].uniform;
    read.index = local;
    return known_[local] = rewriter_.append(read);
  }

  // Locals that the loop reads and never assigns are read in front of it.
  void loop(ValueId begin, const Inst& inst) {
    std::unordered_set<LocalId> assigned;
    for (ValueId i = begin; i < regions_.end_of[begin]; ++i) {
      const Inst& inner = rewriter_.old()[i];
      if (inner.kind == InstKind::Set) assigned.insert(inner.index);
    }
    for (ValueId i = begin; i < regions_.end_of[begin]; ++i) {
      const Inst& inner = rewriter_.old()[i];
      if (inner.kind == InstKind::Get && !assigned.contains(inner.index)) current(inner.index);
    }
    rewriter_.append(inst);
    open_.push_back(known_);
    for (LocalId local : assigned) known_.erase(local);
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
