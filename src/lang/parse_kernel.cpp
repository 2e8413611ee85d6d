// The statement grammar of kernels, and the pragmas of header comments.
//
// Enters: tokens with layout. Leaves: blocks of statements, or a located error. A kernel is one
// Python-style function; docstrings, annotations, decorators and `pass` say nothing and leave
// nothing.
//   def f(x: float, n):          blocks: 0 {acc = 0.0; for i in range(n) -> 1; return acc}
//     acc = 0.0                          1 {acc += x}
//     for i in range(n):
//       acc += x
//     return acc
// Statement nesting is bounded twice: by indentation (tuning::kMaxBlockNesting) and, since an elif
// is an if inside an else, by elif parts along one path (tuning::kMaxNesting).
// Tested by tests/unit/lang_parse_test.cpp and lang_hostile_test.cpp.
#include <optional>

#include "advice.h"
#include "base/tuning.h"
#include "names.h"
#include "parser.h"

namespace me::lang {
namespace {

Op augmented_op(TokenKind kind) {
  switch (kind) {
#define ME_AUGMENTED(Id, text, op) \
  case TokenKind::Id: return Op::op;
#include "tokens.def"
    default: return Op::Cast;
  }
}

// The characters of a plain string literal.
Result<std::string> plain_text(std::string_view token, Span span) {
  const auto refuse = [&](const char* why) {
    return Diagnostic{Status::ParseError, span, why, "", true};
  };
  if (token.size() < 2 || (token[0] != '"' && token[0] != '\'') || token.starts_with("\"\"\"") ||
      token.starts_with("'''")) {
    return refuse("print() takes plain strings");
  }
  token = token.substr(1, token.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '\\' || i + 1 == token.size()) {
      out += token[i];
      continue;
    }
    switch (token[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case '\\':
      case '\'':
      case '"': out += token[i]; break;
      default: return refuse("the escapes in print() are \\n \\t \\\\ \\' and \\\"");
    }
  }
  return out;
}

// The texts around and between {}; {{ and }} are braces.
Result<std::vector<std::string>> placeholders(std::string_view format, Span span) {
  std::vector<std::string> pieces(1);
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    const char next = i + 1 < format.size() ? format[i + 1] : '\0';
    const bool brace = c == '{' || c == '}';
    if (!brace) {
      pieces.back() += c;
    } else if (next == c) {
      pieces.back() += c;
      ++i;
    } else if (c == '{' && next == '}') {
      pieces.emplace_back();
      ++i;
    } else {
      return Diagnostic{Status::ParseError, span, "placeholders of print() are written {}",
                        "write {{ and }} for braces", true};
    }
  }
  return pieces;
}

}  // namespace

// Reads `# me:key=value` comments; other comments are comments.
Outcome Parser::pragmas(const std::vector<Span>& comments) {
  bool has_fp = false;
  bool has_compiler = false;
  for (const Span span : comments) {
    std::string_view text = slice(text_, span).substr(1);
    const auto trim = [](std::string_view s) {
      const std::size_t first = s.find_first_not_of(" \t\r");
      if (first == std::string_view::npos) return std::string_view();
      return s.substr(first, s.find_last_not_of(" \t\r") - first + 1);
    };
    text = trim(text);
    if (!text.starts_with("me:")) continue;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      return error(span, "a pragma is written # me:key=value");
    }
    const std::string_view key = trim(text.substr(3, equals - 3));
    const std::string_view value = trim(text.substr(equals + 1));
    if (key == "fp") {
      if (has_fp) return error(span, "duplicate pragma me:fp");
      has_fp = true;
      if (value == "strict") {
        ast_.fp = FpMode::Strict;
      } else if (value == "contract") {
        ast_.fp = FpMode::Contract;
      } else if (value == "fast") {
        ast_.fp = FpMode::Fast;
      } else {
        return error(span, "me:fp is strict, contract or fast");
      }
    } else if (key == "compiler") {
      if (has_compiler) return error(span, "duplicate pragma me:compiler");
      has_compiler = true;
      if (value != "tcc" && value != "cc") return error(span, "me:compiler is tcc or cc");
    } else {
      return error(span, "unknown pragma: there are me:fp and me:compiler");
    }
  }
  return Unit{};
}

