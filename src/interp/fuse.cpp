// Finds superinstructions, first to last, each operation in at most one pair.
//
// Enters: a legal stage. Leaves: a Form for each instruction. Example: of `set x (a*2 + b) where m`
// the product reads the constant itself, not its splat; the sum takes the product in, (a*2)+b is one
// step; the Set stays a selection, for a pair takes no third operation in. A pair must be in one
// region, and what the first operation reads must still be there at the second.
// Tested by tests/unit/interp_fuse_test.cpp and tests/agree.
#include "interp/fuse.h"

#include <algorithm>

namespace me::interp {
namespace {

using ir::Inst;
using ir::InstKind;
using ir::kNoValue;
using ir::ValueId;

bool is_basic(Op op) { return op == Op::Add || op == Op::Sub || op == Op::Mul; }

// The comparison with its operands exchanged; Cast for other operations.
Op mirrored(Op op) {
  if (op == Op::Lt) return Op::Gt;
  if (op == Op::Le) return Op::Ge;
  if (op == Op::Gt) return Op::Lt;
  if (op == Op::Ge) return Op::Le;
  return op == Op::Eq || op == Op::Ne ? op : Op::Cast;
}
bool is_comparison(Op op) { return mirrored(op) != Op::Cast; }

class Fuser {
 public:
  explicit Fuser(const ir::Stage& stage) : insts_(stage.insts), sets_(stage.locals.size()) {}

  std::vector<Form> run() {
    look_around();
    for (ValueId i = 0; i < insts_.size(); ++i) {
      const Inst& inst = insts_[i];
      if (inst.kind == InstKind::Op && !inst.uniform && is_numeric(inst.dtype)) {
        const bool numbers = std::all_of(inst.args.begin(), inst.args.end(), [&](ValueId arg) {
          return arg == kNoValue || is_numeric(insts_[arg].dtype);
        });
        if (numbers) fuse_operation(i);
      }
      if (inst.kind == InstKind::Set && inst.args[1] != kNoValue) fuse_masked_set(i);
    }
    return std::move(forms_);
  }

 private:
  void look_around() {
    forms_.resize(insts_.size());
    uses_.assign(insts_.size(), 0);
    region_.assign(insts_.size(), kNoValue);
    pairs_.assign(insts_.size(), false);
    std::vector<ValueId> open = {kNoValue};
    for (ValueId i = 0; i < insts_.size(); ++i) {
      const Inst& inst = insts_[i];
      if (inst.kind == InstKind::End) open.pop_back();
      region_[i] = open.back();
      if (inst.kind == InstKind::If || inst.kind == InstKind::Loop) open.push_back(i);
      if (inst.kind == InstKind::Set) sets_[inst.index].push_back(i);
      std::copy(inst.args.begin(), inst.args.end(), forms_[i].inputs.begin());
      for (const ValueId arg : inst.args) {
        if (arg != kNoValue) ++uses_[arg];
      }
    }
  }

  // The uniform value that all elements of v are, or none.
  ValueId uniform_of(ValueId v) const {
    return insts_[v].kind == InstKind::Splat ? insts_[v].args[0] : kNoValue;
  }

  // Whether the step of `at` may compute v, which nobody else reads.
  bool may_take_in(ValueId v, ValueId at) const {
    const Inst& inst = insts_[v];
    if (inst.kind != InstKind::Op || inst.uniform || uses_[v] != 1 || paired(v)) return false;
    if (region_[v] != region_[at]) return false;
    return std::none_of(inst.args.begin(), inst.args.end(), [&](ValueId arg) {
      return arg != kNoValue && insts_[arg].kind == InstKind::Get &&
             set_between(insts_[arg].index, v, at);
    });
  }
  // Whether the step of v computes two operations already.
  bool paired(ValueId v) const { return forms_[v].quad != nullptr || pairs_[v]; }

  bool set_between(std::uint32_t local, ValueId first, ValueId last) const {
    const auto next = std::upper_bound(sets_[local].begin(), sets_[local].end(), first);
    return next != sets_[local].end() && *next < last;
  }

  void set_form(ValueId i, BlockFn fn, std::array<ValueId, 4> inputs) {
    forms_[i] = {inputs, fn, nullptr};
  }
  void set_form(ValueId i, QuadFn quad, std::array<ValueId, 4> inputs) {
    forms_[i] = {inputs, nullptr, quad};
  }

  // Operands of a binary operation with the uniform one, if any, second.
  struct Operands {
    ValueId a, b;
    bool swapped = false;
    unsigned uniform = 0;  // 2 if b is the uniform value
  };
  Operands second_uniform(const Inst& inst) const {
    Operands o{inst.args[0], inst.args[1]};
    if (const ValueId u = uniform_of(o.b); u != kNoValue) return {o.a, u, false, 2};
    if (const ValueId u = uniform_of(o.a); u != kNoValue) return {o.b, u, true, 2};
    return o;
  }

  void fuse_operation(ValueId i) {
    const Inst& inst = insts_[i];
    if (is_basic(inst.op) && fuse_arithmetic(i)) return;
    if (inst.op == Op::BitAnd && is_bool(inst.dtype) && fuse_mask(i)) return;
    if (inst.op == Op::Where && fuse_where(i)) return;
    take_uniforms(i);
  }

