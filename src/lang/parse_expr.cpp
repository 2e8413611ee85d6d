// The expression grammar, and parse() itself.
//
// Enters: tokens. Leaves: nodes in evaluation order, or a located error. `a + b*2` becomes
//   %0 name a   %1 name b   %2 constant 2   %3 mul %1 %2   %4 add %0 %3
// Binary operators are parsed by precedence climbing, so that one parenthesis costs a handful of
// stack frames; every recursive step is counted and bounded (tuning::kMaxNesting), chains of binary
// operators do not recurse at all. The operands of a chained comparison are shared, not repeated.
// Tested by tests/unit/lang_parse_test.cpp and lang_hostile_test.cpp.
#include <algorithm>

#include "advice.h"
#include "base/tuning.h"
#include "frontend.h"
#include "names.h"
#include "parser.h"

namespace me::lang {
namespace {

struct TokenInfo {
  std::string_view text;
  int level;
  Op op;
};

constexpr TokenInfo kTokens[] = {
    {"end of text", 0, Op::Cast},  {"end of line", 0, Op::Cast}, {"indentation", 0, Op::Cast},
    {"end of block", 0, Op::Cast}, {"name", 0, Op::Cast},        {"number", 0, Op::Cast},
    {"string", 0, Op::Cast},
#define ME_PUNCTUATION(Id, text, level, op) {text, level, Op::op},
#define ME_AUGMENTED(Id, text, op) {text, 0, Op::op},
#define ME_KEYWORD(Id, text, level, op) {text, level, Op::op},
#include "tokens.def"
};

const TokenInfo& info(TokenKind kind) { return kTokens[static_cast<std::size_t>(kind)]; }

bool is_c_logic(TokenKind k) {
  return k == TokenKind::AndAnd || k == TokenKind::OrOr || k == TokenKind::Bang;
}

}  // namespace

Parser::Parser(std::string_view text, Tokens tokens, const Rules& rules,
               std::set<std::string> variables)
    : text_(text), rules_(rules), variables_(std::move(variables)), tokens_(std::move(tokens)) {}

bool Parser::Depth::ok() const { return parser_.depth_ <= tuning::kMaxNesting; }

const Token& Parser::peek(std::size_t ahead) const {
  return tokens_.list[std::min(at_ + ahead, tokens_.list.size() - 1)];
}

const Token& Parser::take() {
  const Token& t = peek();
  if (at_ + 1 < tokens_.list.size()) ++at_;
  return t;
}

bool Parser::accept(TokenKind kind) {
  if (peek().kind != kind) return false;
  take();
  return true;
}

Outcome Parser::expect(TokenKind kind, std::string_view what) {
  if (accept(kind)) return Unit{};
  Diagnostic d = unexpected();
  if (!d.message.starts_with("unexpected ")) return d;
  d.message = "expected " + std::string(what) + ", found " + d.message.substr(11);
  if (kind == TokenKind::RightParen) d.note = open_paren();
  return d;
}

bool Parser::is_word(const Token& t, std::string_view word) const {
  return t.kind == TokenKind::Name && text_of(t) == word;
}

Span Parser::from(Span begin) const {
  return {begin.begin, at_ == 0 ? begin.end : tokens_.list[at_ - 1].span.end};
}

Diagnostic Parser::error(Span span, std::string message, std::string note) const {
  return {Status::ParseError, span, std::move(message), std::move(note), true};
}

Diagnostic Parser::unexpected() const {
  const Token& t = peek();
  std::string what(info(t.kind).text);
  if (t.kind > TokenKind::Dedent) {
    // Of a long string its first line; a message has one line.
    const std::string_view shown = text_of(t).substr(0, 40);
    what = "'" + std::string(shown.substr(0, shown.find('\n'))) + "'";
  }
  if (at_ > 0 && tokens_.list[at_ - 1].kind == TokenKind::Name) {
    const Token& before = tokens_.list[at_ - 1];
    if (is_foreign_word(text_of(before))) {
      return error(before.span, "'" + std::string(text_of(before)) + "' is not supported");
    }
  }
  return error(t.span, "unexpected " + what, advice());
}

Diagnostic Parser::too_deep() const {
  return {Status::Limit, peek().span,
          "nested deeper than " + std::to_string(tuning::kMaxNesting) + " levels", "", true};
}

// The recursion of expressions keeps its frames small: errors go to one member, and the code that
// writes their texts stays out of line.
NodeId Parser::fail(Diagnostic d) {
  error_ = std::move(d);
  return kNone;
}
NodeId Parser::fail_at(Span span, std::string_view a, std::string_view b, std::string_view c) {
  return fail(error(span, std::string(a) + std::string(b) + std::string(c)));
}
NodeId Parser::fail_unexpected() { return fail(unexpected()); }
NodeId Parser::fail_missing() {
  return fail(error(peek().span, at_ == 0 ? "empty expression" : "expected a value", advice()));
}
NodeId Parser::fail_deep() { return fail(too_deep()); }

bool Parser::wants(TokenKind kind, std::string_view what) {
  if (accept(kind)) return true;
  Outcome failed = expect(kind, what);
  fail(std::move(failed.error()));
  return false;
}

NodeId Parser::add(Node node) {
  if (ast_.nodes.size() >= tuning::kMaxNodes) {
    return fail({Status::Limit, node.span,
                      "more than " + std::to_string(tuning::kMaxNodes) + " operations and operands",
                      "", true});
  }
  ast_.nodes.push_back(node);
  return static_cast<NodeId>(ast_.nodes.size() - 1);
}

NodeId Parser::operation(Op op, Span span, std::initializer_list<NodeId> args) {
  Node n;
  n.kind = NodeKind::Operation;
  n.op = op;
  n.span = span;
  n.first_arg = static_cast<std::uint32_t>(ast_.args.size());
  n.arg_count = static_cast<std::uint32_t>(args.size());
  ast_.args.insert(ast_.args.end(), args);
  return add(n);
}

std::uint32_t Parser::intern(std::string_view name) {
  const auto [it, is_new] =
      interned_.try_emplace(std::string(name), static_cast<std::uint32_t>(ast_.names.size()));
  if (is_new) ast_.names.emplace_back(name);
  return it->second;
}

Op Parser::op_of(TokenKind kind) const {
  const bool percent = kind == TokenKind::Percent || kind == TokenKind::ModAssign;
  return percent ? rules_.percent : info(kind).op;
}

Result<ExprRange> Parser::expression_range() { return range_of(&Parser::list); }
Result<ExprRange> Parser::single_range() { return range_of(&Parser::expression); }

Result<ExprRange> Parser::range_of(NodeId (Parser::*parse)()) {
  ExprRange r;
  r.first = static_cast<NodeId>(ast_.nodes.size());
  r.root = (this->*parse)();
  if (r.root == kNone) return std::move(*error_);
  return r;
}

NodeId Parser::list() {
  NodeId last = expression();
  if (last == kNone) return kNone;
  while (rules_.comma_lists && accept(TokenKind::Comma)) {
    last = expression();
    if (last == kNone) return kNone;
  }
  return last;
}

NodeId Parser::expression() {
  const Depth depth(*this);
  if (!depth.ok()) return fail_deep();
  const Span begin = peek().span;
  const NodeId value = binary(kOrLevel);
  if (value == kNone) return kNone;
  if (!accept(TokenKind::If)) return value;
  const NodeId condition = binary(kOrLevel);
  if (condition == kNone) return kNone;
  if (!wants(TokenKind::Else, "'else' and a value")) return kNone;
  const NodeId otherwise = expression();
  if (otherwise == kNone) return kNone;
  const NodeId id = operation(Op::Where, from(begin), {condition, value, otherwise});
  if (id == kNone) return kNone;
  ast_.nodes[id].kind = NodeKind::Conditional;
  return id;
}

// `in` and `not in` are operators only where one is expected; elsewhere `in` is a name.
int Parser::operator_level() const {
  const Token& t = peek();
  const bool membership = is_word(t, "in") || (t.kind == TokenKind::Not && is_word(peek(1), "in"));
  return membership ? int{kCompareLevel} : info(t.kind).level;
}

NodeId Parser::membership(bool negated, Span span, NodeId part, NodeId whole) {
  const NodeId inside = operation(Op::Contains, span, {whole, part});
  if (inside == kNone || !negated) return inside;
  return operation(Op::LogicalNot, span, {inside});
}

// A comparison operator and its right operand, behind `left`.
NodeId Parser::comparison(Span begin, NodeId left, NodeId* right) {
  const Token token = take();
  const bool negated = token.kind == TokenKind::Not;
  if (negated) take();
  *right = binary(kCompareLevel + 1);
  if (*right == kNone) return kNone;
  if (negated || token.kind == TokenKind::Name) {
    return membership(negated, from(begin), left, *right);
  }
  return operation(op_of(token.kind), from(begin), {left, *right});
}

NodeId Parser::binary(int level) {
  const Span begin = peek().span;
  NodeId left = operand(level);
  if (left == kNone) return kNone;
  for (;;) {
    const Token token = peek();
    const int own = operator_level();
    if (own < level || own == 0) break;
    if (is_c_logic(token.kind) && !rules_.c_logic) return fail_unexpected();
    if (own == kCompareLevel) {
      Span last_begin = peek(1).span;
      NodeId right = kNone;
      left = comparison(begin, left, &right);
      if (left == kNone) return kNone;
      while (rules_.chains && operator_level() == kCompareLevel) {
        const Span next_begin = peek(1).span;
        NodeId next = kNone;
        const NodeId next_test = comparison(last_begin, right, &next);
        if (next_test == kNone) return kNone;
        left = operation(Op::LogicalAnd, from(begin), {left, next_test});
        if (left == kNone) return kNone;
        right = next;
        last_begin = next_begin;
      }
      continue;
    }
    take();
    const NodeId right = binary(own + 1);
    if (right == kNone) return kNone;
    left = operation(op_of(token.kind), from(begin), {left, right});
    if (left == kNone) return kNone;
  }
  const Token& t = peek();
  if (is_word(t, "is")) {
    return fail_at(t.span, "operator '", text_of(t), "' is not supported");
  }
  return left;
}

NodeId Parser::operand(int level) {
  const Token token = peek();
  const bool is_not = token.kind == TokenKind::Not || token.kind == TokenKind::Bang;
  if (!is_not) return rules_.power_first ? unary() : factor();
  if (token.kind == TokenKind::Bang && !rules_.c_logic) return fail_unexpected();
  if (level > kCompareLevel) {
    return fail_at(token.span, "'", text_of(token), "' needs parentheses around it here");
  }
  const Depth depth(*this);
  if (!depth.ok()) return fail_deep();
  take();
  const NodeId inner = binary(kCompareLevel);
  if (inner == kNone) return kNone;
  return operation(Op::LogicalNot, from(token.span), {inner});
}

namespace {

Op sign_op(TokenKind kind) {
  switch (kind) {
    case TokenKind::Minus: return Op::Neg;
    case TokenKind::Plus: return Op::Positive;
    case TokenKind::Tilde: return Op::BitNot;
    default: return Op::Cast;
  }
}

}  // namespace

NodeId Parser::unary() {
  const Token token = peek();
  const Op op = sign_op(token.kind);
  if (op == Op::Cast) return power();
  const Depth depth(*this);
  if (!depth.ok()) return fail_deep();
  take();
  const NodeId inner = unary();
  if (inner == kNone) return kNone;
  return operation(op, from(token.span), {inner});
}

NodeId Parser::power() {
  const Span begin = peek().span;
  const NodeId base = primary();
  if (base == kNone) return kNone;
  if (!accept(TokenKind::StarStar)) return base;
  const Depth depth(*this);
  if (!depth.ok()) return fail_deep();
  const NodeId exponent = unary();
  if (exponent == kNone) return kNone;
  return operation(Op::Pow, from(begin), {base, exponent});
}

NodeId Parser::factor() {
  const Span begin = peek().span;
  NodeId left = signed_primary();
  if (left == kNone) return kNone;
  while (accept(TokenKind::StarStar)) {
    const NodeId right = signed_primary();
    if (right == kNone) return kNone;
    left = operation(Op::Pow, from(begin), {left, right});
    if (left == kNone) return kNone;
  }
  return left;
}

NodeId Parser::signed_primary() {
  const Token token = peek();
  const Op op = sign_op(token.kind);
  if (op == Op::Cast) return primary();
  const Depth depth(*this);
  if (!depth.ok()) return fail_deep();
  take();
  const NodeId inner = signed_primary();
  if (inner == kNone) return kNone;
  return operation(op, from(token.span), {inner});
}

NodeId Parser::primary() {
  const Token token = peek();
  NodeId id = kNone;
  switch (token.kind) {
    case TokenKind::Number: {
      id = number();
      if (id == kNone) return kNone;
      break;
    }
    case TokenKind::Name: {
      id = name();
      if (id == kNone) return kNone;
      break;
    }
    case TokenKind::LeftParen: {
      take();
      id = list();
      if (id == kNone) return kNone;
      if (peek().kind == TokenKind::Comma) return fail_at(peek().span, "tuples are not supported");
      if (!wants(TokenKind::RightParen, "')'")) return kNone;
      break;
    }
    case TokenKind::String: {
      id = text_literal();
      if (id == kNone) return kNone;
      break;
    }
    case TokenKind::End:
    case TokenKind::Newline:
      return fail_missing();
    default: return fail_unexpected();
  }
  if (peek().kind == TokenKind::LeftBracket) {
    return fail_at(peek().span, "subscripts are not supported: every name is one element");
  }
  if (peek().kind == TokenKind::Dot) {
    return fail_at(peek().span, "attributes are not supported: call functions by name, as sum(x)");
  }
  return id;
}

NodeId Parser::number() {
  const Token token = take();
  Result<Constant> value = parse_number(text_of(token), token.span, rules_.leading_zeros);
  if (!value) {
    if (value.error().note.empty()) value.error().note = advice_on_number(text_of(token));
    return fail(std::move(value.error()));
  }
  Node n;
  n.kind = NodeKind::Constant;
  n.span = token.span;
  n.index = static_cast<std::uint32_t>(ast_.constants.size());
  ast_.constants.push_back(*value);
  return add(n);
}

// One or more literals, which are joined.
NodeId Parser::text_literal() {
  Node n;
  n.kind = NodeKind::Text;
  n.span = peek().span;
  n.index = static_cast<std::uint32_t>(ast_.texts.size());
  TextLiteral all;
  for (bool first = true; peek().kind == TokenKind::String; first = false) {
    const Token token = take();
    Result<TextLiteral> part =
        parse_text(text_of(token), token.span, rules_.bytes_prefix, rules_.malformed_text);
    if (!part) return fail(std::move(part.error()));
    if (!first && part->bytes != all.bytes) {
      return fail_at(token.span, "bytes and string literals cannot be joined");
    }
    all.bytes = part->bytes;
    all.text += part->text;
  }
  n.span = from(n.span);
  ast_.texts.push_back(std::move(all));
  return add(n);
}

bool Parser::starts_operand(TokenKind kind) const {
  return kind == TokenKind::Number || kind == TokenKind::Name || kind == TokenKind::String ||
         sign_op(kind) != Op::Cast;
}

// name | name "(" arguments ")" | np.name... | math.name... | name operand (miniexpr)
NodeId Parser::name() {
  Token token = take();
  const Span begin = token.span;
  Prefix prefix = Prefix::None;
  const std::string_view word = text_of(token);
  if (peek().kind == TokenKind::Dot && !variables_.contains(std::string(word))) {
    if (word == "np" || word == "numpy") prefix = Prefix::Numpy;
    if (word == "math") prefix = Prefix::Math;
    if (prefix != Prefix::None) {
      take();
      if (peek().kind != TokenKind::Name) return fail_unexpected();
      token = take();
    }
  }
  if (peek().kind == TokenKind::LeftParen) return call(token, prefix, begin);
  if (rules_.bare_calls && starts_operand(peek().kind) &&
      !variables_.contains(std::string(text_of(token)))) {
    const auto rule = function_rule(text_of(token), rules_);
    if (rule && info_of(rule->op).arity == 1) return bare_call(token);
  }
  Node n;
  n.kind = NodeKind::Name;
  n.prefix = prefix;
  n.span = from(begin);
  n.index = intern(text_of(token));
  return add(n);
}

NodeId Parser::call(const Token& callee, Prefix prefix, Span span) {
  take();
  std::vector<NodeId> args;
  std::vector<Keyword> keywords;
  while (peek().kind != TokenKind::RightParen) {
    if (peek().kind == TokenKind::Name && peek(1).kind == TokenKind::Assign) {
      if (!keyword(keywords)) return kNone;
    } else {
      const Span begin = peek().span;
      const NodeId arg = argument(false);
      if (arg == kNone) return kNone;
      if (!keywords.empty()) return fail_at(from(begin), "a positional argument after a keyword");
      args.push_back(arg);
    }
    if (!accept(TokenKind::Comma)) break;
  }
  if (!wants(TokenKind::RightParen, "')'")) return kNone;
  Node n;
  n.kind = NodeKind::Call;
  n.prefix = prefix;
  n.span = from(span);
  n.index = intern(text_of(callee));
  n.first_arg = static_cast<std::uint32_t>(ast_.args.size());
  n.arg_count = static_cast<std::uint32_t>(args.size());
  ast_.args.insert(ast_.args.end(), args.begin(), args.end());
  n.first_keyword = static_cast<std::uint32_t>(ast_.keywords.size());
  n.keyword_count = static_cast<std::uint32_t>(keywords.size());
  ast_.keywords.insert(ast_.keywords.end(), keywords.begin(), keywords.end());
  return add(n);
}

NodeId Parser::argument(bool keyword) { return at_axes(keyword) ? axes() : expression(); }

// name "=" argument
bool Parser::keyword(std::vector<Keyword>& keywords) {
  const Token name = take();
  Keyword k;
  k.name = intern(text_of(name));
  for (const Keyword& other : keywords) {
    if (other.name != k.name) continue;
    fail_at(name.span, "'", text_of(name), "' is given twice");
    return false;
  }
  take();
  k.value = argument(true);
  k.span = from(name.span);
  keywords.push_back(k);
  return k.value != kNone;
}

// Whether the argument that begins here is None or a tuple of integer literals. Where parentheses
// may hold a list of values, it is that, except after a keyword.
bool Parser::at_axes(bool keyword) const {
  if (rules_.comma_lists && !keyword) return false;
  const auto ends = [&](std::size_t at) {
    return peek(at).kind == TokenKind::Comma || peek(at).kind == TokenKind::RightParen;
  };
  if (is_word(peek(), "None")) return ends(1) && !variables_.contains("None");
  if (peek().kind != TokenKind::LeftParen) return false;
  std::size_t at = 1;
  bool comma = peek(at).kind == TokenKind::RightParen;
  while (peek(at).kind != TokenKind::RightParen) {
    if (peek(at).kind == TokenKind::Minus) ++at;
    if (peek(at++).kind != TokenKind::Number) return false;
    if (peek(at).kind == TokenKind::RightParen) break;
    if (peek(at++).kind != TokenKind::Comma) return false;
    comma = true;
  }
  return comma && ends(at + 1);
}

// What at_axes() has seen.
NodeId Parser::axes() {
  const Span begin = take().span;
  AxesLiteral literal;
  literal.none = tokens_.list[at_ - 1].kind == TokenKind::Name;
  while (!literal.none && !accept(TokenKind::RightParen)) {
    const bool negative = accept(TokenKind::Minus);
    const Token token = take();
    Result<Constant> value = parse_number(text_of(token), token.span, rules_.leading_zeros);
    if (!value) return fail(std::move(value.error()));
    if (value->is_float() || !fits(*value, DType::Int32)) {
      return fail_at(token.span, "an axis is a small integer, not ", text_of(token));
    }
    const auto axis = static_cast<std::int32_t>(to_scalar(*value, DType::Int64).as_int());
    literal.list.push_back(negative ? -axis : axis);
    accept(TokenKind::Comma);
  }
  Node n;
  n.kind = NodeKind::Axes;
  n.index = static_cast<std::uint32_t>(ast_.axes.size());
  n.span = from(begin);
  ast_.axes.push_back(std::move(literal));
  return add(n);
}

NodeId Parser::bare_call(const Token& callee) {
  const Depth depth(*this);
  if (!depth.ok()) return fail_deep();
  const NodeId arg = signed_primary();
  if (arg == kNone) return kNone;
  const NodeId id = operation(Op::Cast, from(callee.span), {arg});
  if (id == kNone) return kNone;
  ast_.nodes[id].kind = NodeKind::Call;
  ast_.nodes[id].index = intern(text_of(callee));
  ast_.bare_callees.push_back(ast_.nodes[id].index);
  return id;
}

Result<Ast> Parser::run_for_names() {
  if (!tokens_.kernel) return run();
  ast_.kernel = true;
  ME_TRY_VOID(kernel_header());
  return std::move(ast_);
}

Result<Ast> Parser::run() {
  ast_.source = text_;
  ast_.kernel = tokens_.kernel;
  ME_TRY_VOID(pragmas(tokens_.header_comments));
  if (tokens_.kernel) {
    ME_TRY_VOID(kernel());
    return std::move(ast_);
  }
  Statement s;
  ME_TRY(const ExprRange range, expression_range());
  s.exprs.push_back(range);
  s.span = ast_.nodes[range.root].span;
  const Token& t = peek();
  if (t.kind == TokenKind::Assign) {
    return error(t.span, "an expression cannot assign", advice());
  }
  if (t.kind == TokenKind::Comma) return error(t.span, "tuples are not supported");
  if (t.kind != TokenKind::End) return unexpected();
  ast_.blocks.push_back({std::move(s)});
  return std::move(ast_);
}

Steps<Result<Ast>> parse_steps(std::string_view text, Dialect dialect) {
  auto tokens = tokenize(text, rules_of(dialect).malformed_text);
  if (!tokens) co_return tokens.error();
  co_await between_steps;
  co_return Parser(text, std::move(*tokens), rules_of(dialect), {}).run();
}

Result<Ast> parse(std::string_view text, Dialect dialect) {
  return parse_steps(text, dialect).finish();
}

Result<std::vector<std::string>> names_in(std::string_view text, Dialect dialect) {
  ME_TRY(Tokens tokens, tokenize(text, rules_of(dialect).malformed_text));
  ME_TRY(const Ast ast, Parser(text, std::move(tokens), rules_of(dialect), {}).run_for_names());
  return free_names(ast);
}

bool is_kernel(const Ast& ast) { return ast.kernel; }

std::vector<std::string> free_names(const Ast& ast) {
  std::vector<std::string> out;
  if (ast.kernel) {
    for (const Target& p : ast.params) out.push_back(ast.names[p.name]);
    return out;
  }
  std::vector<bool> seen(ast.names.size(), false);
  for (const Node& n : ast.nodes) {
    if (n.kind != NodeKind::Name || n.prefix != Prefix::None || seen[n.index]) continue;
    seen[n.index] = true;
    if (!constant_named(ast.names[n.index])) out.push_back(ast.names[n.index]);
  }
  return out;
}

}  // namespace me::lang