Outcome Parser::kernel_header() {
  while (peek().kind == TokenKind::At) {
    while (peek().kind != TokenKind::Newline && peek().kind != TokenKind::End) take();
    while (accept(TokenKind::Newline)) {
    }
  }
  ME_TRY_VOID(expect(TokenKind::Def, "'def'"));
  if (peek().kind != TokenKind::Name) return expect(TokenKind::Name, "a function name");
  const Token name = take();
  ast_.name = std::string(text_of(name));
  ast_.name_span = name.span;
  ME_TRY_VOID(parameters());
  if (accept(TokenKind::Arrow)) {
    ME_TRY_VOID(skip_annotation());
  }
  return Unit{};
}

Outcome Parser::kernel() {
  ME_TRY_VOID(kernel_header());
  ME_TRY(ast_.root, suite());
  while (accept(TokenKind::Newline)) {
  }
  if (peek().kind != TokenKind::End) {
    return error(peek().span, "unexpected content after function");
  }
  return Unit{};
}

Outcome Parser::parameters() {
  ME_TRY_VOID(expect(TokenKind::LeftParen, "'('"));
  std::set<std::uint32_t> seen;
  while (peek().kind != TokenKind::RightParen) {
    const Token token = peek();
    if (token.kind == TokenKind::Star || token.kind == TokenKind::StarStar ||
        token.kind == TokenKind::Slash) {
      return error(token.span, "kernel parameters are plain names");
    }
    if (token.kind != TokenKind::Name) return unexpected();
    take();
    if (is_reserved(text_of(token))) {
      return error(token.span, "DSL input variable '" + std::string(text_of(token)) +
                                   "' uses a reserved name");
    }
    const std::uint32_t id = intern(text_of(token));
    if (!seen.insert(id).second) {
      return error(token.span, "duplicate parameter '" + std::string(text_of(token)) + "'");
    }
    if (ast_.params.size() >= tuning::kMaxParams) {
      return Diagnostic{Status::Limit, token.span,
                        "more than " + std::to_string(tuning::kMaxParams) + " parameters", "",
                        true};
    }
    ast_.params.push_back({id, token.span});
    if (accept(TokenKind::Colon)) {
      ME_TRY_VOID(skip_annotation());
    }
    if (peek().kind == TokenKind::Assign) {
      return error(peek().span, "parameters cannot have default values");
    }
    if (!accept(TokenKind::Comma)) break;
  }
  return expect(TokenKind::RightParen, "')'");
}

// Anything up to the , ) = : or line end that ends an annotation outside brackets.
Outcome Parser::skip_annotation() {
  unsigned open = 0;
  const std::size_t begin = at_;
  for (;;) {
    switch (peek().kind) {
      case TokenKind::LeftParen:
      case TokenKind::LeftBracket:
      case TokenKind::LeftBrace: ++open; break;
      case TokenKind::RightParen:
      case TokenKind::RightBracket:
      case TokenKind::RightBrace:
        if (open == 0) return at_ == begin ? Outcome(unexpected()) : Outcome(Unit{});
        --open;
        break;
      case TokenKind::Comma:
      case TokenKind::Assign:
      case TokenKind::Colon:
      case TokenKind::Semicolon:
        if (open == 0) return at_ == begin ? Outcome(unexpected()) : Outcome(Unit{});
        break;
      case TokenKind::Newline:
      case TokenKind::Indent:
      case TokenKind::Dedent:
      case TokenKind::End:
        return at_ == begin || open != 0 ? Outcome(unexpected()) : Outcome(Unit{});
      default: break;
    }
    take();
  }
}

