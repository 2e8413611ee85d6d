// Texts of the syntax tree and of the typed program.
//
// Enters: either structure. Leaves: one line per node or statement, the same text that golden tests
// and ME_DUMP show. Nodes are numbered and never nested in one another: absurdly deep programs
// print like any other. Example (typed, `x*2` with x: float32[]):
//   expression(x: float32) -> float32
//     %0 = param x : float32
//     %1 = literal 2 : float32
//     %2 = mul %0 %1 : float32
//     return %2
// Tested by tests/unit/lang_infer_test and lang_parse_test.cpp.
#include <algorithm>
#include <charconv>

#include "frontend.h"

namespace me::lang {
namespace {

std::string lower(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z' && !out.empty()) out += '_';
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

std::string value_text(Scalar s) {
  if (is_text(s.dtype)) return "text " + std::to_string(s.bits);
  if (is_bool(s.dtype)) return s.bits != 0 ? "true" : "false";
  if (s.dtype == DType::UInt64) return std::to_string(s.bits);
  if (!is_float(s.dtype)) return std::to_string(s.as_int());
  char buffer[40];
  const double v = s.as_double();
  const auto end = s.dtype == DType::Float32
                       ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(v)).ptr
                       : std::to_chars(buffer, buffer + sizeof buffer, v).ptr;
  return std::string(buffer, end);
}

std::string ref(std::uint32_t id) { return "%" + std::to_string(id); }

class AstPrinter {
 public:
  explicit AstPrinter(const Ast& ast) : ast_(ast) {}

  std::string run() {
    out_ = ast_.name;
    if (ast_.kernel) {
      out_ += "(";
      for (std::size_t i = 0; i < ast_.params.size(); ++i) {
        out_ += (i == 0 ? "" : ", ") + ast_.names[ast_.params[i].name];
      }
      out_ += ")";
    }
    out_ += "\n";
    block(ast_.root, "  ");
    return std::move(out_);
  }

 private:
  void nodes(const ExprRange& range, const std::string& indent) {
    for (NodeId id = range.first; id <= range.root; ++id) {
      const Node& n = ast_.nodes[id];
      out_ += indent + ref(id) + " = " + text(n);
      for (std::uint32_t i = 0; i < n.arg_count; ++i) out_ += " " + ref(ast_.args[n.first_arg + i]);
      for (std::uint32_t i = 0; i < n.keyword_count; ++i) {
        const Keyword& k = ast_.keywords[n.first_keyword + i];
        out_ += " " + ast_.names[k.name] + "=" + ref(k.value);
      }
      out_ += "\n";
    }
  }

  std::string text(const Node& n) const {
    const std::string prefix = n.prefix == Prefix::Numpy  ? "np."
                               : n.prefix == Prefix::Math ? "math."
                                                          : "";
    switch (n.kind) {
      case NodeKind::Constant: return "constant " + to_string(ast_.constants[n.index]);
      case NodeKind::Text: return "text " + std::to_string(n.index);
      case NodeKind::Name: return "name " + prefix + ast_.names[n.index];
      case NodeKind::Operation: return lower(info_of(n.op).name);
      case NodeKind::Conditional: return "conditional";
      case NodeKind::Call: return "call " + prefix + ast_.names[n.index];
      case NodeKind::Axes: return "axes " + axes_text(ast_.axes[n.index]);
    }
    return "";
  }

  static std::string axes_text(const AxesLiteral& axes) {
    if (axes.none) return "None";
    std::string list;
    for (const std::int32_t axis : axes.list) list += std::to_string(axis) + ",";
    return "(" + list + ")";
  }

  void block(BlockId id, const std::string& indent) {
    for (const Statement& s : ast_.blocks[id]) statement(s, indent);
    if (ast_.blocks[id].empty()) out_ += indent + "pass\n";
  }

  void loop_else(const Statement& s, const std::string& indent) {
    if (s.orelse == kNone) return;
    out_ += indent + "else:\n";
    block(s.orelse, indent + "  ");
  }

  void statement(const Statement& s, const std::string& indent) {
    for (const ExprRange& e : s.exprs) nodes(e, indent);
    std::string targets;
    for (const Target& t : s.targets) {
      targets += (targets.empty() ? "" : ", ") + ast_.names[t.name];
    }
    std::string values;
    for (const ExprRange& e : s.exprs) values += (values.empty() ? "" : ", ") + ref(e.root);
    const std::string inner = indent + "  ";
    switch (s.kind) {
      case SyntaxKind::Assign: out_ += indent + targets + " = " + values + "\n"; break;
      case SyntaxKind::Augmented:
        out_ += indent + targets + " " + lower(info_of(s.op).name) + "= " + values + "\n";
        break;
      case SyntaxKind::Print: out_ += indent + "print " + values + "\n"; break;
      case SyntaxKind::Evaluate: out_ += indent + "evaluate " + values + "\n"; break;
      case SyntaxKind::If:
        out_ += indent + "if " + values + ":\n";
        block(s.body, inner);
        if (s.orelse != kNone) {
          out_ += indent + "else:\n";
          block(s.orelse, inner);
        }
        break;
      case SyntaxKind::For:
        out_ += indent + "for " + targets + " in " + values + ":\n";
        block(s.body, inner);
        loop_else(s, indent);
        break;
      case SyntaxKind::While:
        out_ += indent + "while " + values + ":\n";
        block(s.body, inner);
        loop_else(s, indent);
        break;
      case SyntaxKind::Break: out_ += indent + "break\n"; break;
      case SyntaxKind::Continue: out_ += indent + "continue\n"; break;
      case SyntaxKind::Return: out_ += indent + "return " + values + "\n"; break;
    }
  }

