// Turns per-element control flow into masks, as ispc does.
//
// Enters: typed statements, where every element goes its own way. Leaves: structured regions that
// all elements go through together, with assignments masked by who is really there.
//
// A block is emitted under a mask: a bool value, or "all". A varying condition c splits it into m &
// c and m & ~c; a uniform one is a plain branch. Exits are kept in mask locals: `live` (elements
// that have not returned), per loop `active` (still iterating) and `iter` (still in this
// iteration). An exit clears its elements in every mask local between it and its target, so that
// after a statement with an exit the innermost one alone says who is left; what follows runs in a
// region of its own under that mask, hence any code under a mask runs with at least one element.
// When all exits of a loop are taken by all elements together its mask locals are uniform and the
// regions are plain branches.
//
// A for loop knows its number of iterations beforehand (uint64) and counts it down: whatever the
// body does to the variable, and whatever overflows, it ends. Example, `while x < 9: x = x * 2`:
//   set active %true
//   loop
//     %a = and(get active, x < 9); set active %a; leave_unless %a; tick while
//     set x (x * 2) where %a
//   end
// Tested by tests/unit/ir_spmd_test.cpp.
#include "ir/spmd.h"

#include <optional>
#include <string>

#include "ir/rewrite.h"

namespace me::ir {

using lang::BlockId;
using lang::StmtKind;
using lang::TypedProgram;
using lang::TypedStmt;

namespace {

struct LoopFrame {
  bool varying = false;
  LocalId active = kNoLocal;
  LocalId iter = kNoLocal;
  LocalId innermost() const { return iter != kNoLocal ? iter : active; }
};

// Start, step and number of iterations of a for loop.
struct Range {
  ValueId start, step, count;
};

class Lowering {
 public:
  Lowering(const TypedProgram& typed, Slots& slots, Stage& stage)
      : typed_(typed),
        slots_(slots),
        d_(find_divergence(typed)),
        stage_(stage),
        emit_(stage),
        exprs_(typed, slots, emit_) {
    for (std::size_t i = 0; i < typed.locals.size(); ++i) {
      const lang::TypedLocal& local = typed.locals[i];
      emit_.add_local(local.name, is_complex(local.dtype) ? part_of(local.dtype) : local.dtype,
                      !d_.varying_local[i], local.width);
    }
    needs_zero_.assign(typed.locals.size(), false);
    seen_set_.assign(typed.locals.size(), false);
    imag_local_.assign(typed.locals.size(), kNoLocal);
    for (LocalId i = 0; i < typed.locals.size(); ++i) {
      if (is_complex(typed.locals[i].dtype)) add_imag_local(i);
    }
    exprs_.set_imag_locals(imag_local_);
  }

  Outcome run() {
    const auto& root = typed_.blocks[typed_.root];
    if (root.size() == 1 && root[0].kind == StmtKind::Return) {
      const Pair v = exprs_.pair(root[0].expr);
      emit_.store(v.re, v.im);
      return Unit{};
    }
    const bool complex = is_complex(typed_.result);
    result_ = add_hidden("result", complex ? part_of(typed_.result) : typed_.result,
                         !d_.varying_result, typed_.result_width);
    if (complex) add_imag_local(result_);
    live_ = add_hidden("live", DType::Bool, !d_.varying_return);
    emit_.set(live_, emit_.boolean(true));
    block(typed_.root, kNoValue);
    if (error_) return std::move(*error_);
    if (typed_.may_miss_return) {
      emit_.fail(KernelStatus::MissingReturn, emit_.get(live_));
    }
    const ValueId result = emit_.get(result_);
    emit_.store(result, complex ? emit_.get(imag_local_[result_]) : kNoValue);
    prepend_zeros();
    return Unit{};
  }

 private:
  LocalId add_hidden(const char* name, DType dtype, bool uniform, std::uint32_t width = 0) {
    const LocalId id = emit_.add_local("." + std::string(name) + std::to_string(hidden_++), dtype,
                                       uniform, width);
    needs_zero_.resize(id + 1, false);
    seen_set_.resize(id + 1, false);
    imag_local_.resize(id + 1, kNoLocal);
    return id;
  }

