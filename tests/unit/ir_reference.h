// Two evaluators for tests: typed programs element by element as Python would run them, and IR
// programs over all elements in lockstep. Both know basic operations only and share their
// arithmetic.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/code.h"
#include "ir/constant.h"
#include "ir/kernel_abi.h"
#include "lang/typed.h"

namespace me::ir_test {

using Column = std::vector<Scalar>;  // one value per element, or one for all

struct Run {
  ir::KernelStatus status = ir::KernelStatus::Done;
  Column values;
};

inline Scalar identity_of(Op op, DType t) {
  switch (op) {
    case Op::Prod:
    case Op::All: return cast_scalar(Scalar::of_int(DType::Int64, 1), t);
    case Op::Min: return Scalar::of_int(t, INT64_MAX);
    case Op::Max: return Scalar::of_int(t, INT64_MIN);
    default: return cast_scalar(Scalar::of_int(DType::Int64, 0), t);
  }
}

inline Scalar combine(Op op, Scalar a, Scalar b) {
  const Op how = op == Op::Sum    ? Op::Add
                 : op == Op::Prod ? Op::Mul
                 : op == Op::Min  ? Op::Minimum
                 : op == Op::Max  ? Op::Maximum
                 : op == Op::Any  ? Op::BitOr
                                  : Op::BitAnd;
  return *ir::evaluate(how, a.dtype, {a, b, Scalar{}});
}

// Runs the typed program for each element on its own. A reduction's value comes from the run
// before, until it no longer changes: each is evaluated at most once per element.
class PythonRun {
 public:
  PythonRun(const lang::TypedProgram& p, const std::vector<Column>& params, std::size_t n,
            std::int64_t cap)
      : p_(p), params_(params), n_(n), cap_(cap) {}

  Run run() {
    Run r;
    for (std::size_t round = 0;; ++round) {
      r = Run{};
      std::map<lang::ExprId, Scalar> reduced;
      for (element_ = 0; element_ < n_; ++element_) {
        locals_.clear();
        for (const auto& l : p_.locals) locals_.push_back({l.dtype, 0});
        reduced_now_ = &reduced;
        status_ = ir::KernelStatus::Done;
        if (block(p_.root) != Flow::Return && status_ == ir::KernelStatus::Done) {
          status_ = ir::KernelStatus::MissingReturn;
        }
        if (status_ != ir::KernelStatus::Done) r.status = status_;
        r.values.push_back(result_);
      }
      if (reduced == reduced_ || round > 50) return r;
      reduced_ = reduced;
    }
  }

 private:
  enum class Flow { Next, Break, Continue, Return, Stop };

  Flow block(lang::BlockId id) {
    if (id == lang::kNone) return Flow::Next;
    for (const auto& s : p_.blocks[id]) {
      const Flow f = statement(s);
      if (f != Flow::Next) return f;
    }
    return Flow::Next;
  }

  Flow statement(const lang::TypedStmt& s) {
    switch (s.kind) {
      case lang::StmtKind::Assign: locals_[s.index] = value(s.expr); return Flow::Next;
      case lang::StmtKind::If: return block(value(s.expr).bits != 0 ? s.body : s.orelse);
      case lang::StmtKind::Print: return Flow::Next;
      case lang::StmtKind::Break: return Flow::Break;
      case lang::StmtKind::Continue: return Flow::Continue;
      case lang::StmtKind::Return: result_ = value(s.expr); return Flow::Return;
      case lang::StmtKind::While: {
        for (std::int64_t i = 0; value(s.expr).bits != 0; ++i) {
          if (i == cap_) return stop(ir::KernelStatus::WhileCap);
          const Flow f = block(s.body);
          if (f == Flow::Break) break;
          if (f == Flow::Return || f == Flow::Stop) return f;
        }
        return Flow::Next;
      }
      case lang::StmtKind::For: {
        const __int128 start = value(s.start).as_int();
        const __int128 stop_at = value(s.stop).as_int();
        const __int128 step = value(s.step).as_int();
        if (step == 0) return stop(ir::KernelStatus::ZeroStep);
        for (__int128 i = start; step > 0 ? i < stop_at : i > stop_at; i += step) {
          locals_[s.index] = Scalar::of_int(DType::Int64, static_cast<std::int64_t>(i));
          const Flow f = block(s.body);
          if (f == Flow::Break) break;
          if (f == Flow::Return || f == Flow::Stop) return f;
        }
        return Flow::Next;
      }
    }
    return Flow::Next;
  }

