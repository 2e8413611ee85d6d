// Case and white space of single characters, as Python's str has them (case_table.inc).
#pragma once

#include <array>
#include <cstdint>

namespace me::text {

// Up to three characters: what one becomes in another case.
struct Mapped {
  std::array<char32_t, 3> units;
  unsigned count;
};

// Values beyond U+10FFFF and surrogates are nobody's letters: they stay what they are.
Mapped to_upper(char32_t c);
Mapped to_lower(char32_t c);  // without the rule for a sigma at the end of a word
Mapped to_title(char32_t c);

bool is_upper(char32_t c);
bool is_lower(char32_t c);
bool is_cased(char32_t c);
bool is_case_ignorable(char32_t c);
bool is_space(char32_t c);

constexpr char32_t kCapitalSigma = 0x3A3;
constexpr char32_t kFinalSigma = 0x3C2;
constexpr char32_t kSmallSigma = 0x3C3;

}  // namespace me::text
