// Constant folding and local simplification.
//
// Enters: a stage. Leaves: the stage where operations whose outcome is known, or is one of their
// operands, are gone. Every rule keeps all bits (but which NaN it is): x+0 is not x for x = -0, so
// that rule is for integers, while x-0 and x*1 hold for floats too.
// Also here: conditions that are known (If, Set, Where), casts that cancel, masks (and with true,
// not of not), operations over splats (computed once, then splatted), division by powers of two.
// Math operations of constants stay: they are uniform and cost nothing per element.
// Example: `where(true, x, y)` is x; `x // 8` of integers is `x >> 3`; `x / 4.0` is `x * 0.25`.
// Tested by tests/unit/ir_passes_test.cpp and ir_random_test.cpp.
#include <cmath>
#include <optional>

#include "ir/constant.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace me::ir {
namespace {

class Folder {
 public:
  explicit Folder(Stage& stage)
      : stage_(stage), regions_(find_regions(stage)), rewriter_(stage) {
    dropped_end_.assign(rewriter_.old().size(), false);
  }

  void run() {
    for (ValueId id = 0; id < rewriter_.old().size(); ++id) {
      const Inst inst = rewriter_.renumbered(id);
      switch (inst.kind) {
        case InstKind::Op: rewriter_.replace(id, op(inst)); break;
        case InstKind::If: id = branch(id, inst); break;
        case InstKind::End:
          if (!dropped_end_[id]) rewriter_.append(inst);
          break;
        case InstKind::Set: set(inst); break;
        case InstKind::LeaveUnless: rewriter_.append(with_scalar_condition(inst)); break;
        case InstKind::Fail:
          if (!is_constant(inst.args[0], 0)) rewriter_.append(with_scalar_condition(inst));
          break;
        default: rewriter_.replace(id, rewriter_.append(inst)); break;
      }
    }
  }

 private:
  const Inst& at(ValueId id) const { return rewriter_.at(id); }
  ValueId append(const Inst& inst) { return rewriter_.append(inst); }

  // The constant behind a value, through a splat.
  const Scalar* constant_of(ValueId id) const {
    if (id == kNoValue) return nullptr;
    const Inst* i = &at(id);
    if (i->kind == InstKind::Splat) i = &at(i->args[0]);
    return i->kind == InstKind::Const ? &i->value : nullptr;
  }
  bool is_constant(ValueId id, double v) const {
    const Scalar* c = constant_of(id);
    return c != nullptr && c->as_double() == v && !(v == 0 && std::signbit(c->as_double()));
  }
  bool is_all_ones(ValueId id) const {
    const Scalar* c = constant_of(id);
    return c != nullptr && *c == Scalar::of_int(c->dtype, -1);
  }

  ValueId constant(Scalar value, bool uniform) {
    const ValueId c = append(make_const(value));
    return uniform ? c : append(make_splat(value.dtype, c));
  }
  ValueId number(DType t, double v, bool uniform) {
    return constant(is_float(t) ? Scalar::of_float(t, v)
                                : Scalar::of_int(t, static_cast<std::int64_t>(v)),
                    uniform);
  }

  // --- control -------------------------------------------------------------------------------

  // Returns the last old instruction that is dealt with.
  ValueId branch(ValueId id, const Inst& inst) {
    const ValueId end = regions_.end_of[id];
    if (const Scalar* c = constant_of(inst.args[0])) {
      if (c->bits == 0) return end;
      dropped_end_[end] = true;
      return id;
    }
    rewriter_.append(with_scalar_condition(inst));
    return id;
  }

  // A condition that was splatted is tested as it was before.
  Inst with_scalar_condition(Inst inst) const {
    if (at(inst.args[0]).kind != InstKind::Splat) return inst;
    inst.args[0] = at(inst.args[0]).args[0];
    inst.uniform = true;
    return inst;
  }