  Flow stop(ir::KernelStatus s) {
    status_ = s;
    return Flow::Stop;
  }

  Scalar value(lang::ExprId id) {
    const auto& e = p_.exprs[id];
    switch (e.kind) {
      case lang::ExprKind::Literal: return e.value;
      case lang::ExprKind::Param: {
        const Column& c = params_[e.index];
        return c.size() == 1 ? c[0] : c[element_];
      }
      case lang::ExprKind::Local: return locals_[e.index];
      case lang::ExprKind::Count:
        return Scalar::of_int(DType::Int64, static_cast<std::int64_t>(n_));
      case lang::ExprKind::Index:
      case lang::ExprKind::Call:
      case lang::ExprKind::Argument: ME_ASSERT(!"in the programs of these tests"); break;
      case lang::ExprKind::Op: break;
    }
    std::array<Scalar, 3> args;
    for (std::size_t i = 0; i < 3; ++i) {
      if (e.args[i] != lang::kNone) args[i] = value(e.args[i]);
    }
    if (info_of(e.op).impl != Impl::reduce) return *ir::evaluate(e.op, e.dtype, args);
    auto at = reduced_now_->try_emplace(id, identity_of(e.op, e.dtype)).first;
    at->second = combine(e.op, at->second, args[0]);
    const auto known = reduced_.find(id);
    return known == reduced_.end() ? identity_of(e.op, e.dtype) : known->second;
  }

  const lang::TypedProgram& p_;
  const std::vector<Column>& params_;
  std::size_t n_;
  std::int64_t cap_;
  std::size_t element_ = 0;
  std::vector<Scalar> locals_;
  Scalar result_;
  ir::KernelStatus status_ = ir::KernelStatus::Done;
  std::map<lang::ExprId, Scalar> reduced_;
  std::map<lang::ExprId, Scalar>* reduced_now_ = nullptr;
};

// Runs all stages of an IR program, the elements together. Locals start as garbage.
class LockstepRun {
 public:
  LockstepRun(const ir::Program& p, const std::vector<Column>& params, std::size_t n,
              std::int64_t cap)
      : p_(p), params_(params), n_(n), cap_(cap) {}

  Run run() {
    Run r;
    for (const ir::Stage& s : p_.stages) {
      r.status = stage(s);
      if (r.status != ir::KernelStatus::Done) return r;
    }
    r.values = stored_;
    return r;
  }
  std::size_t steps() const { return steps_; }

