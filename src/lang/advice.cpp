// Advice on single characters and words.
//
// Enters: a character or name that means nothing here. Leaves: what its writer most likely wanted, in the
// words of the language, or nothing. Example: "−" (a typographic minus) is "write -", "average" is
// "write mean".
// Tested by tests/golden/errors.
#include "advice.h"

#include <algorithm>

namespace me::lang {
namespace {

struct Advice {
  std::string_view wrong;
  std::string_view right;
};

constexpr Advice kCharacters[] = {
    {"?", "write a if condition else b"},
    {"$", "names are letters, digits and _"},
    {"`", "write names without quotes"},
    {"\\", "a backslash joins lines only at the end of one"},
    {"\u201c", "write \" or '"},
    {"\u201d", "write \" or '"},
    {"\u2018", "write \" or '"},
    {"\u2019", "write \" or '"},
    {"\u2212", "write -"},
    {"\u2013", "write -"},
    {"\u2014", "write -"},
    {"\u00d7", "write *"},
    {"\u00b7", "write *"},
    {"\u22c5", "write *"},
    {"\u00f7", "write /"},
    {"\u2264", "write <="},
    {"\u2265", "write >="},
    {"\u2260", "write !="},
    {"\u00b2", "write **2"},
    {"\u00b3", "write **3"},
    {"\u221a", "write sqrt(x)"},
    {"\u03c0", "write pi"},
    {"\u221e", "write inf"},
    {"\u2211", "write sum(x)"},
    {"\u00a0", "this is no ordinary blank"},
};

constexpr Advice kNames[] = {
    {"None", "write nan for a missing value"},
    {"null", "write nan for a missing value"},
    {"nil", "write nan for a missing value"},
    {"NA", "write nan"},
    {"infinity", "write inf"},
    {"Infinity", "write inf"},
    {"average", "write mean"},
    {"avg", "write mean"},
    {"ceiling", "write ceil"},
    {"sgn", "write sign"},
    {"sqr", "write square"},
    {"iif", "write where(c, x, y)"},
    {"ifelse", "write where(c, x, y)"},
    {"product", "write prod"},
    {"double", "write float64(x)"},
    {"gamma", "write tgamma"},
    {"gammaln", "write lgamma"},
    {"logn", "write log"},
};

constexpr std::string_view kForeign[] = {
    "import", "from",     "class",  "with",    "try",      "except", "finally", "raise", "assert",
    "del",    "global",   "yield",  "async",   "await",    "lambda", "match",   "case",  "nonlocal",
    "switch", "function", "unless", "foreach", "elseif",   "then",   "do",      "until", "let",
    "var",    "const",
};

std::string find(const Advice* first, const Advice* last, std::string_view wrong) {
  const Advice* row = std::find_if(first, last, [&](const Advice& a) { return a.wrong == wrong; });
  return row == last ? "" : std::string(row->right);
}

}  // namespace

std::size_t character_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  const bool broken = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                      (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return broken ? 0 : length;
}

std::string advice_on_character(std::string_view character) {
  std::string known = find(std::begin(kCharacters), std::end(kCharacters), character);
  if (known.empty() && character.size() > 1) known = "names and operators are ASCII";
  return known;
}

std::string advice_on_number(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view rest = text.substr(digits);
  if (digits == 0 || rest.empty() || (digits == 1 && text[0] == '0')) return "";
  if (rest.find_first_not_of("fFlLuUdD") == std::string_view::npos) return "numbers have no suffix";
  const bool word = (rest[0] | 0x20) >= 'a' && (rest[0] | 0x20) <= 'z' && (rest[0] | 0x20) != 'e';
  if (!word || rest.size() > 20 || digits > 20) return "";
  return "write " + std::string(text.substr(0, digits)) + "*" + std::string(rest);
}

std::string advice_on_name(std::string_view name) {
  return find(std::begin(kNames), std::end(kNames), name);
}

bool is_foreign_word(std::string_view word) {
  return std::find(std::begin(kForeign), std::end(kForeign), word) != std::end(kForeign);
}

}  // namespace me::lang
