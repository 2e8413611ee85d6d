// Cuts a program at what only the driver can do: loops around reductions, C calls, printing.
//
// Enters: one stage with reductions, Calls and Prints in line. Leaves: a script. The regions around such
// an instruction belong to the driver, which decides once for all elements whether they run ("in any
// lane", as everywhere); the straight code between two of the driver's steps is a segment. A segment
// becomes reduction stages and one map stage for each local that a later segment reads: the driver
// carries these locals from segment to segment, varying ones as arrays. So every stage is again a plain pass
// over the elements that any tier can run.
// Example, `while any(x > 1): x = x / 2`:
//   0 enter loop   1 run stage 0 (reduce any)   2 run stage 1 (map .condition)   3 commit
//   4 jump 9 unless .condition   5 tick   6 run stage 2 (map x)   7 commit   8 jump 1
// A value that a later segment uses is made a local first; operands, scalars and constants are read again.
// Tested by tests/unit/ir_stages_test.cpp and tests/golden/kernels.
#include "ir/script.h"

#include <algorithm>
#include <string>

#include "base/status.h"
#include "ir/emit.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"
#include "ir/stages.h"

namespace me::ir {
namespace {

bool is_site(const Inst& i) { return i.kind == InstKind::Call || i.kind == InstKind::Print; }

// Per If and Loop: whether the driver runs it.
std::vector<bool> find_driver_regions(const Stage& stage, const Regions& regions) {
  std::vector<bool> driver(stage.insts.size(), false);
  for (ValueId i = 0; i < stage.insts.size(); ++i) {
    const bool reduces = is_reduction_op(stage.insts[i]);
    if (!reduces && !is_site(stage.insts[i])) continue;
    // Of the regions around a reduction: the loops, and what is around them.
    bool on = !reduces;
    for (ValueId r = regions.parent_of[i]; r != kNoRegion; r = regions.parent_of[r]) {
      on = on || stage.insts[r].kind == InstKind::Loop;
      if (on) driver[r] = true;
    }
  }
  return driver;
}

class Cutter {
 public:
  Cutter(Program& program, Stage whole)
      : program_(program),
        whole_(std::move(whole)),
        regions_(find_regions(whole_)),
        driver_(find_driver_regions(whole_, regions_)) {}

  void run() {
    find_segments();
    name_crossing_values();
    build_segments();
    choose_carried();
    std::size_t begin = 0;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      finish_segment(s);
      while (begin < whole_.insts.size() && segment_of_[begin] == s) ++begin;
      if (s + 1 < segments_.size()) add_control(static_cast<ValueId>(begin - 1));
    }
    refer_to_carried();
  }

 private:
  // --- cutting -----------------------------------------------------------------------------------

  bool is_control(ValueId i) const {
    const Inst& inst = whole_.insts[i];
    const ValueId parent = regions_.parent_of[i];
    const bool in_driver = parent != kNoRegion && driver_[parent];
    switch (inst.kind) {
      case InstKind::If:
      case InstKind::Loop: return driver_[i];
      case InstKind::End: return ends_driver_[i];
      case InstKind::LeaveUnless:
      case InstKind::Tick: return in_driver;
      case InstKind::Fail: return i < last_site_ && (in_driver || parent == kNoRegion);
      case InstKind::Call:
      case InstKind::Print: return true;
      default: return false;
    }
  }

