// From a stage and one of its loops to the program that goes on there.
//
// Enters: a legal map stage and a Loop in it. Leaves: the loop, then what follows it in each region around
// it, from the innermost to the outermost. What was alive comes in as operands and scalars. An If around
// the loop stays around what is left of its region. Of a Loop around it the present iteration is ended
// once, in a loop of its own that leaving leaves, and then the whole loop follows, unless it was left:
//   loop              set .resumed 0
//     A         =>    loop
//     loop              loop B end; C
//       B               set .resumed 1; leave_unless 0
//     end             end
//     C               if .resumed
//   end                 loop A; loop B end; C end
//   D                 end
//                     D
// Example: the inner loop of two, left in the middle of an outer iteration, at its 7th of 10 iterations:
// three are made, then C, then the outer iterations that are left, with all 10 inner ones each.
// Tested by tests/unit/ir_continuation_test.cpp and, in every tier, by tests/agree.
#include "ir/continuation.h"

#include <algorithm>

#include "ir/rewrite.h"

namespace me::ir {
namespace {

struct Range {
  ValueId begin, end;
};

class Continuer {
 public:
  Continuer(const Program& program, std::size_t stage, ValueId loop, const std::vector<bool>& at_hand)
      : from_(program.stages[stage]),
        at_hand_(at_hand),
        regions_(find_regions(from_)),
        map_(from_.insts.size(), kNoValue) {
    for (ValueId r = loop; r != kNoRegion; r = regions_.parent_of[r]) around_.push_back(r);
    std::reverse(around_.begin(), around_.end());
    out_.program = program;
    Stage head = from_;
    head.insts.clear();
    out_.program.stages.assign(1, std::move(head));
    out_.program.script.clear();
  }

  std::optional<Continuation> run() {
    if (from_.is_reduction() || !can_end_iterations()) return std::nullopt;
    if (!take_over()) return std::nullopt;
    resume(0);
    return std::move(out_);
  }

 private:
  ValueId end_of(std::size_t level) const { return regions_.end_of[around_[level]]; }
  const Inst& opener(std::size_t level) const { return from_.insts[around_[level]]; }
  ValueId loop() const { return around_.back(); }

  // What follows the next inner region in the one of that level; level 0 is inside the first region.
  Range rest_of(std::size_t level) const { return {end_of(level + 1) + 1, end_of(level)}; }
  Range rest_of_stage() const {
    return {end_of(0) + 1, static_cast<ValueId>(from_.insts.size())};
  }

  // Ticks stand at the head of their loop; one after an inner region would have to be counted.
  bool can_end_iterations() const {
    for (std::size_t level = 0; level + 1 < around_.size(); ++level) {
      const Range rest = rest_of(level);
      for (ValueId i = rest.begin; i < rest.end; ++i) {
        const bool tick = from_.insts[i].kind == InstKind::Tick;
        if (tick && regions_.parent_of[i] == around_[level]) return false;
      }
    }
    return true;
  }

  // --- what was alive -----------------------------------------------------------------------------

  Stage& to() { return out_.program.stages[0]; }
  ValueId append(const Inst& inst) {
    to().insts.push_back(inst);
    return static_cast<ValueId>(to().insts.size() - 1);
  }

  ValueId incoming(Live live, DType dtype, bool uniform) {
    Inst inst;
    inst.kind = uniform ? InstKind::Scalar : InstKind::Operand;
    inst.dtype = dtype;
    inst.uniform = uniform;
    if (uniform) {
      inst.index = static_cast<std::uint32_t>(out_.program.scalars.size());
      ScalarSlot slot;
      slot.dtype = dtype;
      slot.source = ScalarSource::Live;
      out_.program.scalars.push_back(slot);
      out_.scalars.push_back(live);
    } else {
      inst.index = static_cast<std::uint32_t>(out_.program.operands.size());
      OperandSlot slot;
      slot.dtype = dtype;
      slot.source = OperandSource::Live;
      out_.program.operands.push_back(slot);
      out_.operands.push_back(live);
    }
    return append(inst);
  }

  // The value from before the loop, in the new stage; false if it cannot be had.
  bool need(ValueId v) {
    if (map_[v] != kNoValue) return true;
    Inst inst = from_.insts[v];
    const InstKind from = inst.kind == InstKind::Splat ? from_.insts[inst.args[0]].kind : inst.kind;
    const bool is_cheap = from == InstKind::Operand || from == InstKind::Scalar || from == InstKind::Const;
    if (!is_cheap && at_hand_[v]) {
      map_[v] = incoming({Live::Kind::Value, v}, inst.dtype, inst.uniform);
      return true;
    }
    if (!is_pure(inst)) return false;
    for (ValueId& arg : inst.args) {
      if (arg == kNoValue) continue;
      if (!need(arg)) return false;
      arg = map_[arg];
    }
    map_[v] = append(inst);
    return true;
  }

  // The values that code of `range` reads from before it began.
  bool need_of(Range range, ValueId began) {
    for (ValueId i = range.begin; i < range.end; ++i) {
      for (const ValueId arg : from_.insts[i].args) {
        if (arg != kNoValue && arg < began && !need(arg)) return false;
      }
    }
    return true;
  }

