// String literals: what stands between the quotes.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace me::lang {

struct TextLiteral {
  std::u32string text;  // characters, or the bytes of bytes
  bool bytes = false;   // with the prefix b, where that means something
};

// Reads a String token: optional prefix (b, r, u), one or three quotes, Python's escapes. `bytes_prefix`:
// b makes bytes, which are ASCII or escaped. Errors have status `malformed` and point into the token.
Result<TextLiteral> parse_text(std::string_view token, Span span, bool bytes_prefix,
                               Status malformed);

}  // namespace me::lang
