// Typed programs written by hand, for tests of the IR.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "lang/typed.h"

namespace me::ir_test {

using lang::BlockId;
using lang::ExprId;
using lang::StmtKind;
using lang::TypedStmt;

class Typed {
 public:
  lang::TypedProgram program;

  std::uint32_t param(DType t, bool uniform = false) {
    Param p;
    p.name = "p" + std::to_string(program.params.size());
    p.dtype = t;
    p.uniform = uniform;
    program.params.push_back(p);
    return static_cast<std::uint32_t>(program.params.size() - 1);
  }
  std::uint32_t local(const std::string& name, DType t) {
    program.locals.push_back({name, t});
    return static_cast<std::uint32_t>(program.locals.size() - 1);
  }

  ExprId literal(Scalar v) {
    lang::TypedExpr e;
    e.value = v;
    e.dtype = v.dtype;
    return add(e);
  }
  ExprId real(double v, DType t = DType::Float64) { return literal(Scalar::of_float(t, v)); }
  ExprId integer(std::int64_t v, DType t = DType::Int64) { return literal(Scalar::of_int(t, v)); }
  ExprId load(std::uint32_t param) {
    return leaf(lang::ExprKind::Param, program.params[param].dtype, param);
  }
  ExprId read(std::uint32_t local) {
    return leaf(lang::ExprKind::Local, program.locals[local].dtype, local);
  }
  ExprId count() { return leaf(lang::ExprKind::Count, DType::Int64, 0); }
  ExprId op(Op op, DType t, std::initializer_list<ExprId> args) {
    lang::TypedExpr e;
    e.kind = lang::ExprKind::Op;
    e.op = op;
    e.dtype = t;
    std::size_t n = 0;
    for (ExprId a : args) e.args[n++] = a;
    return add(e);
  }
  ExprId f64(Op o, std::initializer_list<ExprId> args) { return op(o, DType::Float64, args); }
  ExprId i64(Op o, std::initializer_list<ExprId> args) { return op(o, DType::Int64, args); }
  ExprId test(Op o, std::initializer_list<ExprId> args) { return op(o, DType::Bool, args); }

  BlockId block(std::vector<TypedStmt> stmts) {
    program.blocks.push_back(std::move(stmts));
    return static_cast<BlockId>(program.blocks.size() - 1);
  }
  static TypedStmt assign(std::uint32_t local, ExprId value) {
    TypedStmt s = statement(StmtKind::Assign);
    s.index = local;
    s.expr = value;
    return s;
  }
  static TypedStmt branch(ExprId condition, BlockId body, BlockId orelse = lang::kNone) {
    TypedStmt s = statement(StmtKind::If);
    s.expr = condition;
    s.body = body;
    s.orelse = orelse;
    return s;
  }
  static TypedStmt loop(ExprId condition, BlockId body) {
    TypedStmt s = statement(StmtKind::While);
    s.expr = condition;
    s.body = body;
    return s;
  }
  static TypedStmt range(std::uint32_t local, ExprId start, ExprId stop, ExprId step,
                         BlockId body) {
    TypedStmt s = statement(StmtKind::For);
    s.index = local;
    s.start = start;
    s.stop = stop;
    s.step = step;
    s.body = body;
    return s;
  }
  static TypedStmt give(ExprId value) {
    TypedStmt s = statement(StmtKind::Return);
    s.expr = value;
    return s;
  }
  static TypedStmt statement(StmtKind kind) {
    TypedStmt s;
    s.kind = kind;
    return s;
  }

  const lang::TypedProgram& expression(ExprId root) {
    program.name = "expression";
    program.root = block({give(root)});
    program.result = program.exprs[root].dtype;
    return program;
  }
  const lang::TypedProgram& kernel(std::vector<TypedStmt> stmts, DType result) {
    program.name = "kernel";
    program.is_kernel = true;
    program.root = block(std::move(stmts));
    program.result = result;
    return program;
  }

 private:
  ExprId add(const lang::TypedExpr& e) {
    program.exprs.push_back(e);
    return static_cast<ExprId>(program.exprs.size() - 1);
  }
  ExprId leaf(lang::ExprKind kind, DType t, std::uint32_t index) {
    lang::TypedExpr e;
    e.kind = kind;
    e.dtype = t;
    e.index = index;
    return add(e);
  }
};

}  // namespace me::ir_test
