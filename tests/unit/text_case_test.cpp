// Case mapping and UTF-8.
#include <doctest/doctest.h>

#include <string>

#include "text/case.h"
#include "text/utf8.h"

using namespace me::text;

namespace {

std::u32string all(const Mapped& m) { return {m.units.begin(), m.units.begin() + m.count}; }

std::string encoded(char32_t c) {
  char out[4];
  return {out, encode_utf8(c, out)};
}

}  // namespace

TEST_CASE("case mapping of one character") {
  CHECK(all(to_upper(U'a')) == U"A");
  CHECK(all(to_lower(U'Ж')) == U"ж");
  CHECK(all(to_upper(U'ß')) == U"SS");
  CHECK(all(to_upper(0x390)) == U"\u0399\u0308\u0301");
  CHECK(all(to_lower(0x130)) == U"i\u0307");
  CHECK(all(to_title(0x1C6)) == U"\u01C5");
  CHECK(all(to_upper(0x10428)) == U"\U00010400");
  CHECK(all(to_upper(U'1')) == U"1");
}

TEST_CASE("what is no character stays what it is") {
  for (const char32_t c : {char32_t{0xD800}, char32_t{0x110000}, char32_t{0xFFFFFFFF}, char32_t{0x10FFFF}}) {
    CHECK(all(to_upper(c)) == std::u32string(1, c));
    CHECK(all(to_lower(c)) == std::u32string(1, c));
    CHECK_FALSE(is_space(c));
    CHECK_FALSE(is_cased(c));
  }
}

TEST_CASE("properties") {
  CHECK(is_space(U' '));
  CHECK(is_space(0x3000));
  CHECK(is_space(0x1C));
  CHECK_FALSE(is_space(0x200B));
  CHECK(is_upper(U'Σ'));
  CHECK(is_lower(U'ς'));
  CHECK(is_cased(0x1C5));
  CHECK(is_case_ignorable(U'.'));
  CHECK_FALSE(is_case_ignorable(U'a'));
}

TEST_CASE("UTF-8 there and back, for the edges of every length") {
  for (const char32_t c : {0x0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF}) {
    const std::string bytes = encoded(c);
    std::size_t length = 0;
    CHECK(bytes.size() == utf8_length(c));
    CHECK(decode_utf8(bytes, 0, &length) == c);
    CHECK(length == bytes.size());
    if (bytes.size() > 1) CHECK(decode_utf8(bytes.substr(0, bytes.size() - 1), 0, &length) == kInvalid);
  }
}

TEST_CASE("invalid UTF-8 is found, invalid characters are replaced") {
  for (const char* bytes : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                            "\xF5\x80\x80\x80", "\xC3\x28", "\xFF"}) {
    std::size_t length = 0;
    CHECK(decode_utf8(bytes, 0, &length) == kInvalid);
    CHECK(length == 1);
  }
  CHECK(encoded(0xD800) == "\xEF\xBF\xBD");
  CHECK(encoded(0x110000) == "\xEF\xBF\xBD");
}