  void find_segments() {
    ends_driver_.assign(whole_.insts.size(), false);
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      if (driver_[i]) ends_driver_[regions_.end_of[i]] = true;
      if (driver_[i]) last_site_ = std::max(last_site_, regions_.end_of[i]);
      if (is_site(whole_.insts[i])) last_site_ = std::max(last_site_, i);
    }
    std::uint32_t segment = 0;
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      segment_of_.push_back(segment);
      if (is_control(i)) ++segment;
    }
    segments_.resize(segment + 1);
  }

  static bool is_repeatable(const Inst& i) {
    return i.kind == InstKind::Operand || i.kind == InstKind::Scalar || i.kind == InstKind::Const;
  }

  // Computed again: a splat, and a string that is one value, for which there is no scalar slot.
  static bool is_remade(const Inst& i) {
    return i.kind == InstKind::Splat ||
           (i.kind == InstKind::Op && i.uniform && is_text(i.dtype));
  }

  // `id` is used in a segment: what it needs from other segments gets a local.
  void name_crossing(ValueId id, std::uint32_t segment) {
    const Inst& inst = whole_.insts[id];
    if (segment_of_[id] == segment || is_repeatable(inst)) return;
    if (is_remade(inst)) {
      for (ValueId a : inst.args) {
        if (a != kNoValue) name_crossing(a, segment);
      }
      return;
    }
    if (local_of_value_[id] != kNoLocal) return;
    local_of_value_[id] =
        add_local(".value" + std::to_string(id), inst.dtype, inst.uniform, inst.width);
  }

  void name_crossing_values() {
    local_of_value_.assign(whole_.insts.size(), kNoLocal);
    condition_of_.assign(whole_.insts.size(), kNoLocal);
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      for (ValueId a : whole_.insts[i].args) {
        if (a != kNoValue) name_crossing(a, segment_of_[i]);
      }
      const bool has_condition = is_control(i) && whole_.insts[i].args[0] != kNoValue;
      if (has_condition) {
        condition_of_[i] = add_local(".condition" + std::to_string(i), DType::Bool, true);
      }
    }
  }

  // Strings are kept per element: one value of a script has 8 bytes.
  LocalId add_local(std::string name, DType dtype, bool uniform, std::uint32_t width = 0) {
    whole_.locals.push_back({std::move(name), dtype, uniform && !is_text(dtype), width});
    return static_cast<LocalId>(whole_.locals.size() - 1);
  }

  // --- segments ----------------------------------------------------------------------------------

  // Value `id` of the whole in the segment under construction.
  ValueId value_in(std::uint32_t segment, ValueId id) {
    Stage& stage = segments_[segment];
    const Inst& inst = whole_.insts[id];
    if (segment_of_[id] == segment) return new_id_[id];
    const bool again = is_repeatable(inst) || is_remade(inst);
    if (!again) return Emitter(stage).get(local_of_value_[id]);
    Inst copy = inst;
    for (ValueId& a : copy.args) {
      if (a != kNoValue) a = value_in(segment, a);
    }
    stage.insts.push_back(copy);
    return static_cast<ValueId>(stage.insts.size() - 1);
  }

  void build_segments() {
    new_id_.assign(whole_.insts.size(), kNoValue);
    for (Stage& s : segments_) s.locals = whole_.locals;
    for (ValueId i = 0; i < whole_.insts.size(); ++i) {
      Stage& stage = segments_[segment_of_[i]];
      Emitter emit(stage);
      Inst inst = whole_.insts[i];
      for (ValueId& a : inst.args) {
        if (a != kNoValue) a = value_in(segment_of_[i], a);
      }
      if (is_control(i)) {
        if (condition_of_[i] != kNoLocal) set_condition(condition_of_[i], inst.args[0], emit);
        continue;
      }
      stage.insts.push_back(inst);
      new_id_[i] = static_cast<ValueId>(stage.insts.size() - 1);
      if (local_of_value_[i] != kNoLocal) emit.set(local_of_value_[i], new_id_[i]);
    }
  }

  static void set_condition(LocalId local, ValueId c, Emitter& emit) {
    emit.set(local, emit.is_uniform(c) ? c : emit.reduction(Op::Any, DType::Bool, c, kNoValue));
  }

  // --- carried locals ----------------------------------------------------------------------------

  // Locals that are read where the segment has not surely set them before.
  void find_exposed(const Stage& stage, std::vector<bool>& exposed) const {
    std::vector<bool> set(stage.locals.size(), false);
    std::vector<std::vector<bool>> outer;
    for (const Inst& inst : stage.insts) {
      if (opens_region(inst)) outer.push_back(set);
      if (inst.kind == InstKind::End) {
        set = std::move(outer.back());
        outer.pop_back();
      }
      if (inst.kind == InstKind::Get && !set[inst.index]) exposed[inst.index] = true;
      if (inst.kind != InstKind::Set) continue;
      if (inst.args[1] == kNoValue) set[inst.index] = true;
    }
  }

  void choose_carried() {
    std::vector<bool> carried(whole_.locals.size(), false);
    for (const Stage& s : segments_) find_exposed(s, carried);
    for (const LocalId l : condition_of_) {
      if (l != kNoLocal) carried[l] = true;
    }
    for (const CallSite& site : program_.calls) {
      for (const LocalId l : site.args) carried[l] = true;
      if (site.mask != kNoLocal) carried[site.mask] = true;
      carried[site.result] = true;
    }
    for (const PrintSite& site : program_.prints) {
      for (const LocalId l : site.args) carried[l] = true;
    }
    carried_of_.assign(whole_.locals.size(), kNoLocal);
    slot_of_.assign(whole_.locals.size(), kNoValue);
    for (LocalId l = 0; l < carried.size(); ++l) {
      if (!carried[l]) continue;
      const Local& local = whole_.locals[l];
      const auto id = static_cast<std::uint32_t>(program_.carried.size());
      carried_of_[l] = id;
      program_.carried.push_back(local);
      if (local.uniform) {
        slot_of_[l] = static_cast<std::uint32_t>(program_.scalars.size());
        program_.scalars.push_back({local.dtype, ScalarSource::Carried, id, 0, 0});
      } else {
        slot_of_[l] = static_cast<std::uint32_t>(program_.operands.size());
        program_.operands.push_back({local.dtype, id, OperandSource::Carried, local.width});
      }
    }
  }

  void finish_segment(std::size_t s) {
    Stage& stage = segments_[s];
    const bool last = s + 1 == segments_.size();
    std::vector<bool> mentioned(stage.locals.size(), false);
    std::vector<bool> stored(stage.locals.size(), false);
    for (const Inst& inst : stage.insts) {
      const bool sets = inst.kind == InstKind::Set;
      if (sets || inst.kind == InstKind::Get) mentioned[inst.index] = true;
      if (sets) stored[inst.index] = true;
    }
    Stage head;
    head.locals = stage.locals;
    Emitter load(head);
    for (LocalId l = 0; l < stage.locals.size(); ++l) {
      if (!mentioned[l] || carried_of_[l] == kNoLocal) continue;
      const DType dtype = stage.locals[l].dtype;
      load.set(l, stage.locals[l].uniform ? load.scalar(slot_of_[l], dtype)
                                          : load.operand(slot_of_[l], dtype, stage.locals[l].width));
    }
    prepend(stage, std::move(head));
    std::vector<std::uint32_t> targets;
    if (last) targets.push_back(kResultTarget);
    Emitter emit(stage);
    for (LocalId l = 0; l < stage.locals.size() && !last; ++l) {
      if (!stored[l] || carried_of_[l] == kNoLocal) continue;
      emit.store(emit.get(l));
      stage.insts.back().index = static_cast<std::uint32_t>(targets.size());
      targets.push_back(carried_of_[l]);
    }
    if (targets.empty()) return;
    eliminate_dead_code(stage);
    const std::size_t first = program_.stages.size();
    split_stages(program_, std::move(stage), targets);
    for (std::size_t i = first; i < program_.stages.size() - (last ? 1 : 0); ++i) {
      add_command(CommandKind::Run, static_cast<std::uint32_t>(i));
    }
    if (!last) add_command(CommandKind::Commit);
  }

  // --- commands ----------------------------------------------------------------------------------

  struct Region {
    ValueId begin = 0;
    std::uint32_t first = 0;  // Loop: its first command
    std::uint32_t counter = 0;
    std::vector<std::size_t> leaves;  // commands that jump past the end
  };

  void add_command(CommandKind kind, std::uint32_t index = 0, std::uint32_t target = 0) {
    program_.script.push_back({kind, index, target});
  }
  std::uint32_t next_command() const { return static_cast<std::uint32_t>(program_.script.size()); }

  void add_control(ValueId i) {
    const Inst& inst = whole_.insts[i];
    const LocalId local = condition_of_[i];
    const std::uint32_t condition = local == kNoLocal ? 0 : carried_of_[local];
    const auto innermost_loop = [&]() -> Region& {
      return *std::find_if(open_.rbegin(), open_.rend(), [&](const Region& r) {
        return whole_.insts[r.begin].kind == InstKind::Loop;
      });
    };
    switch (inst.kind) {
      case InstKind::If:
        open_.push_back({i, 0, 0, {program_.script.size()}});
        add_command(CommandKind::JumpUnless, condition);
        return;
      case InstKind::Loop: {
        const std::uint32_t counter = program_.counter_count++;
        add_command(CommandKind::EnterLoop, counter);
        open_.push_back({i, next_command(), counter, {}});
        return;
      }
      case InstKind::LeaveUnless:
        innermost_loop().leaves.push_back(program_.script.size());
        add_command(CommandKind::JumpUnless, condition);
        return;
      case InstKind::Tick:
        add_command(CommandKind::Tick, innermost_loop().counter, inst.index);
        return;
      case InstKind::Fail: add_command(CommandKind::Fail, condition, inst.index); return;
      case InstKind::Call: add_command(CommandKind::Call, inst.index); return;
      case InstKind::Print: add_command(CommandKind::Print, inst.index); return;
      case InstKind::End: {
        const Region region = std::move(open_.back());
        open_.pop_back();
        if (whole_.insts[region.begin].kind == InstKind::Loop) {
          add_command(CommandKind::Jump, 0, region.first);
        }
        for (const std::size_t leave : region.leaves) {
          program_.script[leave].target = next_command();
        }
        return;
      }
      default: ME_ASSERT(!"a control instruction");
    }
  }

  void refer_to_carried() {
    for (CallSite& site : program_.calls) {
      for (LocalId& l : site.args) l = carried_of_[l];
      if (site.mask != kNoLocal) site.mask = carried_of_[site.mask];
      site.result = carried_of_[site.result];
    }
    for (PrintSite& site : program_.prints) {
      for (LocalId& l : site.args) l = carried_of_[l];
    }
  }

  Program& program_;
  Stage whole_;
  Regions regions_;
  std::vector<bool> driver_;       // per If and Loop
  std::vector<bool> ends_driver_;  // per End
  ValueId last_site_ = 0;
  std::vector<std::uint32_t> segment_of_;  // per instruction; a control one ends its segment
  std::vector<LocalId> local_of_value_;    // of values that later segments use
  std::vector<LocalId> condition_of_;      // of control instructions
  std::vector<ValueId> new_id_;            // in its own segment
  std::vector<Stage> segments_;
  std::vector<std::uint32_t> carried_of_;  // per local
  std::vector<std::uint32_t> slot_of_;     // per carried local: operand or scalar
  std::vector<Region> open_;
};

}  // namespace

bool needs_script(const Stage& whole) {
  const std::vector<bool> driver = find_driver_regions(whole, find_regions(whole));
  return std::find(driver.begin(), driver.end(), true) != driver.end() ||
         std::any_of(whole.insts.begin(), whole.insts.end(), is_site);
}

void write_script(Program& program, Stage whole) { Cutter(program, std::move(whole)).run(); }

}  // namespace me::ir