  void set(Inst inst) {
    if (const Scalar* mask = constant_of(inst.args[1])) {
      if (mask->bits == 0) return;
      inst.args[1] = kNoValue;
    }
    // A local that keeps its value.
    const Inst& value = at(inst.args[0]);
    if (value.kind == InstKind::Get && value.index == inst.index && is_last(inst.args[0])) return;
    append(inst);
  }
  bool is_last(ValueId id) const { return id + 1 == stage_.insts.size(); }

  // --- values --------------------------------------------------------------------------------

  ValueId op(const Inst& inst) {
    if (is_reduction_op(inst)) return append(inst);
    if (const auto known = evaluated(inst)) return constant(*known, inst.uniform);
    const ValueId simpler = simplified(inst);
    if (simpler != kNoValue) return simpler;
    if (!inst.uniform && all_splats(inst)) {
      Inst scalar = inst;
      scalar.uniform = true;
      for (ValueId& a : scalar.args) {
        if (a != kNoValue) a = at(a).args[0];
      }
      Inst all = make_splat(inst.dtype, append(scalar));
      all.width = inst.width;
      return append(all);
    }
    return append(inst);
  }

  bool all_splats(const Inst& inst) const {
    for (ValueId a : inst.args) {
      if (a != kNoValue && at(a).kind != InstKind::Splat) return false;
    }
    return true;
  }

  std::optional<Scalar> evaluated(const Inst& inst) const {
    std::array<Scalar, 3> args;
    for (std::size_t i = 0; i < 3; ++i) {
      if (inst.args[i] == kNoValue) continue;
      const Scalar* c = constant_of(inst.args[i]);
      if (c == nullptr || is_text(c->dtype)) return std::nullopt;
      args[i] = *c;
    }
    return evaluate(inst.op, inst.dtype, args);
  }

  // A value that already exists, or a cheaper operation; kNoValue if there is neither.
  ValueId simplified(const Inst& inst) {
    const ValueId a = inst.args[0];
    const ValueId b = inst.args[1];
    const DType t = inst.dtype;
    switch (inst.op) {
      case Op::Add:
        if (is_float(t)) {
          if (is_negative_zero(b)) return a;
          return is_negative_zero(a) ? b : kNoValue;
        }
        if (is_constant(b, 0)) return a;
        return is_constant(a, 0) ? b : kNoValue;
      case Op::Sub: return is_constant(b, 0) ? a : kNoValue;
      case Op::Mul: return product(inst);
      case Op::Div: return quotient(inst);
      case Op::DivTrunc:
      case Op::FloorDivide:
      case Op::Mod:
      case Op::Fmod: return integer_quotient(inst);
      case Op::Neg: return is_op(a, Op::Neg) ? at(a).args[0] : kNoValue;
      case Op::BitAnd:
        if (a == b || is_all_ones(b) || is_constant(a, 0)) return a;
        if (is_all_ones(a) || is_constant(b, 0)) return b;
        return conjunction(inst);
      case Op::BitOr:
        if (a == b || is_constant(b, 0) || is_all_ones(a)) return a;
        return is_constant(a, 0) || is_all_ones(b) ? b : kNoValue;
      case Op::BitXor:
        if (is_constant(b, 0)) return a;
        return is_constant(a, 0) ? b : kNoValue;
      case Op::BitNot: return is_op(a, Op::BitNot) ? at(a).args[0] : kNoValue;
      case Op::Shl:
      case Op::Shr: return is_constant(b, 0) ? a : kNoValue;
      case Op::Minimum:
      case Op::Maximum:
      case Op::Fmin:
      case Op::Fmax: return a == b ? a : kNoValue;
      case Op::Eq:
      case Op::Ne: return compared_bool(inst);
      case Op::Where: return selected(inst);
      case Op::Cast: return converted(inst);
      default: return kNoValue;
    }
  }

  bool is_negative_zero(ValueId id) const {
    const Scalar* c = constant_of(id);
    return c != nullptr && c->as_double() == 0 && std::signbit(c->as_double());
  }

