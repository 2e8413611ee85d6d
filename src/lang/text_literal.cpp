// Reading string literals.
//
// Enters: a String token as it stands in the source, UTF-8. Leaves: its characters, or a located error.
// Examples: 'a\tb' has three characters; "\u00e9" and "é" are the same; "\ud800" is refused, as it is no
// character; b"\xff" is one byte. Tested by tests/golden/strings.
#include "lang/text_literal.h"

#include "text/utf8.h"

namespace me::lang {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class Reader {
 public:
  Reader(std::string_view token, Span span, Status malformed)
      : token_(token), span_(span), malformed_(malformed) {}

  Result<TextLiteral> run(bool bytes_prefix) {
    for (; token_[at_] != '"' && token_[at_] != '\''; ++at_) {
      const char p = static_cast<char>(token_[at_] | 0x20);
      if (p == 'f') return error(at_, at_ + 1, "f-strings are not supported");
      raw_ = raw_ || p == 'r';
      out_.bytes = out_.bytes || (p == 'b' && bytes_prefix);
    }
    const std::string three(3, token_[at_]);
    const std::size_t quotes = token_.size() - at_ >= 6 && token_.substr(at_, 3) == three ? 3 : 1;
    at_ += quotes;
    end_ = token_.size() - quotes;
    while (at_ < end_) {
      if (token_[at_] == '\\' && !raw_) {
        ME_TRY_VOID(escape());
      } else {
        ME_TRY_VOID(character());
      }
    }
    return std::move(out_);
  }

 private:
  Diagnostic error(std::size_t begin, std::size_t end, std::string message,
                   std::string note = "") const {
    return {malformed_,
            {span_.begin + static_cast<std::uint32_t>(begin),
             span_.begin + static_cast<std::uint32_t>(end)},
            std::move(message), std::move(note), true};
  }

  Outcome character() {
    std::size_t length = 1;
    const char32_t c = text::decode_utf8(token_, at_, &length);
    if (c == text::kInvalid) return error(at_, at_ + 1, "string is not valid UTF-8");
    if (out_.bytes && c > 0x7F) {
      Diagnostic d = error(at_, at_ + length, "bytes can only have ASCII characters",
                           "write others as \\x..");
      d.status = Status::TypeError;
      return d;
    }
    out_.text.push_back(c);
    at_ += length;
    return Unit{};
  }

  // at_ is at the backslash.
  Outcome escape() {
    const std::size_t begin = at_;
    const char c = token_[at_ + 1];
    at_ += 2;
    constexpr std::string_view kLetters = "\\'\"abfnrtv";
    constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
    const std::size_t known = kLetters.find(c);
    if (known != std::string_view::npos) {
      out_.text.push_back(static_cast<unsigned char>(kMeanings[known]));
    } else if (c == '\r' || c == '\n') {
      if (c == '\r' && at_ < end_ && token_[at_] == '\n') ++at_;
    } else if (c >= '0' && c <= '7') {
      char32_t value = static_cast<char32_t>(c - '0');
      for (int i = 0; i < 2 && at_ < end_ && token_[at_] >= '0' && token_[at_] <= '7'; ++i) {
        value = value * 8 + static_cast<char32_t>(token_[at_++] - '0');
      }
      if (out_.bytes && value > 0xFF) return error(begin, at_, "a byte is at most \\377");
      out_.text.push_back(value);
    } else if (c == 'x') {
      return digits(begin, 2);
    } else if (!out_.bytes && (c == 'u' || c == 'U')) {
      return digits(begin, c == 'u' ? 4 : 8);
    } else {
      std::size_t length = 1;
      text::decode_utf8(token_, begin + 1, &length);
      return error(begin, begin + 1 + length, "unknown escape in a string",
                   "write \\\\ for a backslash");
    }
    return Unit{};
  }

  Outcome digits(std::size_t begin, int count) {
    char32_t value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      const int digit = at_ < end_ ? hex_digit(token_[at_]) : -1;
      if (digit < 0) {
        return error(begin, at_, "this escape needs " + std::to_string(count) + " hex digits");
      }
      value = value << 4 | static_cast<char32_t>(digit);
    }
    if (!text::is_character(value)) return error(begin, at_, "this escape is no Unicode character");
    out_.text.push_back(value);
    return Unit{};
  }

  std::string_view token_;
  Span span_;
  Status malformed_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  bool raw_ = false;
  TextLiteral out_;
};

}  // namespace

Result<TextLiteral> parse_text(std::string_view token, Span span, bool bytes_prefix,
                               Status malformed) {
  return Reader(token, span, malformed).run(bytes_prefix);
}

}  // namespace me::lang
