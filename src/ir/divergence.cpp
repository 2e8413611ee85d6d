// Uniformity analysis of a typed program.
//
// Enters: typed statements. Leaves: for each local, loop and for the returns, whether elements can
// differ. Everything starts out uniform; a walk over the statements turns to varying what is
// computed from a varying value or while only a part of the elements may be running. Walks repeat
// until nothing turns.
// Example: in `for i in range(3): if x > i: break`, i is uniform in the first walk; the break of a
// part of the elements makes the loop varying, so that the second walk finds i varying too.
// Tested by tests/unit/ir_spmd_test.cpp.
#include "ir/divergence.h"

#include <algorithm>

namespace me::ir {

using lang::BlockId;
using lang::ExprKind;
using lang::StmtKind;
using lang::TypedExpr;
using lang::TypedProgram;
using lang::TypedStmt;

Exits Divergence::exits_of(const TypedStmt& stmt) const {
  const auto of = [&](BlockId b) { return b == lang::kNone ? Exits{} : block_exits[b]; };
  switch (stmt.kind) {
    case StmtKind::Assign:
    case StmtKind::Print: return {};
    case StmtKind::If: {
      const Exits a = of(stmt.body);
      const Exits b = of(stmt.orelse);
      return {a.breaks || b.breaks, a.continues || b.continues, a.returns || b.returns};
    }
    case StmtKind::For:
    case StmtKind::While: return {false, false, of(stmt.body).returns};
    case StmtKind::Break: return {true, false, false};
    case StmtKind::Continue: return {false, true, false};
    case StmtKind::Return: return {false, false, true};
  }
  return {};
}

namespace {

class Analysis {
 public:
  explicit Analysis(const TypedProgram& typed) : typed_(typed) {
    d_.varying_local.assign(typed.locals.size(), false);
    d_.varying_loop.assign(typed.blocks.size(), false);
    d_.block_exits.assign(typed.blocks.size(), {});
    varying_expr_.assign(typed.exprs.size(), false);
    keep_text_per_element();
    find_exits(typed.root);
  }

  Divergence run() {
    do {
      changed_ = false;
      for (std::size_t i = 0; i < typed_.exprs.size(); ++i) {
        varying_expr_[i] = expr(typed_.exprs[i]);
      }
      block(typed_.root, false);
    } while (changed_);
    return std::move(d_);
  }

 private:
  // Where locals may have to be kept between passes over the elements (ir/script), strings are kept as
  // arrays: a value per call is a number.
  void keep_text_per_element() {
    const auto is_pass = [&](const TypedExpr& e) {
      return e.kind == ExprKind::Call ||
             (e.kind == ExprKind::Op && info_of(e.op).impl == Impl::reduce);
    };
    const bool passes = !typed_.prints.empty() ||
                        std::any_of(typed_.exprs.begin(), typed_.exprs.end(), is_pass);
    for (std::size_t i = 0; passes && i < typed_.locals.size(); ++i) {
      if (is_text(typed_.locals[i].dtype)) d_.varying_local[i] = true;
    }
  }

  void find_exits(BlockId id) {
    if (id == lang::kNone) return;
    Exits all;
    for (const TypedStmt& s : typed_.blocks[id]) {
      find_exits(s.body);
      find_exits(s.orelse);
      const Exits e = d_.exits_of(s);
      all.breaks = all.breaks || e.breaks;
      all.continues = all.continues || e.continues;
      all.returns = all.returns || e.returns;
    }
    d_.block_exits[id] = all;
  }

  bool expr(const TypedExpr& e) const {
    // Strings are always kept per element: uniform values have 8 bytes.
    if (is_text(e.dtype)) return true;
    switch (e.kind) {
      case ExprKind::Literal:
      case ExprKind::Count: return false;
      case ExprKind::Param: return !typed_.params[e.index].uniform;
      case ExprKind::Index: return !lang::IndexSymbol::of(e.index).uniform();
      case ExprKind::Local: return d_.varying_local[e.index];
      case ExprKind::Call:
        // Calls that may differ although their arguments do not are made for each element.
        if (!typed_.callouts[e.index].pure) return true;
        break;
      case ExprKind::Argument: break;
      case ExprKind::Op:
        if (info_of(e.op).impl == Impl::reduce && e.index == 0) return false;
        break;
    }
    for (lang::ExprId a : e.args) {
      if (a != lang::kNone && varying_expr_[a]) return true;
    }
    return false;
  }

  void turn(std::vector<bool>& flags, std::size_t i) {
    if (flags[i]) return;
    flags[i] = true;
    changed_ = true;
  }
  void turn(bool& flag) {
    changed_ = changed_ || !flag;
    flag = true;
  }

  // `partial`: some elements may be switched off where the block begins.
  void block(BlockId id, bool partial) {
    if (id == lang::kNone) return;
    for (const TypedStmt& s : typed_.blocks[id]) {
      statement(s, partial);
      if (d_.exits_of(s).any()) {
        partial = partial || (loops_.empty() ? d_.varying_return : d_.varying_loop[loops_.back()]);
      }
    }
  }

  void statement(const TypedStmt& s, bool partial) {
    switch (s.kind) {
      case StmtKind::Assign:
        if (partial || varying_expr_[s.expr]) turn(d_.varying_local, s.index);
        return;
      case StmtKind::If: {
        const bool inner = partial || varying_expr_[s.expr];
        block(s.body, inner);
        block(s.orelse, inner);
        return;
      }
      case StmtKind::While: loop(s, partial, varying_expr_[s.expr]); return;
      case StmtKind::For: {
        const bool varying =
            varying_expr_[s.start] || varying_expr_[s.stop] || varying_expr_[s.step];
        loop(s, partial, varying);
        if (partial || d_.varying_loop[s.body]) turn(d_.varying_local, s.index);
        return;
      }
      case StmtKind::Print: return;
      case StmtKind::Break:
      case StmtKind::Continue:
        if (partial) turn(d_.varying_loop, loops_.back());
        return;
      case StmtKind::Return:
        if (partial || varying_expr_[s.expr]) turn(d_.varying_result);
        if (!partial) return;
        turn(d_.varying_return);
        for (BlockId body : loops_) turn(d_.varying_loop, body);
        return;
    }
  }

  void loop(const TypedStmt& s, bool partial, bool varying) {
    if (varying) turn(d_.varying_loop, s.body);
    loops_.push_back(s.body);
    block(s.body, partial || d_.varying_loop[s.body]);
    loops_.pop_back();
  }

  const TypedProgram& typed_;
  Divergence d_;
  std::vector<bool> varying_expr_;
  std::vector<BlockId> loops_;
  bool changed_ = false;
};

}  // namespace

Divergence find_divergence(const TypedProgram& typed) { return Analysis(typed).run(); }

}  // namespace me::ir
