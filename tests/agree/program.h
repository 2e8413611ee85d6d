// A generated program as a tree: printed to source text, and taken apart by the minimiser.
#pragma once

#include <string>
#include <vector>

#include "base/dtype.h"
#include "lang/dialect.h"

namespace me::agree {

// An expression. `head` is the operator's symbol, the function's name, or a leaf's text.
struct Expr {
  enum class Form { Leaf, Infix, Prefix, Call, Ternary };
  Form form = Form::Leaf;
  std::string head;
  DType dtype = DType::Auto;  // what the generator expects; minimising replaces like by like
  std::vector<Expr> args;
};
std::string print(const Expr& e);

struct Stmt {
  // Text lines are printed as they are (break, continue); others carry expressions after `head`:
  // Simple: `head expr`, e.g. "x =", "x +=", "return". Block: `head expr:` and a body, e.g. "if".
  enum class Form { Text, Simple, Block };
  Form form = Form::Text;
  std::string head;
  std::vector<Expr> exprs;  // none or one
  std::string tail;         // of a block: what follows the expression before ':', e.g. ")"
  std::vector<Stmt> body;
  bool fixed = false;  // the minimiser keeps it: loop counters
};

struct ParamDecl {
  std::string name;
  DType dtype = DType::Auto;
  bool uniform = false;
  bool weak = false;
};

struct Program {
  lang::Dialect dialect = lang::Dialect::Numpy;
  std::vector<ParamDecl> params;
  bool is_kernel = false;
  Expr root;               // of an expression
  std::vector<Stmt> body;  // of a kernel
};
std::string source_of(const Program& p);

}  // namespace me::agree