  ValueId product(const Inst& inst) {
    for (std::size_t i = 0; i < 2; ++i) {
      const ValueId other = inst.args[1 - i];
      if (is_constant(inst.args[i], 1)) return other;
      if (is_constant(inst.args[i], -1) && !is_unsigned_int(inst.dtype)) {
        return append(make_op(Op::Neg, inst.dtype, inst.uniform, other));
      }
      if (!is_float(inst.dtype) && is_constant(inst.args[i], 0)) return inst.args[i];
    }
    return kNoValue;
  }

  bool is_and_with(ValueId id, ValueId part) const {
    return is_op(id, Op::BitAnd) && (at(id).args[0] == part || at(id).args[1] == part);
  }

  // x & (x & y) = x & y; x & ~(x & y) = x & ~y; x & ~x = 0: what nested masks come to.
  ValueId conjunction(const Inst& inst) {
    for (std::size_t i = 0; i < 2; ++i) {
      const ValueId x = inst.args[i];
      const ValueId other = inst.args[1 - i];
      if (is_and_with(other, x)) return other;
      if (!is_op(other, Op::BitNot)) continue;
      const ValueId inner = at(other).args[0];
      if (inner == x) return number(inst.dtype, 0, inst.uniform);
      if (!is_and_with(inner, x)) continue;
      const Inst both = at(inner);
      const ValueId y = both.args[both.args[0] == x ? 1 : 0];
      const ValueId not_y = op(make_op(Op::BitNot, inst.dtype, inst.uniform, y));
      return op(make_op(Op::BitAnd, inst.dtype, inst.uniform, x, not_y));
    }
    return kNoValue;
  }

  // x / 2^k = x * 2^-k: both are the rounded value of the same number. 2^-k must be normal.
  ValueId quotient(const Inst& inst) {
    const Scalar* c = constant_of(inst.args[1]);
    if (c == nullptr) return kNoValue;
    int exponent = 0;
    const double v = c->as_double();
    if (v == 1) return inst.args[0];
    const bool is_power = std::isfinite(v) && std::fabs(std::frexp(v, &exponent)) == 0.5;
    const int limit = inst.dtype == DType::Float32 ? 120 : 1000;
    if (!is_power || exponent > limit || exponent < -limit) return kNoValue;
    const ValueId factor = number(inst.dtype, 1 / v, inst.uniform);
    return append(make_op(Op::Mul, inst.dtype, inst.uniform, inst.args[0], factor));
  }

  // By 1 and by powers of two: shifts and masks where the quotient is rounded down.
  ValueId integer_quotient(const Inst& inst) {
    const DType t = inst.dtype;
    if (!is_int(t)) return kNoValue;
    const bool remainder = inst.op == Op::Mod || inst.op == Op::Fmod;
    if (is_constant(inst.args[1], 1)) return remainder ? number(t, 0, inst.uniform) : inst.args[0];
    const Scalar* c = constant_of(inst.args[1]);
    const bool rounds_down =
        is_unsigned_int(t) || inst.op == Op::FloorDivide || inst.op == Op::Mod;
    if (c == nullptr || !rounds_down) return kNoValue;
    const std::uint64_t divisor = c->bits;
    const bool is_power = divisor != 0 && (divisor & (divisor - 1)) == 0;
    if (!is_power || (is_signed_int(t) && c->as_int() < 0)) return kNoValue;
    std::int64_t count = 0;
    while ((std::uint64_t{1} << count) < divisor) ++count;
    if (remainder) {
      const ValueId low_bits = constant(
          Scalar::of_int(t, static_cast<std::int64_t>(divisor - 1)), inst.uniform);
      return append(make_op(Op::BitAnd, t, inst.uniform, inst.args[0], low_bits));
    }
    const ValueId by = constant(Scalar::of_int(t, count), inst.uniform);
    return append(make_op(Op::Shr, t, inst.uniform, inst.args[0], by));
  }

