// UTF-8: from source texts, and to variable-length results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace me::text {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kInvalid = 0xFFFFFFFF;

// Whether c is a character: no surrogate, not beyond U+10FFFF.
constexpr bool is_character(char32_t c) { return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF); }

// The character that begins at text[at] and, in *length, its bytes; kInvalid if there is none (overlong
// forms, surrogates, cut off sequences). `at` is inside the text.
char32_t decode_utf8(std::string_view text, std::size_t at, std::size_t* length);

// Writes c, or U+FFFD if it is no character, at `out` (4 bytes of room); returns the bytes written.
std::size_t encode_utf8(char32_t c, char* out);
// The bytes that encode_utf8 writes for c.
std::size_t utf8_length(char32_t c);

}  // namespace me::text
