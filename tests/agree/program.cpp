// Printing generated programs.
//
// Enters: a tree. Leaves: its source, every operation in parentheses, e.g. "where((a < 2), sin(b),
// c)", or "def k(a, b):\n    x = (a + b)\n    return x\n". The trees come from generate_expr.cpp
// and generate_kernel.cpp; what they mean is up to the language's front end.
#include "agree/program.h"

namespace me::agree {
namespace {

void print_block(const std::vector<Stmt>& body, std::size_t indent, std::string* out) {
  const std::string pad(indent, ' ');
  if (body.empty()) *out += pad + "pass\n";
  for (const Stmt& s : body) {
    *out += pad + s.head;
    if (!s.exprs.empty()) *out += " " + print(s.exprs.front());
    *out += s.tail;
    if (s.form == Stmt::Form::Block) {
      *out += ":\n";
      print_block(s.body, indent + 4, out);
    } else {
      *out += "\n";
    }
  }
}

}  // namespace

std::string print(const Expr& e) {
  switch (e.form) {
    case Expr::Form::Leaf:
      return e.head;
    case Expr::Form::Prefix:
      return "(" + e.head + " " + print(e.args[0]) + ")";
    case Expr::Form::Ternary:
      return "(" + print(e.args[1]) + " if " + print(e.args[0]) + " else " + print(e.args[2]) + ")";
    case Expr::Form::Infix: {
      std::string text = "(" + print(e.args[0]);
      for (std::size_t i = 1; i < e.args.size(); ++i) {
        text += " " + e.head + " " + print(e.args[i]);
      }
      return text + ")";
    }
    case Expr::Form::Call: {
      std::string text = e.head + "(";
      for (std::size_t i = 0; i < e.args.size(); ++i) text += (i ? ", " : "") + print(e.args[i]);
      return text + ")";
    }
  }
  return "";
}

std::string source_of(const Program& p) {
  if (!p.is_kernel) return print(p.root);
  std::string text = "def kernel(";
  for (std::size_t i = 0; i < p.params.size(); ++i) text += (i ? ", " : "") + p.params[i].name;
  text += "):\n";
  print_block(p.body, 4, &text);
  return text;
}

}  // namespace me::agree