 private:
  ir::KernelStatus stage(const ir::Stage& s) {
    const auto size = s.insts.size();
    values_.assign(size, {});
    locals_.clear();
    for (const ir::Local& l : s.locals) {
      Scalar garbage = cast_scalar(Scalar::of_int(DType::Int64, 77), l.dtype);
      locals_.push_back(Column(l.uniform ? 1 : n_, garbage));
    }
    std::vector<Scalar> accumulators;
    for (const auto& r : s.reductions) accumulators.push_back(identity_of(r.op, r.dtype));
    std::vector<std::size_t> loops;
    std::vector<std::int64_t> ticks(size, 0);
    for (std::size_t i = 0; i < size; ++i, ++steps_) {
      const ir::Inst& inst = s.insts[i];
      switch (inst.kind) {
        case ir::InstKind::If:
          if (!any(inst.args[0])) i = end_of(s, i);
          else loops.push_back(i);
          break;
        case ir::InstKind::Loop:
          loops.push_back(i);
          ticks[i] = 0;
          break;
        case ir::InstKind::End:
          if (s.insts[loops.back()].kind == ir::InstKind::Loop) i = loops.back();
          else loops.pop_back();
          break;
        case ir::InstKind::LeaveUnless:
          if (any(inst.args[0])) break;
          i = end_of(s, loops.back());
          loops.pop_back();
          break;
        case ir::InstKind::Tick:
          if (inst.index == 0 && ++ticks[loops.back()] > cap_) return ir::KernelStatus::WhileCap;
          break;
        case ir::InstKind::Fail:
          if (any(inst.args[0])) return static_cast<ir::KernelStatus>(inst.index);
          break;
        case ir::InstKind::Set:
          for (std::size_t k = 0; k < locals_[inst.index].size(); ++k) {
            if (inst.args[1] == ir::kNoValue || values_[inst.args[1]][k].bits != 0) {
              locals_[inst.index][k] = values_[inst.args[0]][k];
            }
          }
          break;
        case ir::InstKind::Store: stored_ = values_[inst.args[0]]; break;
        case ir::InstKind::Reduce: {
          Scalar& sum = accumulators[inst.index];
          for (std::size_t k = 0; k < n_; ++k) {
            if (inst.args[1] != ir::kNoValue && values_[inst.args[1]][k].bits == 0) continue;
            sum = combine(s.reductions[inst.index].op, sum, values_[inst.args[0]][k]);
          }
          break;
        }
        default: values_[i] = compute(inst);
      }
    }
    for (std::size_t k = 0; k < p_.scalars.size(); ++k) {
      const auto& slot = p_.scalars[k];
      const bool mine = slot.source == ir::ScalarSource::Reduction && &p_.stages[slot.stage] == &s;
      if (mine) reduced_[k] = accumulators[slot.reduction];
    }
    return ir::KernelStatus::Done;
  }

  Column compute(const ir::Inst& inst) {
    switch (inst.kind) {
      case ir::InstKind::Operand: return params_[p_.operands[inst.index].param];
      case ir::InstKind::Scalar: return {scalar(inst.index)};
      case ir::InstKind::Const: return {inst.value};
      case ir::InstKind::Get: return locals_[inst.index];
      case ir::InstKind::Splat: return Column(n_, values_[inst.args[0]][0]);
      default: break;
    }
    Column out;
    for (std::size_t k = 0; k < (inst.uniform ? 1 : n_); ++k) {
      std::array<Scalar, 3> args;
      for (std::size_t a = 0; a < 3; ++a) {
        if (inst.args[a] != ir::kNoValue) args[a] = values_[inst.args[a]][k];
      }
      const auto v = ir::evaluate(inst.op, inst.dtype, args);
      ME_ASSERT(v.has_value());
      out.push_back(*v);
    }
    return out;
  }

  Scalar scalar(std::uint32_t index) {
    const auto& slot = p_.scalars[index];
    switch (slot.source) {
      case ir::ScalarSource::Param: return params_[slot.param][0];
      case ir::ScalarSource::Count:
        return Scalar::of_int(DType::Int64, static_cast<std::int64_t>(n_));
      case ir::ScalarSource::Extent:
      case ir::ScalarSource::Ndim:
      case ir::ScalarSource::Carried:
      case ir::ScalarSource::Live:
      case ir::ScalarSource::Operand: ME_ASSERT(!"in the programs of these tests"); break;
      case ir::ScalarSource::Reduction: break;
    }
    return reduced_.at(index);
  }

  bool any(ir::ValueId v) const {
    for (const Scalar& s : values_[v]) {
      if (s.bits != 0) return true;
    }
    return false;
  }

  static std::size_t end_of(const ir::Stage& s, std::size_t begin) {
    int depth = 0;
    for (std::size_t i = begin;; ++i) {
      const auto kind = s.insts[i].kind;
      if (kind == ir::InstKind::If || kind == ir::InstKind::Loop) ++depth;
      if (kind == ir::InstKind::End && --depth == 0) return i;
    }
  }

  const ir::Program& p_;
  const std::vector<Column>& params_;
  std::size_t n_;
  std::int64_t cap_;
  std::vector<Column> values_;
  std::vector<Column> locals_;
  Column stored_;
  std::map<std::size_t, Scalar> reduced_;
  std::size_t steps_ = 0;
};

}  // namespace me::ir_test
