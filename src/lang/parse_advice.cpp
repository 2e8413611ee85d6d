// Advice on tokens that stand where the grammar has no place for them.
//
// Enters: the parser's position. Leaves: a few words for the note of the error, or nothing.
// Examples: at the `=` of `if x = 1:` it is "write == to compare"; at the second token of `2 x`,
// "write 2*x"; where `(` is still open at the end of the text, where it stands.
// Tested by tests/golden/errors.
#include "advice.h"
#include "names.h"
#include "parser.h"

namespace me::lang {
namespace {

bool is_operand_end(TokenKind kind) {
  return kind == TokenKind::Name || kind == TokenKind::Number || kind == TokenKind::RightParen ||
         kind == TokenKind::String;
}

bool is_statement_word(TokenKind kind) {
  return kind == TokenKind::For || kind == TokenKind::While || kind == TokenKind::Return ||
         kind == TokenKind::Def || kind == TokenKind::Break || kind == TokenKind::Continue ||
         kind == TokenKind::Elif;
}

}  // namespace

// The '(' that is still open at the current token, as a note.
std::string Parser::open_paren() const {
  std::size_t closed = 0;
  for (std::size_t i = at_; i-- > 0;) {
    const Token& t = tokens_.list[i];
    if (t.kind == TokenKind::RightParen) ++closed;
    if (t.kind != TokenKind::LeftParen) continue;
    if (closed-- > 0) continue;
    const LineColumn here = locate(text_, peek().span.begin);
    const LineColumn open = locate(text_, t.span.begin);
    return "the '(' of " +
           (here.line == open.line ? "" : "line " + std::to_string(open.line) + ", ") + "column " +
           std::to_string(open.column) + " is open";
  }
  return "";
}

std::string Parser::advice() const {
  const Token& token = peek();
  const TokenKind kind = token.kind;
  const TokenKind next = peek(1).kind;
  const TokenKind before = at_ > 0 ? tokens_.list[at_ - 1].kind : TokenKind::Newline;
  const TokenKind second = at_ > 1 ? tokens_.list[at_ - 2].kind : TokenKind::Newline;
  const std::string_view word = at_ > 0 ? text_of(tokens_.list[at_ - 1]) : std::string_view();
  switch (kind) {
    case TokenKind::AndAnd: return "write 'and'";
    case TokenKind::OrOr: return "write 'or'";
    case TokenKind::Bang: return "write 'not'";
    case TokenKind::Greater:
      if (before == TokenKind::Less) return "write != for unequal";
      if (before == TokenKind::Assign) return "write >=";
      break;
    case TokenKind::Assign:
      if (next == TokenKind::Less) return "write <=";
      if (next == TokenKind::Greater) return "write >=";
      return "write == to compare";
    case TokenKind::Walrus: return "an expression cannot assign";
    case TokenKind::At: return "there is no matrix product";
    case TokenKind::LeftBracket: return "there are no lists";
    case TokenKind::LeftBrace: return tokens_.kernel ? "blocks are indented" : "there are no sets";
    case TokenKind::RightParen:
      return before == TokenKind::LeftParen ? "a value is missing" : "no '(' is open";
    case TokenKind::Semicolon: return tokens_.kernel ? "" : "one expression at a time";
    case TokenKind::If:
      if (before == TokenKind::Else) return "write elif";
      return "write a if condition else b";
    case TokenKind::Else:
      return tokens_.kernel ? "else begins a line of its own" : "write a if condition else b";
    case TokenKind::End:
    case TokenKind::Newline:
      if (second == before && before == TokenKind::Plus) return "there is no ++ operator";
      if (second == before && before == TokenKind::Minus) return "there is no -- operator";
      return "";
    default: break;
  }
  if (!tokens_.kernel && is_statement_word(kind)) return "statements need a kernel: def name(x):";
  const bool operand = kind == TokenKind::Name || kind == TokenKind::Number ||
                       kind == TokenKind::LeftParen || kind == TokenKind::String;
  if (operand && is_operand_end(before)) {
    if (before == TokenKind::Name && is_cast_name(word)) {
      return tokens_.kernel ? "names take the dtype of their values"
                            : "write " + std::string(word) + "(...)";
    }
    if (before == TokenKind::Name && function_rule(word, rules_)) {
      return "write " + std::string(word.substr(0, 40)) + "(...)";
    }
    if (before == TokenKind::Number && (kind == TokenKind::Name || kind == TokenKind::LeftParen)) {
      return "write " + std::string(word.substr(0, 20)) + "*" +
             std::string(text_of(token).substr(0, 20));
    }
    return "an operator is missing";
  }
  const bool sign = kind == TokenKind::Plus || kind == TokenKind::Minus;
  const bool binary = kind >= TokenKind::StarStar && kind <= TokenKind::Percent;
  if (binary && !sign && !operand && !is_operand_end(before)) return "a value is missing before it";
  return "";
}

}  // namespace me::lang
