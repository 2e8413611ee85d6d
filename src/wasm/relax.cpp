// Unmasked assignments in loops.
//
// Enters: a stage. Leaves: the same with fewer selections. An element that has left an outermost
// loop never comes back to it, so what its locals hold afterwards matters only where they are read
// outside, or by something that looks at all elements. Example, the loop of an escape time:
//   %g = get active; ... %s = and(%g, inside); set active %s
//   set z %v where %s      becomes  set z %v            when z is read in this loop only, for z and
//   the like %w = where %g %a %b    becomes  %a                  when %w is used for elements of %g
//   only set count %c where %s  stays                        as count is read after the loop
// A use is for elements of %g only if it ends in an assignment or a selection masked by a part of
// %g, in an `and` with such a mask, or in a local all of whose reads are such uses. Tested by
// tests/unit/wasm_run_test.cpp and tests/agree.
#include "wasm/relax.h"

#include <optional>

namespace me::wasm {
namespace {

using ir::Inst;
using ir::InstKind;
using ir::kNoValue;
using ir::ValueId;

struct Loop {
  ValueId begin, end;
  ValueId entered;    // %g: the elements of this iteration
  ValueId remaining;  // %s: the elements of the next one
};

class Relaxer {
 public:
  explicit Relaxer(const ir::Stage& stage)
      : stage_(stage), users_(stage.insts.size()), ends_loop_(stage.insts.size(), false) {
    std::vector<InstKind> open;
    for (ValueId i = 0; i < stage_.insts.size(); ++i) {
      for (const ValueId a : stage_.insts[i].args) {
        if (a != kNoValue) users_[a].push_back(i);
      }
      if (opens(inst(i))) open.push_back(inst(i).kind);
      if (inst(i).kind == InstKind::End) {
        ends_loop_[i] = open.back() == InstKind::Loop;
        open.pop_back();
      }
    }
  }

  ir::Stage run() {
    for (ValueId i = 0; i < stage_.insts.size(); ++i) {
      if (stage_.insts[i].kind != InstKind::Loop) continue;
      const ValueId end = end_of(i);
      if (const auto loop = mask_of(i, end)) relax(*loop);
      i = end;  // loops inside begin anew with elements that had left them
    }
    return std::move(stage_);
  }

 private:
  const Inst& inst(ValueId i) const { return stage_.insts[i]; }

  static bool opens(const Inst& i) { return i.kind == InstKind::If || i.kind == InstKind::Loop; }

  ValueId end_of(ValueId begin) const {
    int depth = 0;
    for (ValueId i = begin;; ++i) {
      if (opens(inst(i))) ++depth;
      if (inst(i).kind == InstKind::End && --depth == 0) return i;
    }
  }

  // The loop's mask local: read before anything branches, and set to parts of that value only.
  std::optional<Loop> mask_of(ValueId begin, ValueId end) const {
    for (ValueId i = begin + 1; i < end && !opens(inst(i)); ++i) {
      if (inst(i).kind != InstKind::Get || inst(i).uniform || !is_bool(inst(i).dtype)) continue;
      if (const ValueId last = last_part(begin, end, i); last != kNoValue) {
        return Loop{begin, end, i, last};
      }
    }
    return std::nullopt;
  }

  // What the local that `entered` reads holds at the end of an iteration, if it only ever shrinks.
  ValueId last_part(ValueId begin, ValueId end, ValueId entered) const {
    ValueId last = kNoValue;
    int depth = 0;
    for (ValueId i = begin; i < end; ++i) {
      if (opens(inst(i))) ++depth;
      if (inst(i).kind == InstKind::End) --depth;
      if (inst(i).kind != InstKind::Set || inst(i).index != inst(entered).index) continue;
      if (depth != 1 || i < entered || inst(i).args[1] != kNoValue) return kNoValue;
      last = inst(i).args[0];
      if (!part_of(last, entered)) return kNoValue;
    }
    return last;
  }

  // Whether mask m is true only where `whole` is.
  bool part_of(ValueId m, ValueId whole) const {
    if (m == whole) return true;
    const Inst& i = inst(m);
    if (i.kind != InstKind::Op || i.op != Op::BitAnd || m < whole) return false;
    return part_of(i.args[0], whole) || part_of(i.args[1], whole);
  }