  // (a inner b) outer c
  bool fuse_arithmetic(ValueId i) {
    const Inst& outer = insts_[i];
    for (const unsigned k : {0u, 1u}) {
      const ValueId v = outer.args[k];
      if (!may_take_in(v, i) || !is_basic(insts_[v].op)) continue;
      const Operands inner = second_uniform(insts_[v]);
      ValueId c = outer.args[1 - k];
      unsigned uniform = inner.uniform;
      if (const ValueId u = uniform_of(c); u != kNoValue) {
        c = u;
        uniform |= 4;
      }
      const BlockFn fn =
          pair_kernel(insts_[v].op, inner.swapped, outer.op, k == 1, outer.dtype, uniform);
      if (fn == nullptr) continue;
      set_form(i, fn, {inner.a, inner.b, c, kNoValue});
      pairs_[i] = true;
      return true;
    }
    return false;
  }

  // A comparison's operation and operands, the uniform one second.
  Op comparison_of(ValueId v, Operands& operands) const {
    operands = second_uniform(insts_[v]);
    return operands.swapped ? mirrored(insts_[v].op) : insts_[v].op;
  }

  // c and (a < b)
  bool fuse_mask(ValueId i) {
    for (const unsigned k : {0u, 1u}) {
      const ValueId v = insts_[i].args[k];
      if (!may_take_in(v, i) || !is_comparison(insts_[v].op)) continue;
      Operands o;
      const Op op = comparison_of(v, o);
      const BlockFn fn = masked_comparison_kernel(op, insts_[insts_[v].args[0]].dtype, o.uniform);
      if (fn == nullptr) continue;
      set_form(i, fn, {o.a, o.b, insts_[i].args[1 - k], kNoValue});
      pairs_[i] = true;
      return true;
    }
    return false;
  }

  // (a < b) ? c : d, or m ? (a + b) : d
  bool fuse_where(ValueId i) {
    const Inst& inst = insts_[i];
    const ValueId condition = inst.args[0], yes = inst.args[1], no = inst.args[2];
    if (uniform_of(no) != kNoValue) return false;
    if (uniform_of(yes) == kNoValue && may_take_in(condition, i) &&
        is_comparison(insts_[condition].op)) {
      Operands o;
      const Op op = comparison_of(condition, o);
      const DType t = insts_[insts_[condition].args[0]].dtype;
      const QuadFn quad = size_of(t) == size_of(inst.dtype) ? choice_kernel(op, t, o.uniform) : nullptr;
      if (quad != nullptr) {
        set_form(i, quad, {o.a, o.b, yes, no});
        return true;
      }
    }
    return fuse_masked(i, yes, no, condition);
  }

  // Where `mask` holds the basic operation `v`, else `otherwise`.
  bool fuse_masked(ValueId i, ValueId v, ValueId otherwise, ValueId mask) {
    if (!may_take_in(v, i) || !is_basic(insts_[v].op)) return false;
    ValueId a = insts_[v].args[0], b = insts_[v].args[1];
    unsigned uniform = 0;
    if (const ValueId u = uniform_of(b); u != kNoValue) {
      b = u;
      uniform = 2;
    } else if (const ValueId w = uniform_of(a); w != kNoValue) {
      a = w;
      uniform = 1;
    }
    const QuadFn quad = masked_kernel(insts_[v].op, insts_[v].dtype, uniform);
    if (quad == nullptr) return false;
    set_form(i, quad, {a, b, otherwise, mask});
    return true;
  }

  void fuse_masked_set(ValueId i) {
    const Inst& inst = insts_[i];
    if (!insts_[inst.args[0]].uniform) fuse_masked(i, inst.args[0], kNoValue, inst.args[1]);
  }

  // A kernel of the plain operation that takes uniform operands as they are.
  void take_uniforms(ValueId i) {
    const Inst& inst = insts_[i];
    std::array<ValueId, 4> inputs = forms_[i].inputs;
    unsigned uniform = 0;
    ValueId last = inst.args[0];
    for (unsigned k = 0; k < 3 && inst.args[k] != kNoValue; ++k) {
      last = inst.args[k];
      const ValueId u = uniform_of(last);
      if (u == kNoValue || (inst.op == Op::Where && k == 0)) continue;
      inputs[k] = u;
      uniform |= 1u << k;
    }
    if (uniform == 0) return;
    const BlockFn fn = kernel_for(inst.op, inst.dtype, insts_[last].dtype, uniform);
    if (fn != nullptr) set_form(i, fn, inputs);
  }

  const std::vector<Inst>& insts_;
  std::vector<std::vector<ValueId>> sets_;  // per local, in order
  std::vector<std::uint32_t> uses_;
  std::vector<ValueId> region_;  // the If or Loop around an instruction
  std::vector<bool> pairs_;      // whose steps compute two operations
  std::vector<Form> forms_;
};

}  // namespace

std::vector<Form> find_forms(const ir::Stage& stage) { return Fuser(stage).run(); }

}  // namespace me::interp