  // The local beside `local` that holds the imaginary part of a complex value.
  void add_imag_local(LocalId local) {
    const Local& re = stage_.locals[local];
    const LocalId id = emit_.add_local(re.name + ".imag", re.dtype, re.uniform);
    needs_zero_.push_back(false);
    seen_set_.push_back(false);
    imag_local_.push_back(kNoLocal);
    imag_local_[local] = id;
  }

  Pair pair(lang::ExprId e, ValueId mask) {
    exprs_.set_mask(mask);
    return exprs_.pair(e);
  }
  ValueId value(lang::ExprId e, ValueId mask) { return pair(e, mask).re; }

  // The first assignment of a local in the text, outside loops, needs no mask: nobody has a value
  // to lose.
  void set_user(LocalId local, ValueId v, ValueId mask) {
    bool first = false;
    if (!seen_set_[local]) {
      seen_set_[local] = true;
      first = frames_.empty();
      needs_zero_[local] = !first || emit_.depth() > 0;
    }
    emit_.set(local, v, first || stage_.locals[local].uniform ? kNoValue : mask);
  }

  void set_user(LocalId local, const Pair& v, ValueId mask) {
    set_user(local, v.re, mask);
    if (v.is_complex()) set_user(imag_local_[local], v.im, mask);
  }

  // Elements of `mask` leave: their flag in `flag` becomes false.
  void clear(LocalId flag, ValueId mask) {
    if (flag == kNoLocal) return;
    emit_.set(flag, emit_.boolean(false), stage_.locals[flag].uniform ? kNoValue : mask);
  }

  void block(BlockId id, ValueId mask) {
    if (id == lang::kNone) return;
    const auto& stmts = typed_.blocks[id];
    ValueId here = mask;
    bool open = false;
    for (std::size_t i = 0; i < stmts.size(); ++i) {
      const TypedStmt& s = stmts[i];
      statement(s, here);
      const bool leaves = s.kind == StmtKind::Break || s.kind == StmtKind::Continue ||
                          s.kind == StmtKind::Return;
      if (leaves || i + 1 == stmts.size()) break;
      if (!d_.exits_of(s).any()) continue;
      if (open) emit_.end();
      const ValueId left = emit_.get(frames_.empty() ? live_ : frames_.back().innermost());
      here = emit_.is_uniform(left) ? mask : emit_.both(mask, left);
      emit_.begin_if(emit_.is_uniform(left) ? left : here);
      open = true;
    }
    if (open) emit_.end();
  }

  void statement(const TypedStmt& s, ValueId mask) {
    switch (s.kind) {
      case StmtKind::Assign: set_user(s.index, pair(s.expr, mask), mask); return;
      case StmtKind::Print: print(typed_.prints[s.index], mask); return;
      case StmtKind::If: branch(s, mask); return;
      case StmtKind::While: while_loop(s, mask); return;
      case StmtKind::For: for_loop(s, mask); return;
      case StmtKind::Break:
        clear(frames_.back().active, mask);
        clear(frames_.back().iter, mask);
        return;
      case StmtKind::Continue: clear(frames_.back().iter, mask); return;
      case StmtKind::Return:
        set_user(result_, pair(s.expr, mask), mask);
        clear(live_, mask);
        for (const LoopFrame& f : frames_) {
          clear(f.active, mask);
          clear(f.iter, mask);
        }
        return;
    }
  }

  void print(const lang::TypedPrint& p, ValueId mask) {
    PrintSite site;
    site.texts = p.texts;
    const std::size_t number = slots_.program().prints.size();
    for (const lang::ExprId arg : p.args) {
      const ValueId v = value(arg, mask);
      if (!emit_.is_uniform(v)) {
        error_ = Diagnostic{Status::TypeError, typed_.exprs[arg].span,
                            "print() takes values that are the same for all elements",
                            "this one differs from element to element", true};
        return;
      }
      site.args.push_back(exprs_.keep(".printed" + std::to_string(number), v));
    }
    slots_.program().prints.push_back(std::move(site));
    emit_.print(static_cast<std::uint32_t>(number));
  }

  void branch(const TypedStmt& s, ValueId mask) {
    const ValueId c = value(s.expr, mask);
    const bool uniform = emit_.is_uniform(c);
    const auto arm = [&](ValueId condition, BlockId body) {
      const ValueId inner = uniform ? mask : emit_.both(mask, condition);
      emit_.begin_if(uniform ? condition : inner);
      block(body, inner);
      emit_.end();
    };
    arm(c, s.body);
    if (s.orelse != lang::kNone) arm(emit_.negate_mask(c), s.orelse);
  }

