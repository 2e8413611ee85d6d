// The parser's state and the grammar's functions, shared by parse_expr.cpp and parse_kernel.cpp.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lang/ast.h"
#include "lang/dialect.h"
#include "lang/lexer.h"

namespace me::lang {

// Binding strength of binary operators, weakest first: the `level` column of tokens.def.
enum Level : int { kOrLevel = 1, kAndLevel, kCompareLevel, kBitOrLevel, kLastLevel = 9 };

class Parser {
 public:
  // `variables` are names that must not be taken for functions called without parentheses.
  Parser(std::string_view text, Tokens tokens, const Rules& rules, std::set<std::string> variables);
  Result<Ast> run();
  Result<Ast> run_for_names();  // of a kernel nothing but its header

 private:
  // One recursive call of the grammar; construct, then check ok().
  class Depth {
   public:
    explicit Depth(Parser& p) : parser_(p) { ++parser_.depth_; }
    ~Depth() { --parser_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    bool ok() const;

   private:
    Parser& parser_;
  };

  // parse_expr.cpp. kNone: failed, and error_ says why; the frames of this recursion must be small.
  Result<ExprRange> expression_range();  // one whole expression, or list, for a statement
  Result<ExprRange> single_range();      // the same without lists
  Result<ExprRange> range_of(NodeId (Parser::*parse)());
  NodeId list();                 // expression {"," expression} where the dialect has lists
  NodeId expression();
  NodeId binary(int level);
  NodeId operand(int level);
  NodeId unary();                // numpy: sign binds weaker than **
  NodeId power();
  NodeId factor();               // miniexpr: sign binds tighter than **
  NodeId signed_primary();
  NodeId primary();
  [[gnu::noinline]] NodeId number();
  [[gnu::noinline]] NodeId text_literal();
  [[gnu::noinline]] NodeId name();
  [[gnu::noinline]] NodeId call(const Token& callee, Prefix prefix, Span span);
  NodeId argument(bool keyword);
  bool at_axes(bool keyword) const;
  [[gnu::noinline]] NodeId axes();
  [[gnu::noinline]] bool keyword(std::vector<Keyword>& keywords);
  [[gnu::noinline]] NodeId bare_call(const Token& callee);
  bool starts_operand(TokenKind kind) const;
  int operator_level() const;  // of the next token; 0: no operator
  [[gnu::noinline]] NodeId comparison(Span begin, NodeId left, NodeId* right);
  [[gnu::noinline]] NodeId membership(bool negated, Span span, NodeId part, NodeId whole);

  // parse_kernel.cpp
  Outcome kernel();
  Outcome kernel_header();
  Outcome parameters();
  Outcome skip_annotation();
  Result<BlockId> suite();
  Outcome statement(BlockId into);
  Outcome simple_statements(BlockId into);
  Outcome simple_statement(BlockId into);
  Outcome assignment(BlockId into);
  Outcome tuple_values(Statement& s);
  Outcome print_statement(BlockId into);
  Outcome if_statement(BlockId into);
  Outcome for_statement(BlockId into);
  Outcome while_statement(BlockId into);
  Outcome loop_else(Statement& s);
  Result<Target> target();
  Outcome pragmas(const std::vector<Span>& comments);

  // Tokens
  const Token& peek(std::size_t ahead = 0) const;
  const Token& take();
  bool accept(TokenKind kind);
  Outcome expect(TokenKind kind, std::string_view what);
  std::string_view text_of(const Token& t) const { return slice(text_, t.span); }
  bool is_word(const Token& t, std::string_view word) const;
  Span from(Span begin) const;  // from `begin` to the last token taken

  // Errors
  [[gnu::noinline]] NodeId fail(Diagnostic d);
  [[gnu::noinline]] NodeId fail_at(Span span, std::string_view a, std::string_view b = "",
                                   std::string_view c = "");
  [[gnu::noinline]] NodeId fail_unexpected();
  [[gnu::noinline]] NodeId fail_missing();
  [[gnu::noinline]] NodeId fail_deep();
  [[gnu::noinline]] bool wants(TokenKind kind, std::string_view what);  // expect(), for expressions
  Diagnostic error(Span span, std::string message, std::string note = "") const;
  Diagnostic unexpected() const;
  // parse_advice.cpp: what to do about the current token, which is out of place
  std::string advice() const;
  std::string open_paren() const;
  Diagnostic too_deep() const;

  // Nodes
  [[gnu::noinline]] NodeId add(Node node);
  [[gnu::noinline]] NodeId operation(Op op, Span span, std::initializer_list<NodeId> args);
  std::uint32_t intern(std::string_view name);
  Op op_of(TokenKind kind) const;

  std::string_view text_;
  const Rules& rules_;
  std::set<std::string> variables_;
  Tokens tokens_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  unsigned block_depth_ = 0;
  unsigned chain_depth_ = 0;  // blocks and elif parts around the current statement
  unsigned loops_ = 0;
  std::unordered_map<std::string, std::uint32_t> interned_;
  std::optional<Diagnostic> error_;
  Ast ast_;
};

}  // namespace me::lang