  const Ast& ast_;
  std::string out_;
};

class TypedPrinter {
 public:
  explicit TypedPrinter(const TypedProgram& program) : program_(program) {}

  std::string run() {
    out_ = program_.name + "(";
    for (std::size_t i = 0; i < program_.params.size(); ++i) {
      const Param& p = program_.params[i];
      const auto width = static_cast<std::uint32_t>(p.itemsize / unit_of(p.dtype));
      out_ += (i == 0 ? "" : ", ") + p.name + ": " + type_text(p.dtype, width);
      if (p.uniform) out_ += " uniform";
      if (p.weak) out_ += " weak";
    }
    out_ += ") -> " + type_text(program_.result, program_.result_width) + "\n";
    for (const TypedLocal& l : program_.locals) {
      out_ += "  local " + l.name + " : " + type_text(l.dtype, l.width) + "\n";
    }
    block(program_.root, "  ");
    return std::move(out_);
  }

 private:
  // The expressions are in statement order: a statement's own are those up to its last root.
  void exprs(std::initializer_list<ExprId> roots, const std::string& indent) {
    for (const ExprId root : roots) {
      for (; root != kNone && next_ <= root; ++next_) {
        const TypedExpr& e = program_.exprs[next_];
        out_ += indent + ref(next_) + " = " + text(e) + " : ";
        out_ += type_text(e.dtype, e.width) + "\n";
      }
    }
  }

  std::string text(const TypedExpr& e) const {
    switch (e.kind) {
      case ExprKind::Literal: return "literal " + value_text(e.value);
      case ExprKind::Param: return "param " + program_.params[e.index].name;
      case ExprKind::Local: return "local " + program_.locals[e.index].name;
      case ExprKind::Count: return "count";
      case ExprKind::Index: return index_text(IndexSymbol::of(e.index));
      case ExprKind::Call:
      case ExprKind::Argument:
      case ExprKind::Op: break;
    }
    std::string out = e.kind == ExprKind::Call       ? "call " + program_.callouts[e.index].name
                      : e.kind == ExprKind::Argument ? "argument"
                                                     : lower(info_of(e.op).name);
    for (const ExprId a : e.args) {
      if (a != kNone) out += " " + ref(a);
    }
    return info_of(e.op).impl == Impl::reduce ? out + axes_text(e.index) : out;
  }

  static std::string index_text(IndexSymbol symbol) {
    switch (symbol.kind) {
      case IndexSymbol::Position: return "position " + std::to_string(symbol.axis);
      case IndexSymbol::Extent: return "extent " + std::to_string(symbol.axis);
      case IndexSymbol::Ndim: return "ndim";
      case IndexSymbol::FlatIndex: break;
    }
    return "flat_index";
  }

  std::string axes_text(std::uint32_t index) const {
    if (index == 0) return "";
    const Axes& axes = program_.axes[index - 1];
    std::string out = " axes";
    if (axes.all) out += " all";
    for (const std::int32_t axis : axes.list) out += " " + std::to_string(axis);
    return axes.keepdims ? out + " keepdims" : out;
  }

  void block(BlockId id, const std::string& indent) {
    for (const TypedStmt& s : program_.blocks[id]) statement(s, indent);
  }

  void statement(const TypedStmt& s, const std::string& indent) {
    exprs({s.expr, s.start, s.stop, s.step}, indent);
    const std::string inner = indent + "  ";
    const auto local = [&] { return program_.locals[s.index].name; };
    switch (s.kind) {
      case StmtKind::Assign: out_ += indent + local() + " = " + ref(s.expr) + "\n"; break;
      case StmtKind::If:
        out_ += indent + "if " + ref(s.expr) + ":\n";
        block(s.body, inner);
        if (s.orelse != kNone) {
          out_ += indent + "else:\n";
          block(s.orelse, inner);
        }
        break;
      case StmtKind::For:
        out_ += indent + "for " + local() + " in " + ref(s.start) + ", " + ref(s.stop) + ", " +
                ref(s.step) + ":\n";
        block(s.body, inner);
        break;
      case StmtKind::While:
        out_ += indent + "while " + ref(s.expr) + ":\n";
        block(s.body, inner);
        break;
      case StmtKind::Break: out_ += indent + "break\n"; break;
      case StmtKind::Continue: out_ += indent + "continue\n"; break;
      case StmtKind::Return: out_ += indent + "return " + ref(s.expr) + "\n"; break;
      case StmtKind::Print: {
        const TypedPrint& p = program_.prints[s.index];
        for (const ExprId arg : p.args) exprs({arg}, indent);
        out_ += indent + "print \"" + p.texts[0] + "\"";
        for (std::size_t i = 0; i < p.args.size(); ++i) {
          out_ += " " + ref(p.args[i]) + " \"" + p.texts[i + 1] + "\"";
        }
        out_ += "\n";
        break;
      }
    }
  }

  const TypedProgram& program_;
  ExprId next_ = 0;
  std::string out_;
};

}  // namespace

std::string print(const Ast& ast) { return AstPrinter(ast).run(); }
std::string print(const TypedProgram& program) { return TypedPrinter(program).run(); }

}  // namespace me::lang