// ":" and an indented block, or ":" and statements on the same line.
Result<BlockId> Parser::suite() {
  ME_TRY_VOID(expect(TokenKind::Colon, "':'"));
  const auto id = static_cast<BlockId>(ast_.blocks.size());
  ast_.blocks.emplace_back();
  if (peek().kind != TokenKind::Newline) {
    ME_TRY_VOID(simple_statements(id));
    return id;
  }
  while (accept(TokenKind::Newline)) {
  }
  if (peek().kind != TokenKind::Indent) {
    return error(peek().span, "expected an indented block", "indent it below the line with ':'");
  }
  if (block_depth_ > tuning::kMaxBlockNesting) {
    return Diagnostic{Status::Limit, peek().span, "too many nested blocks", "", true};
  }
  take();
  ++block_depth_;
  ++chain_depth_;
  while (peek().kind != TokenKind::Dedent && peek().kind != TokenKind::End) {
    ME_TRY_VOID(statement(id));
  }
  --block_depth_;
  --chain_depth_;
  accept(TokenKind::Dedent);
  return id;
}

Outcome Parser::statement(BlockId into) {
  switch (peek().kind) {
    case TokenKind::If: return if_statement(into);
    case TokenKind::For: return for_statement(into);
    case TokenKind::While: return while_statement(into);
    case TokenKind::Def: return error(peek().span, "a kernel cannot define another function");
    case TokenKind::Elif:
    case TokenKind::Else:
      return error(peek().span, "'" + std::string(text_of(peek())) + "' without 'if'");
    case TokenKind::Indent: return error(peek().span, "unexpected indentation");
    case TokenKind::Newline: take(); return Unit{};
    default: return simple_statements(into);
  }
}

Outcome Parser::simple_statements(BlockId into) {
  do {
    if (peek().kind == TokenKind::Newline) break;
    ME_TRY_VOID(simple_statement(into));
  } while (accept(TokenKind::Semicolon));
  if (accept(TokenKind::Newline) || peek().kind == TokenKind::End) return Unit{};
  return unexpected();
}

Outcome Parser::simple_statement(BlockId into) {
  const Token token = peek();
  Statement s;
  s.span = token.span;
  switch (token.kind) {
    case TokenKind::If:
    case TokenKind::For:
    case TokenKind::While:
      return error(token.span, "'" + std::string(text_of(token)) + "' needs a line of its own");
    case TokenKind::Break:
    case TokenKind::Continue:
      take();
      if (loops_ == 0) {
        return error(token.span, "'" + std::string(text_of(token)) + "' outside a loop");
      }
      s.kind = token.kind == TokenKind::Break ? SyntaxKind::Break : SyntaxKind::Continue;
      break;
    case TokenKind::Return: {
      take();
      if (peek().kind == TokenKind::Newline || peek().kind == TokenKind::Semicolon) {
        return error(token.span, "return needs a value");
      }
      ME_TRY(const ExprRange value, expression_range());
      if (peek().kind == TokenKind::Comma) return error(peek().span, "a kernel returns one value");
      s.kind = SyntaxKind::Return;
      s.exprs.push_back(value);
      break;
    }
    case TokenKind::String:
      while (accept(TokenKind::String)) {
      }
      return Unit{};
    case TokenKind::Name: {
      const std::string_view word = text_of(token);
      const TokenKind next = peek(1).kind;
      if (word == "pass" && (next == TokenKind::Newline || next == TokenKind::Semicolon)) {
        take();
        return Unit{};
      }
      if (word == "print" && next == TokenKind::LeftParen) {
        return print_statement(into);
      }
      if (is_foreign_word(word) && next != TokenKind::LeftParen && next != TokenKind::Assign &&
          next != TokenKind::Comma && augmented_op(next) == Op::Cast) {
        return error(token.span, "'" + std::string(word) + "' is not supported in kernels");
      }
      const bool assigns = next == TokenKind::Assign || next == TokenKind::Comma ||
                           next == TokenKind::Colon || augmented_op(next) != Op::Cast;
      if (assigns) return assignment(into);
      [[fallthrough]];
    }
    default: {
      ME_TRY(const ExprRange value, expression_range());
      if (peek().kind == TokenKind::Assign) {
        return error(ast_.nodes[value.root].span, "only names can be assigned to");
      }
      s.kind = SyntaxKind::Evaluate;
      s.exprs.push_back(value);
      break;
    }
  }
  s.span = from(token.span);
  ast_.blocks[into].push_back(std::move(s));
  return Unit{};
}