  // Mask locals of a loop whose elements are `mask`.
  LoopFrame open_frame(BlockId body, ValueId mask) {
    const Exits exits = d_.block_exits[body];
    LoopFrame f;
    f.varying = d_.varying_loop[body];
    if (f.varying || exits.breaks || exits.returns) {
      f.active = add_hidden("active", DType::Bool, !f.varying);
      emit_.set(f.active, f.varying && mask != kNoValue ? mask : emit_.boolean(true));
    }
    if (exits.continues) f.iter = add_hidden("iter", DType::Bool, !f.varying);
    return f;
  }

  // The head of every iteration: leaves when `more` holds for nobody. Returns the mask of the body.
  ValueId enter_iteration(const LoopFrame& f, ValueId more, ValueId mask, TickKind tick) {
    ValueId on = mask;
    if (f.varying) {
      on = emit_.both(emit_.get(f.active), more);
      emit_.set(f.active, on);
      emit_.leave_unless(on);
    } else {
      emit_.leave_unless(more);
    }
    emit_.tick(tick);
    if (f.iter != kNoLocal) emit_.set(f.iter, f.varying ? on : emit_.boolean(true));
    return on;
  }

  // After break or return by all elements together the loop ends before its condition is looked at.
  void leave_if_stopped(const LoopFrame& f) {
    if (f.active == kNoLocal) return;
    emit_.leave_unless(emit_.get(f.active));
  }

  void while_loop(const TypedStmt& s, ValueId mask) {
    const LoopFrame f = open_frame(s.body, mask);
    emit_.begin_loop();
    if (!f.varying) leave_if_stopped(f);
    const ValueId more = value(s.expr, f.varying ? emit_.get(f.active) : mask);
    const ValueId on = enter_iteration(f, more, mask, TickKind::While);
    frames_.push_back(f);
    block(s.body, on);
    frames_.pop_back();
    emit_.end();
  }

  void for_loop(const TypedStmt& s, ValueId mask) {
    const Range range = range_of(s, mask);
    const LoopFrame f = open_frame(s.body, mask);
    const bool uniform_count = emit_.is_uniform(range.count);
    const bool uniform_next = emit_.is_uniform(range.start) && emit_.is_uniform(range.step);
    const LocalId left = add_hidden("left", DType::UInt64, uniform_count);
    const LocalId next = add_hidden("next", DType::Int64, uniform_next);
    emit_.set(left, range.count);
    emit_.set(next, range.start);
    emit_.begin_loop();
    // A uniform count in a varying loop is a leave of its own, which keeps it out of the masks.
    const bool leaves_apart = f.varying && uniform_count;
    if (!f.varying || leaves_apart) leave_if_stopped(f);
    const ValueId n = emit_.get(left);
    const ValueId more = emit_.compare(Op::Ne, {n, emit_.integer(DType::UInt64, 0)});
    ValueId on = mask;
    if (leaves_apart) {
      emit_.leave_unless(more);
      emit_.tick(TickKind::For);
      on = emit_.get(f.active);
      if (f.iter != kNoLocal) emit_.set(f.iter, on);
    } else {
      on = enter_iteration(f, more, mask, TickKind::For);
    }
    emit_.set(left, emit_.op(Op::Sub, DType::UInt64, {n, emit_.integer(DType::UInt64, 1)}));
    const ValueId v = emit_.get(next);
    emit_.set(next, emit_.op(Op::Add, DType::Int64, {v, range.step}));
    const ValueId variable = emit_.cast(v, typed_.locals[s.index].dtype);
    frames_.push_back(f);
    set_user(s.index, variable, on);

    const ValueId outer = exprs_.override_of(s.index);
    exprs_.override_local(s.index, assigns(s.body, s.index) ? kNoValue : variable);
    block(s.body, on);
    frames_.pop_back();
    exprs_.override_local(s.index, outer);
    emit_.end();
  }

