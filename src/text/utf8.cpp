// UTF-8, strictly by the standard.
//
// Enters: bytes, or a code point. Leaves: the code point or kInvalid; bytes. Example: E2 82 AC is U+20AC;
// ED A0 80 (a surrogate) and C0 80 (overlong) are invalid. Tested by tests/unit/text_case_test.cpp.
#include "text/utf8.h"

namespace me::text {

char32_t decode_utf8(std::string_view text, std::size_t at, std::size_t* length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  *length = 1;
  if (first < 0x80) return first;
  const std::size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || text.size() - at <= more) return kInvalid;
  char32_t c = first & (0x3Fu >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    const unsigned char next = byte(at + i);
    if ((next & 0xC0) != 0x80) return kInvalid;
    c = c << 6 | (next & 0x3Fu);
  }
  constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  if (c < kSmallest[more] || !is_character(c)) return kInvalid;
  *length = more + 1;
  return c;
}

std::size_t utf8_length(char32_t c) {
  if (!is_character(c)) c = kReplacement;
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

std::size_t encode_utf8(char32_t c, char* out) {
  if (!is_character(c)) c = kReplacement;
  const std::size_t length = utf8_length(c);
  if (length == 1) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  for (std::size_t i = length; i-- > 1; c >>= 6) out[i] = static_cast<char>(0x80 | (c & 0x3F));
  constexpr unsigned kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  out[0] = static_cast<char>(kLead[length] | c);
  return length;
}

}  // namespace me::text