  // b == true and b != false are b; b == false and b != true are not b.
  ValueId compared_bool(const Inst& inst) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Scalar* c = constant_of(inst.args[i]);
      if (c == nullptr || !is_bool(c->dtype)) continue;
      const ValueId other = inst.args[1 - i];
      if ((c->bits != 0) == (inst.op == Op::Eq)) return other;
      return append(make_op(Op::BitNot, DType::Bool, inst.uniform, other));
    }
    return kNoValue;
  }

  bool is_op(ValueId id, Op op) const { return at(id).kind == InstKind::Op && at(id).op == op; }

  ValueId selected(const Inst& inst) {
    const ValueId c = inst.args[0];
    const ValueId yes = inst.args[1];
    const ValueId no = inst.args[2];
    if (const Scalar* known = constant_of(c)) return known->bits != 0 ? yes : no;
    if (yes == no) return yes;
    if (is_text(inst.dtype)) return kNoValue;
    if (is_op(c, Op::BitNot)) {
      return op(make_op(Op::Where, inst.dtype, inst.uniform, at(c).args[0], no, yes));
    }
    // An arm that chooses by the same condition once more.
    if (is_op(yes, Op::Where)) {
      const Inst inner = at(yes);
      const ValueId arm = arm_under(inner, c, true);
      if (arm != kNoValue) return op(make_op(Op::Where, inst.dtype, inst.uniform, c, arm, no));
    }
    if (is_op(no, Op::Where)) {
      const Inst inner = at(no);
      const ValueId arm = arm_under(inner, c, false);
      if (arm != kNoValue) return op(make_op(Op::Where, inst.dtype, inst.uniform, c, yes, arm));
    }
    if (!is_bool(inst.dtype)) return kNoValue;
    const Scalar* if_true = constant_of(yes);
    const Scalar* if_false = constant_of(no);
    const auto negated = [&] { return op(make_op(Op::BitNot, DType::Bool, inst.uniform, c)); };
    if (if_true != nullptr && if_false != nullptr) {
      if (if_true->bits == if_false->bits) return yes;
      return if_true->bits != 0 ? c : negated();
    }
    if (if_true != nullptr) {
      if (if_true->bits != 0) return op(make_op(Op::BitOr, DType::Bool, inst.uniform, c, no));
      return op(make_op(Op::BitAnd, DType::Bool, inst.uniform, negated(), no));
    }
    if (if_false == nullptr) return kNoValue;
    if (if_false->bits == 0) return op(make_op(Op::BitAnd, DType::Bool, inst.uniform, c, yes));
    return op(make_op(Op::BitOr, DType::Bool, inst.uniform, negated(), yes));
  }

  // What the inner where gives when `c` is known to be `truth`.
  ValueId arm_under(const Inst& inner, ValueId c, bool truth) const {
    const ValueId condition = inner.args[0];
    if (condition == c) return inner.args[truth ? 1 : 2];
    if (is_op(c, Op::BitNot) && at(c).args[0] == condition) return inner.args[truth ? 2 : 1];
    return kNoValue;
  }

  // Casts that keep every value can be undone, and a second cast makes a first one that keeps every
  // value needless.
  ValueId converted(const Inst& inst) {
    const Inst inner = at(inst.args[0]);
    const DType middle = inner.dtype;
    if (middle == inst.dtype) return inst.args[0];
    if (inner.kind != InstKind::Op || inner.op != Op::Cast) return kNoValue;
    const DType from = at(inner.args[0]).dtype;
    if (!keeps_value(from, middle)) return kNoValue;
    if (from == inst.dtype) return inner.args[0];
    return append(make_op(Op::Cast, inst.dtype, inst.uniform, inner.args[0]));
  }

  static bool keeps_value(DType from, DType to) {
    if (from == to) return true;
    if (is_bool(to)) return false;
    if (is_bool(from)) return true;
    if (is_float(from)) return from == DType::Float32 && to == DType::Float64;
    if (is_float(to)) return bits_of(from) <= (to == DType::Float64 ? 32u : 16u);
    if (is_signed_int(from) && !is_signed_int(to)) return false;
    if (is_signed_int(from) == is_signed_int(to)) return bits_of(from) <= bits_of(to);
    return bits_of(from) < bits_of(to);
  }

  Stage& stage_;
  Regions regions_;
  Rewriter rewriter_;
  std::vector<bool> dropped_end_;
};

}  // namespace

void fold(Stage& stage) { Folder(stage).run(); }

}  // namespace me::ir
