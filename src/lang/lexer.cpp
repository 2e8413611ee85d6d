// Source text to tokens.
//
// Enters: any bytes. Leaves: tokens with byte spans, or a located ParseError.
// Example: "a<=0x1f" gives Name "a", LessEqual, Number "0x1f", End. A kernel's lines additionally
// give Newline, Indent and Dedent as in Python: outside brackets a line end closes a statement, a
// change of indentation opens or closes a block (tabs go to multiples of 8; text that would read
// differently with other tabs is refused), blank and comment lines say nothing. The first logical line sets the base indentation, so that a nested function's
// text can be passed as it is. Numbers are only delimited here; constant.cpp reads them.
// Tested by tests/unit/lang_lexer_test.cpp.
#include "lexer.h"

#include "frontend.h"

#include <string>

#include "advice.h"
#include "base/tuning.h"

namespace me::lang {
namespace {

struct Spelling {
  std::string_view text;
  TokenKind kind;
};

constexpr Spelling kPunctuation[] = {
#define ME_PUNCTUATION(Id, text, level, op) {text, TokenKind::Id},
#define ME_AUGMENTED(Id, text, op) {text, TokenKind::Id},
#include "tokens.def"
};

constexpr Spelling kKeywords[] = {
#define ME_KEYWORD(Id, text, level, op) {text, TokenKind::Id},
#include "tokens.def"
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_word(char c) { return is_word_start(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

class Lexer {
 public:
  Lexer(std::string_view text, Status malformed) : text_(text), malformed_(malformed) {}

  Result<Tokens> run() {
    out_.kernel = is_kernel_text(text_);
    bool line_start = out_.kernel;
    for (;;) {
      if (line_start) {
        ME_TRY_VOID(layout());
        line_start = false;
      }
      if (done()) break;
      const char c = text_[at_];
      if (is_blank(c)) {
        ++at_;
      } else if (c == '\n') {
        if (out_.kernel && brackets_ == 0) {
          push(TokenKind::Newline, at_, at_ + 1);
          line_start = true;
        }
        ++at_;
      } else if (c == '#') {
        comment();
      } else if (c == '\\' && continues()) {
        at_ = text_.find('\n', at_) + 1;
      } else {
        ME_TRY_VOID(token());
      }
    }
    finish();
    return std::move(out_);
  }

 private:
  bool done() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void push(TokenKind kind, std::size_t begin, std::size_t end) {
    out_.list.push_back({kind, span(begin, end)});
  }
  static Span span(std::size_t begin, std::size_t end) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
  Diagnostic error(std::size_t begin, std::size_t end, std::string message) const {
    return {Status::ParseError, span(begin, end), std::move(message), "", true};
  }

  // Whether the first word of the first line that is no comment or decorator is `def`.
  // A backslash joins lines when only blanks stand between it and the line end.
  bool continues() const {
    std::size_t i = at_ + 1;
    while (i < text_.size() && is_blank(text_[i])) ++i;
    return i < text_.size() && text_[i] == '\n';
  }

  void comment() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find('\n', at_), text_.size());
    if (out_.list.empty()) out_.header_comments.push_back(span(begin, at_));
  }

  // At the start of a line: skips empty lines and turns the indentation into tokens. `narrow` is
  // its width with tabs of one column: where the two widths disagree, the text depends on the
  // editor.
  Outcome layout() {
    std::size_t width = 0;
    std::size_t narrow = 0;
    std::size_t begin = at_;
    for (; !done(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        width = narrow = 0;
        begin = at_ + 1;
      } else if (c == '\t') {
        width = width / 8 * 8 + 8;
        ++narrow;
      } else if (c == '#') {
        comment();
        --at_;  // the line end, if any, is next
        if (at_ + 1 >= text_.size()) {
          at_ = text_.size();
          return Unit{};
        }
      } else if (is_blank(c)) {
        ++width;
        ++narrow;
      } else {
        break;
      }
    }
    if (done()) return Unit{};
    if (indents_.empty()) {
      indents_.push_back({width, narrow});
    } else if (width > indents_.back().width) {
      if (narrow <= indents_.back().narrow) return mixed(begin);
      indents_.push_back({width, narrow});
      push(TokenKind::Indent, begin, at_);
    } else {
      while (width < indents_.back().width && indents_.size() > 1) {
        indents_.pop_back();
        push(TokenKind::Dedent, at_, at_);
      }
      if (width != indents_.back().width) {
        Diagnostic d = error(begin, at_, "indentation matches no enclosing block");
        d.note = "indent it as deep as an earlier line";
        return d;
      }
      if (narrow != indents_.back().narrow) return mixed(begin);
    }
    return Unit{};
  }

  Diagnostic mixed(std::size_t begin) const {
    Diagnostic d = error(begin, at_, "tabs and blanks are mixed in the indentation");
    d.note = "use one of them";
    return d;
  }

  void finish() {
    std::size_t end = text_.size();
    if (out_.kernel) {
      // An error at the end is shown on the last line that says something.
      while (end > 0 && (is_blank(text_[end - 1]) || text_[end - 1] == '\n')) --end;
      push(TokenKind::Newline, end, end);
      for (std::size_t i = 1; i < indents_.size(); ++i) push(TokenKind::Dedent, end, end);
    }
    push(TokenKind::End, end, end);
  }

  Outcome token() {
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
      return Unit{};
    }
    if (c == '"' || c == '\'') return string(at_);
    if (is_word_start(c)) return word();
    for (const Spelling& p : kPunctuation) {
      if (text_.substr(at_, p.text.size()) != p.text) continue;
      if (c == '(' || c == '[' || c == '{') ++brackets_;
      if ((c == ')' || c == ']' || c == '}') && brackets_ > 0) --brackets_;
      push(p.kind, at_, at_ + p.text.size());
      at_ += p.text.size();
      return Unit{};
    }
    return unexpected();
  }

  // Names the character, or the byte of a broken one, that no token starts with.
  Diagnostic unexpected() const {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    const std::size_t length = character_length(text_.substr(at_));
    if (byte > 0x20 && byte != 0x7f && length > 0) {
      const std::string_view shown = text_.substr(at_, length);
      Diagnostic d = error(at_, at_ + length, "unexpected character '" + std::string(shown) + "'");
      d.note = advice_on_character(shown);
      return d;
    }
    constexpr char kHex[] = "0123456789abcdef";
    const std::string hex = {'0', 'x', kHex[byte >> 4], kHex[byte & 15]};
    return error(at_, at_ + 1, "unexpected character (byte " + hex + ")");
  }

  // A number and whatever sticks to it, so that 12abc is one bad number and not two tokens.
  void number() {
    const std::size_t begin = at_;
    const char second = static_cast<char>(peek(1) | 0x20);
    const bool hex = text_[at_] == '0' && second == 'x';
    const bool radix = text_[at_] == '0' && (hex || second == 'b' || second == 'o');
    if (radix) at_ += 2;
    const char exponent = hex ? 'p' : 'e';
    bool point = radix && !hex;
    while (!done()) {
      const char c = text_[at_];
      if (c == '.' && !point) {
        point = true;
        ++at_;
      } else if ((c | 0x20) == exponent && (!radix || hex) &&
                 (peek(1) == '+' || peek(1) == '-') && is_digit(peek(2))) {
        point = true;
        at_ += 2;
      } else if (is_word(c)) {
        ++at_;
      } else {
        break;
      }
    }
    push(TokenKind::Number, begin, at_);
  }

  Outcome word() {
    const std::size_t begin = at_;
    while (!done() && is_word(text_[at_])) ++at_;
    const std::string_view w = text_.substr(begin, at_ - begin);
    if ((peek() == '"' || peek() == '\'') && w.size() <= 2 &&
        w.find_first_not_of("bBrRuUfF") == std::string_view::npos) {
      return string(begin);
    }
    for (const Spelling& k : kKeywords) {
      if (k.text == w) {
        push(k.kind, begin, at_);
        return Unit{};
      }
    }
    push(TokenKind::Name, begin, at_);
    return Unit{};
  }

  // at_ is at the opening quote, `begin` at the prefix.
  Outcome string(std::size_t begin) {
    const char quote = text_[at_];
    const std::string three(3, quote);
    const bool triple = text_.substr(at_, 3) == three;
    at_ += triple ? 3 : 1;
    while (!done()) {
      const char c = text_[at_];
      if (c == '\\') {
        at_ += 2;
      } else if (c == '\n' && !triple) {
        break;
      } else if (triple ? text_.substr(at_, 3) == three : c == quote) {
        at_ += triple ? 3 : 1;
        push(TokenKind::String, begin, at_);
        return Unit{};
      } else {
        ++at_;
      }
    }
    at_ = std::min(at_, text_.size());
    Diagnostic d = error(begin, begin + 1, "string is not closed");
    d.status = malformed_;
    return d;
  }

  std::string_view text_;
  Status malformed_;
  std::size_t at_ = 0;
  std::size_t brackets_ = 0;
  struct Indentation {
    std::size_t width;
    std::size_t narrow;
  };
  std::vector<Indentation> indents_;
  Tokens out_;
};

}  // namespace

Result<Tokens> tokenize(std::string_view text, Status malformed) {
  if (text.size() > tuning::kMaxSourceBytes) {
    return Diagnostic{Status::Limit, {}, "text is longer than 1 MiB", "", false};
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    const auto at = static_cast<std::uint32_t>(nul);
    return Diagnostic{malformed, {at, at + 1}, "a text cannot contain a NUL character", "", true};
  }
  return Lexer(text, malformed).run();
}

bool is_kernel_text(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (is_blank(text[i]) || text[i] == '\n') {
      ++i;
    } else if (text[i] == '#' || text[i] == '@') {
      i = std::min(text.find('\n', i), text.size());
    } else {
      const bool word_ends = i + 3 >= text.size() || !is_word(text[i + 3]);
      return text.substr(i, 3) == "def" && word_ends;
    }
  }
  return false;
}

}  // namespace me::lang