  bool take_over() {
    std::vector<Range> parts = {{loop() + 1, end_of(around_.size() - 1)}, rest_of_stage()};
    for (std::size_t level = 0; level + 1 < around_.size(); ++level) {
      parts.push_back(rest_of(level));
      if (opener(level).kind != InstKind::If) continue;
      if (!need(opener(level).args[0])) return false;
    }
    for (const Range& part : parts) {
      if (!need_of(part, loop())) return false;
    }
    for (std::size_t level = 0; level + 1 < around_.size(); ++level) {
      if (opener(level).kind != InstKind::Loop) continue;
      // Its whole code comes again.
      parts.push_back({around_[level] + 1, end_of(level)});
      if (!need_of(parts.back(), around_[level])) return false;
    }
    take_over_locals(parts);
    ticks_.assign(around_.size(), kNoValue);
    for (std::size_t level = 0; level < around_.size(); ++level) {
      if (opener(level).kind != InstKind::Loop || !counts(around_[level])) continue;
      ticks_[level] = incoming({Live::Kind::Ticks, around_[level]}, DType::Int64, true);
    }
    return true;
  }

  bool counts(ValueId loop) const {
    for (ValueId i = loop + 1; i < regions_.end_of[loop]; ++i) {
      const Inst& inst = from_.insts[i];
      const bool counted = inst.kind == InstKind::Tick &&
                           inst.index == static_cast<std::uint32_t>(TickKind::While);
      if (counted && regions_.parent_of[i] == loop) return true;
    }
    return false;
  }

  // Locals that some part reads, or keeps where a mask is off.
  void take_over_locals(const std::vector<Range>& parts) {
    std::vector<bool> reads(from_.locals.size(), false);
    for (const Range& part : parts) {
      for (ValueId i = part.begin; i < part.end; ++i) {
        const Inst& inst = from_.insts[i];
        const bool keeps = inst.kind == InstKind::Set && inst.args[1] != kNoValue;
        if (inst.kind == InstKind::Get || keeps) reads[inst.index] = true;
      }
    }
    for (std::uint32_t l = 0; l < reads.size(); ++l) {
      if (!reads[l]) continue;
      const Local& local = from_.locals[l];
      set(l, incoming({Live::Kind::Local, l}, local.dtype, local.uniform));
    }
  }

  // --- what is left -------------------------------------------------------------------------------

  void copy(Range range) {
    for (ValueId i = range.begin; i < range.end; ++i) {
      Inst inst = from_.insts[i];
      for (ValueId& arg : inst.args) {
        if (arg != kNoValue) arg = map_[arg];
      }
      map_[i] = append(inst);
    }
  }

  void set(std::uint32_t local, ValueId value) {
    Inst inst;
    inst.kind = InstKind::Set;
    inst.index = local;
    inst.args[0] = value;
    append(inst);
  }
  void open(InstKind kind, ValueId arg = kNoValue, bool uniform = false) {
    Inst inst;
    inst.kind = kind;
    inst.uniform = uniform;
    inst.args[0] = arg;
    append(inst);
  }
  void end() { open(InstKind::End); }
  ValueId truth(bool value) { return append(make_const(Scalar::of_int(DType::Bool, value ? 1 : 0))); }

  void whole_loop(std::size_t level) {
    Inst begin = opener(level);
    begin.args[0] = ticks_[level];
    append(begin);
    copy({around_[level] + 1, end_of(level)});
    end();
  }

  // Goes on in the region of that level, and then after it.
  void resume(std::size_t level) {
    if (level + 1 == around_.size()) {
      whole_loop(level);
    } else if (opener(level).kind == InstKind::If) {
      open(InstKind::If, map_[opener(level).args[0]], opener(level).uniform);
      resume(level + 1);
      copy(rest_of(level));
      end();
    } else {
      end_iteration(level);
    }
    if (level == 0) copy(rest_of_stage());
  }

  void end_iteration(std::size_t level) {
    const auto resumed = static_cast<std::uint32_t>(to().locals.size());
    to().locals.push_back({".resumed" + std::to_string(level), DType::Bool, true, 0});
    set(resumed, truth(false));
    open(InstKind::Loop);
    resume(level + 1);
    copy(rest_of(level));
    set(resumed, truth(true));
    open(InstKind::LeaveUnless, truth(false), true);
    end();
    Inst get;
    get.kind = InstKind::Get;
    get.dtype = DType::Bool;
    get.uniform = true;
    get.index = resumed;
    open(InstKind::If, append(get), true);
    whole_loop(level);
    end();
  }

  const Stage& from_;
  const std::vector<bool>& at_hand_;
  const Regions regions_;
  std::vector<ValueId> around_;  // the regions around the loop, outermost first, and itself
  std::vector<ValueId> map_;     // from the old stage's values to the new one's
  std::vector<ValueId> ticks_;   // per level: iterations that were counted, if they are
  Continuation out_;
};

}  // namespace

std::optional<Continuation> continue_at(const Program& program, std::size_t stage, ValueId loop,
                                        const std::vector<bool>& at_hand) {
  return Continuer(program, stage, loop, at_hand).run();
}

}  // namespace me::ir
