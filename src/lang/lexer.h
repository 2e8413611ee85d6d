// Source text to tokens. Expressions ignore line ends; kernels get Python's layout tokens.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace me::lang {

enum class TokenKind : std::uint8_t {
  End,
  Newline,  // kernels only, like Indent and Dedent
  Indent,
  Dedent,
  Name,
  Number,
  String,
#define ME_PUNCTUATION(Id, text, level, op) Id,
#define ME_AUGMENTED(Id, text, op) Id,
#define ME_KEYWORD(Id, text, level, op) Id,
#include "tokens.def"
};

struct Token {
  TokenKind kind = TokenKind::End;
  Span span;
};

struct Tokens {
  bool kernel = false;               // the first word is def (after comments and decorators)
  std::vector<Token> list;           // ends with End
  std::vector<Span> header_comments; // those before the first token, '#' included
};

// Any bytes are welcome; what is not part of the language is a located ParseError, or `malformed` for a
// string that is not closed.
Result<Tokens> tokenize(std::string_view text, Status malformed = Status::ParseError);

inline std::string_view slice(std::string_view text, Span s) {
  return text.substr(s.begin, s.end - s.begin);
}

}  // namespace me::lang
