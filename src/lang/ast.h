// The syntax tree: what the parser hands to resolve, infer and print.
//
// Expressions are one array of nodes in evaluation order (operands before users), statements a tree
// of blocks of bounded depth; all references are ids. An expression text is a program of one
// Return.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lang/constant.h"
#include "lang/text_literal.h"
#include "lang/typed.h"

namespace me::lang {

using NodeId = std::uint32_t;

enum class NodeKind : std::uint8_t {
  Constant,     // index into Ast::constants
  Text,         // index into Ast::texts
  Name,         // index into Ast::names
  Operation,    // op(args); unary plus is Op::Positive
  Conditional,  // args: condition, then, otherwise
  Call,         // names[index](args, keywords)
  Axes,         // axes[index]: None or a tuple of integers; only as a call's argument
};

// np.sin and math.sin: the module says whether an all-scalar call gives a NumPy or a Python scalar.
enum class Prefix : std::uint8_t { None, Numpy, Math };

struct Node {
  NodeKind kind = NodeKind::Constant;
  Op op = Op::Cast;
  Prefix prefix = Prefix::None;
  std::uint32_t index = 0;
  std::uint32_t first_arg = 0;  // args are Ast::args[first_arg, first_arg + arg_count)
  std::uint32_t arg_count = 0;
  std::uint32_t first_keyword = 0;  // of a Call: Ast::keywords[first_keyword, + keyword_count)
  std::uint32_t keyword_count = 0;
  Span span;
};

// name=value in a call; `value` is a node like every other argument.
struct Keyword {
  std::uint32_t name = 0;
  NodeId value = kNone;
  Span span;
};

// `none`: None. Else a tuple: (0, -1).
struct AxesLiteral {
  bool none = true;
  std::vector<std::int32_t> list;
};

// One expression: nodes [first, root].
struct ExprRange {
  NodeId first = kNone;
  NodeId root = kNone;
};

enum class SyntaxKind : std::uint8_t {
  Assign,     // targets = exprs, pairwise (a, b = b, a); every expr is evaluated first
  Augmented,  // targets[0] op= exprs[0]
  Evaluate,   // exprs[0], discarded
  If,         // exprs[0]; body, orelse
  For,        // targets[0] in range(exprs...); body, orelse
  While,      // exprs[0]; body, orelse
  Break,
  Continue,
  Return,     // exprs[0]
  Print,      // texts around and between exprs
};

struct Target {
  std::uint32_t name = 0;
  Span span;
};

struct Statement {
  SyntaxKind kind = SyntaxKind::Return;
  Op op = Op::Cast;
  std::vector<Target> targets;
  std::vector<ExprRange> exprs;
  std::vector<std::string> texts;
  BlockId body = kNone;
  BlockId orelse = kNone;
  Span span;
};

struct Ast {
  std::string source;
  bool kernel = false;
  std::string name = "expression";
  Span name_span;
  FpMode fp = FpMode::Strict;
  std::vector<Target> params;  // of a kernel
  std::vector<Node> nodes;
  std::vector<NodeId> args;
  std::vector<Keyword> keywords;
  std::vector<AxesLiteral> axes;
  std::vector<Constant> constants;
  std::vector<TextLiteral> texts;
  std::vector<std::string> names;
  std::vector<std::vector<Statement>> blocks;
  BlockId root = 0;
  // Functions called without parentheses (miniexpr): a parameter of that name changes the parse.
  std::vector<std::uint32_t> bare_callees;
};

}  // namespace me::lang