  // Whether a statement of the block assigns the local, or a loop in it uses it as its variable.
  bool assigns(BlockId id, LocalId local) const {
    if (id == lang::kNone) return false;
    for (const TypedStmt& s : typed_.blocks[id]) {
      const bool sets = s.kind == StmtKind::Assign || s.kind == StmtKind::For;
      if (sets && s.index == local) return true;
      if (assigns(s.body, local) || assigns(s.orelse, local)) return true;
    }
    return false;
  }

  Range range_of(const TypedStmt& s, ValueId mask) {
    Range r;
    r.start = emit_.cast(value(s.start, mask), DType::Int64);
    const ValueId stop = emit_.cast(value(s.stop, mask), DType::Int64);
    r.step = emit_.cast(value(s.step, mask), DType::Int64);
    const Scalar* literal = emit_.constant_of(r.step);
    const std::int64_t known = literal != nullptr ? literal->as_int() : 0;
    if (known > 0) {
      r.count = iterations(Op::Lt, r.start, stop, r.step, known == 1);
      return r;
    }
    if (known < 0) {
      r.count = iterations(Op::Gt, r.start, stop, r.step, known == -1);
      return r;
    }
    const ValueId zero = emit_.integer(DType::Int64, 0);
    ValueId wrong = emit_.compare(Op::Eq, {r.step, zero});
    if (!emit_.is_uniform(wrong)) wrong = emit_.both(mask, wrong);
    emit_.fail(KernelStatus::ZeroStep, wrong);
    const ValueId up = iterations(Op::Lt, r.start, stop, r.step, false);
    const ValueId down = iterations(Op::Gt, r.start, stop, r.step, false);
    const ValueId none = emit_.integer(DType::UInt64, 0);
    const ValueId rises = emit_.compare(Op::Gt, {r.step, zero});
    const ValueId falls = emit_.compare(Op::Lt, {r.step, zero});
    r.count = emit_.where({rises, up, emit_.where({falls, down, none})});
    return r;
  }

  // (distance - 1) / |step| + 1 where start is before stop, else 0. The distance of two int64 fits
  // uint64.
  ValueId iterations(Op before, ValueId start, ValueId stop, ValueId step, bool unit) {
    const bool rising = before == Op::Lt;
    const auto minus = [&](ValueId a, ValueId b) {
      return emit_.cast(emit_.op(Op::Sub, DType::Int64, {a, b}), DType::UInt64);
    };
    const ValueId runs = emit_.compare(before, {start, stop});
    ValueId n = rising ? minus(stop, start) : minus(start, stop);
    if (!unit) {
      const ValueId one = emit_.integer(DType::UInt64, 1);
      const ValueId size = rising ? step : emit_.op(Op::Neg, DType::Int64, {step});
      const ValueId by = emit_.cast(size, DType::UInt64);
      const ValueId whole =
          emit_.op(Op::DivTrunc, DType::UInt64, {emit_.op(Op::Sub, DType::UInt64, {n, one}), by});
      n = emit_.op(Op::Add, DType::UInt64, {whole, one});
    }
    return emit_.where({runs, n, emit_.integer(DType::UInt64, 0)});
  }

  // Locals that some path does not assign before all reads in the text start as zero: what
  // switched-off elements read is no garbage then.
  void prepend_zeros() {
    Stage head;
    head.locals = stage_.locals;
    Emitter zeros(head);
    for (LocalId i = 0; i < needs_zero_.size(); ++i) {
      if (!needs_zero_[i]) continue;
      const Local& local = head.locals[i];
      zeros.set(i, is_text(local.dtype) ? zeros.constant({local.dtype, 0}, local.width)
                                        : zeros.number(local.dtype, 0));
    }
    prepend(stage_, std::move(head));
  }

  const TypedProgram& typed_;
  Slots& slots_;
  Divergence d_;
  Stage& stage_;
  Emitter emit_;
  ExprBuilder exprs_;
  std::vector<LoopFrame> frames_;
  LocalId result_ = kNoLocal;
  LocalId live_ = kNoLocal;
  std::vector<bool> needs_zero_;  // per local
  std::vector<bool> seen_set_;
  std::vector<LocalId> imag_local_;  // per local: of its imaginary part, or kNoLocal
  unsigned hidden_ = 0;
  std::optional<Diagnostic> error_;
};

}  // namespace

Outcome emit_statements(const TypedProgram& typed, Slots& slots, Stage& stage) {
  return Lowering(typed, slots, stage).run();
}

}  // namespace me::ir