// print("{} and {}", a, b) | print(a, b): string arguments are text, others values.
Outcome Parser::print_statement(BlockId into) {
  const Span begin = take().span;
  take();
  Statement s;
  s.kind = SyntaxKind::Print;
  std::vector<std::optional<std::string>> args;  // a text, or the next of exprs
  while (peek().kind != TokenKind::RightParen) {
    if (peek().kind == TokenKind::String) {
      const Token token = take();
      ME_TRY(std::string text, plain_text(text_of(token), token.span));
      args.emplace_back(std::move(text));
    } else {
      ME_TRY(const ExprRange value, single_range());
      s.exprs.push_back(value);
      args.emplace_back(std::nullopt);
    }
    if (!accept(TokenKind::Comma)) break;
  }
  ME_TRY_VOID(expect(TokenKind::RightParen, "')'"));
  s.span = from(begin);
  std::size_t next = 0;
  s.texts.emplace_back();
  const auto append = [&](const std::optional<std::string>& arg) {
    if (arg) s.texts.back() += *arg;
    else s.texts.emplace_back();
  };
  if (!args.empty() && args[0]) {
    ME_TRY(const std::vector<std::string> pieces, placeholders(*args[0], s.span));
    if (pieces.size() != args.size() && pieces.size() > 1) {
      return error(s.span, "print() has " + std::to_string(pieces.size() - 1) +
                               " placeholders for " + std::to_string(args.size() - 1) +
                               " values");
    }
    s.texts.back() += pieces[0];
    next = 1;
    for (; pieces.size() > 1 && next < args.size(); ++next) {
      append(args[next]);
      s.texts.back() += pieces[next];
    }
  }
  for (; next < args.size(); ++next) {
    if (next > 0) s.texts.back() += " ";
    append(args[next]);
  }
  ast_.blocks[into].push_back(std::move(s));
  return Unit{};
}

Result<Target> Parser::target() {
  const Token token = peek();
  if (token.kind != TokenKind::Name) return unexpected();
  take();
  if (is_reserved(text_of(token))) {
    return error(token.span, "'" + std::string(text_of(token)) + "' is a reserved name");
  }
  return Target{intern(text_of(token)), token.span};
}

// name op= e | name [: annotation] = e | a, b = e, f | a = b = e
Outcome Parser::assignment(BlockId into) {
  const Span begin = peek().span;
  Statement s;
  s.kind = SyntaxKind::Assign;
  ME_TRY(const Target first, target());
  s.targets.push_back(first);
  const Op op = augmented_op(peek().kind);
  if (op != Op::Cast) {
    s.kind = SyntaxKind::Augmented;
    s.op = op_of(take().kind);
    ME_TRY(const ExprRange value, expression_range());
    s.exprs.push_back(value);
    s.span = from(begin);
    ast_.blocks[into].push_back(std::move(s));
    return Unit{};
  }
  if (accept(TokenKind::Colon)) {
    ME_TRY_VOID(skip_annotation());
    if (peek().kind != TokenKind::Assign) return Unit{};  // a declaration without a value
  }
  while (accept(TokenKind::Comma)) {
    ME_TRY(const Target next, target());
    s.targets.push_back(next);
  }
  ME_TRY_VOID(expect(TokenKind::Assign, "'='"));
  if (s.targets.size() > 1) {
    ME_TRY_VOID(tuple_values(s));
    s.span = from(begin);
    ast_.blocks[into].push_back(std::move(s));
    return Unit{};
  }
  // a = b = e: the last target takes the value, the others copy it from right to left.
  while (peek().kind == TokenKind::Name && peek(1).kind == TokenKind::Assign) {
    ME_TRY(const Target next, target());
    s.targets.push_back(next);
    take();
  }
  const std::vector<Target> all = std::move(s.targets);
  ME_TRY(ExprRange value, expression_range());
  if (peek().kind == TokenKind::Comma) {
    return error(peek().span, "one name cannot take several values");
  }
  for (std::size_t i = all.size(); i-- > 0;) {
    Statement one;
    one.kind = SyntaxKind::Assign;
    one.targets = {all[i]};
    one.exprs = {value};
    one.span = from(begin);
    ast_.blocks[into].push_back(std::move(one));
    if (i == 0) break;
    Node copy;
    copy.kind = NodeKind::Name;
    copy.index = all[i].name;
    copy.span = all[i].span;
    value.root = add(copy);
    if (value.root == kNone) return std::move(*error_);
    value.first = value.root;
  }
  return Unit{};
}

