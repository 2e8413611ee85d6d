// Case mapping from a compressed table of the Unicode database.
//
// Enters: a code point. Leaves: its case mappings and properties. Every block of 128 code points has a
// row of record numbers; equal blocks share a row. A record holds distances, since the letters of a
// script mostly lie equally far from their other case. Example: U+00DF (ß) has the record with the flag
// kLong, whose upper case is the two characters "SS". Tested by tests/unit/text_case_test.cpp and, against
// Python's str for every code point of the table's Unicode version, by tests/python/test_strings.py.
#include "text/case.h"

#include <cstddef>

namespace me::text {
namespace {

struct CaseRecord {
  std::int32_t upper, lower, title;  // distances
  std::uint16_t flags;
  std::uint16_t longer;  // with kLong: where kLonger has count and characters of the three mappings
};

enum : std::uint16_t { kUpper = 1, kLower = 2, kCased = 4, kIgnorable = 8, kSpace = 16, kLong = 32 };

#include "text/case_table.inc"

const CaseRecord& record_of(char32_t c) {
  if (c > 0x10FFFF) return kRecords[0];
  constexpr std::size_t kLast = sizeof kBlockOf - 1;
  const std::size_t block = c / kBlock < kLast ? c / kBlock : kLast;
  return kRecords[kRecordOf[kBlockOf[block]][c % kBlock]];
}

Mapped mapped(char32_t c, std::int32_t CaseRecord::* distance, std::size_t which) {
  const CaseRecord& r = record_of(c);
  if ((r.flags & kLong) == 0) {
    const auto one = static_cast<char32_t>(static_cast<std::int32_t>(c) + r.*distance);
    return {{one, 0, 0}, 1};
  }
  const char32_t* row = kLonger + r.longer + which * 4;
  return {{row[1], row[2], row[3]}, static_cast<unsigned>(row[0])};
}

bool has(char32_t c, std::uint16_t flag) { return (record_of(c).flags & flag) != 0; }

}  // namespace

Mapped to_upper(char32_t c) { return mapped(c, &CaseRecord::upper, 0); }
Mapped to_lower(char32_t c) { return mapped(c, &CaseRecord::lower, 1); }
Mapped to_title(char32_t c) { return mapped(c, &CaseRecord::title, 2); }

bool is_upper(char32_t c) { return has(c, kUpper); }
bool is_lower(char32_t c) { return has(c, kLower); }
bool is_cased(char32_t c) { return has(c, kCased); }
bool is_case_ignorable(char32_t c) { return has(c, kIgnorable); }
bool is_space(char32_t c) { return has(c, kSpace); }

}  // namespace me::text