  void relax(const Loop& loop) {
    // Assume of every local that it is private to the elements of the loop until a use says
    // otherwise.
    private_local_.assign(stage_.locals.size(), true);
    for (std::size_t l = 0; l < stage_.locals.size(); ++l) {
      if (stage_.locals[l].uniform || l == inst(loop.entered).index) private_local_[l] = false;
    }
    for (ValueId i = 0; i < stage_.insts.size(); ++i) {
      const bool outside = i < loop.begin || i > loop.end;
      if (inst(i).kind == InstKind::Get && outside) private_local_[inst(i).index] = false;
    }
    for (bool changed = true; changed;) {
      changed = false;
      guarded_.assign(stage_.insts.size(), false);
      for (ValueId i = loop.end; i > loop.begin; --i) guarded_[i] = all_uses_guarded(i, loop);
      for (ValueId i = loop.begin; i < loop.end; ++i) {
        const Inst& get = inst(i);
        if (get.kind != InstKind::Get || !private_local_[get.index] || guarded_[i]) continue;
        private_local_[get.index] = false;
        changed = true;
      }
    }
    // Backwards, as a read after the assignment may be by elements that its mask leaves out.
    std::vector<bool> read_later(stage_.locals.size(), false);
    int inner_loops = 0;
    for (ValueId i = loop.end - 1; i > loop.begin; --i) {
      Inst& set = stage_.insts[i];
      if (set.kind == InstKind::End && ends_loop_[i]) ++inner_loops;
      if (set.kind == InstKind::Loop) --inner_loops;
      if (set.kind == InstKind::Get) read_later[set.index] = true;
      if (set.kind != InstKind::Set || set.args[1] == kNoValue) continue;
      if (!private_local_[set.index] || read_later[set.index] || inner_loops > 0) continue;
      if (part_of(loop.remaining, set.args[1])) set.args[1] = kNoValue;
    }
    for (ValueId i = loop.begin; i < loop.end; ++i) {
      const Inst& where = inst(i);
      if (where.kind != InstKind::Op || where.op != Op::Where || !guarded_[i]) continue;
      if (where.args[0] == loop.entered) replace(i, where.args[1]);
    }
  }

  // Uses come later than definitions: guarded_ of all users is known.
  bool all_uses_guarded(ValueId id, const Loop& loop) const {
    for (const ValueId u : users_[id]) {
      if (!use_guarded(id, u, loop)) return false;
    }
    return true;
  }

  bool use_guarded(ValueId id, ValueId user, const Loop& loop) const {
    const Inst& i = inst(user);
    if (user > loop.end) return false;
    switch (i.kind) {
      case InstKind::Set:
        if (i.args[1] == id) return false;
        if (private_local_[i.index]) return true;
        return i.args[1] != kNoValue && part_of(i.args[1], loop.entered);
      case InstKind::Op:
        if (guarded_[user]) return true;
        if (i.op == Op::BitAnd && is_bool(i.dtype)) {
          const ValueId other = i.args[0] == id ? i.args[1] : i.args[0];
          return other != id && part_of(other, loop.entered);
        }
        return i.op == Op::Where && i.args[0] != id && i.args[1] == id && i.args[2] != id &&
               part_of(i.args[0], loop.entered);
      case InstKind::Reduce:
        return i.args[0] == id && i.args[1] != kNoValue && part_of(i.args[1], loop.entered);
      default:
        return false;
    }
  }

  void replace(ValueId id, ValueId by) {
    for (const ValueId u : users_[id]) {
      for (ValueId& a : stage_.insts[u].args) {
        if (a == id) a = by;
      }
      users_[by].push_back(u);
    }
    users_[id].clear();
  }

  ir::Stage stage_;
  std::vector<std::vector<ValueId>> users_;
  std::vector<bool> ends_loop_;      // per End
  std::vector<bool> private_local_;  // per local: read by elements that are in the loop, only
  std::vector<bool> guarded_;        // per instruction of the loop: used for such elements only
};

}  // namespace

ir::Stage relax_masks(const ir::Stage& stage) { return Relaxer(stage).run(); }

}  // namespace me::wasm