Outcome Parser::tuple_values(Statement& s) {
  const Span begin = peek().span;
  do {
    ME_TRY(const ExprRange value, single_range());
    s.exprs.push_back(value);
  } while (accept(TokenKind::Comma));
  if (s.exprs.size() != s.targets.size()) {
    return error(from(begin), std::to_string(s.targets.size()) + " names cannot take " +
                                  std::to_string(s.exprs.size()) + " values");
  }
  return Unit{};
}

// An elif is an if in the else block of the part before it.
Outcome Parser::if_statement(BlockId into) {
  const unsigned outer = chain_depth_;
  BlockId block = into;
  for (;;) {
    const Span begin = take().span;
    if (chain_depth_ > tuning::kMaxNesting) {
      return Diagnostic{Status::Limit, begin, "too many elif parts", "", true};
    }
    Statement s;
    s.kind = SyntaxKind::If;
    ME_TRY(const ExprRange condition, expression_range());
    s.exprs.push_back(condition);
    s.span = from(begin);
    ME_TRY(s.body, suite());
    const bool is_elif = peek().kind == TokenKind::Elif;
    const bool is_else = peek().kind == TokenKind::Else;
    if (is_elif) {
      s.orelse = static_cast<BlockId>(ast_.blocks.size());
      ast_.blocks.emplace_back();
    } else if (is_else) {
      take();
      ME_TRY(s.orelse, suite());
    }
    const BlockId next = s.orelse;
    ast_.blocks[block].push_back(std::move(s));
    if (!is_elif) break;
    block = next;
    ++chain_depth_;
  }
  chain_depth_ = outer;
  return Unit{};
}

Outcome Parser::for_statement(BlockId into) {
  const Span begin = take().span;
  Statement s;
  s.kind = SyntaxKind::For;
  ME_TRY(const Target variable, target());
  s.targets.push_back(variable);
  if (!is_word(peek(), "in")) {
    Diagnostic d = std::move(expect(TokenKind::End, "'in'").error());
    d.note = "for i in range(n):";
    return d;
  }
  take();
  const Token range = peek();
  if (!is_word(range, "range") || peek(1).kind != TokenKind::LeftParen) {
    return error(range.span, "for loops go over range(...)", "for i in range(n):");
  }
  take();
  take();
  while (peek().kind != TokenKind::RightParen) {
    ME_TRY(const ExprRange value, single_range());
    s.exprs.push_back(value);
    if (!accept(TokenKind::Comma)) break;
  }
  ME_TRY_VOID(expect(TokenKind::RightParen, "')'"));
  s.span = from(begin);
  if (s.exprs.empty() || s.exprs.size() > 3) {
    return error(from(range.span),
                 "range() takes 1 to 3 arguments, got " + std::to_string(s.exprs.size()));
  }
  ++loops_;
  ME_TRY(s.body, suite());
  --loops_;
  ME_TRY_VOID(loop_else(s));
  ast_.blocks[into].push_back(std::move(s));
  return Unit{};
}

Outcome Parser::while_statement(BlockId into) {
  const Span begin = take().span;
  Statement s;
  s.kind = SyntaxKind::While;
  ME_TRY(const ExprRange condition, expression_range());
  s.exprs.push_back(condition);
  s.span = from(begin);
  ++loops_;
  ME_TRY(s.body, suite());
  --loops_;
  ME_TRY_VOID(loop_else(s));
  ast_.blocks[into].push_back(std::move(s));
  return Unit{};
}

// What runs when the loop was not left by break; a break in it leaves the loop around.
Outcome Parser::loop_else(Statement& s) {
  if (!accept(TokenKind::Else)) return Unit{};
  ME_TRY(s.orelse, suite());
  return Unit{};
}

}  // namespace me::lang
