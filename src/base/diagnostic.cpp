// Rendering of located errors, and the status table's look-ups.
//
// Enters: a Diagnostic and the source text it points into. Leaves: the underlined text of diagnostic.h.
// Lines longer than kMaxShown bytes are cut around the span, so that absurd inputs give short errors.
// Tested by tests/unit/diagnostic_test.cpp.
#include "diagnostic.h"

#include <algorithm>

#include "status.h"

namespace me {
namespace {

constexpr std::size_t kMaxShown = 76;

struct StatusRow {
  int compile_code;
  int eval_code;
  std::string_view name;
};

constexpr StatusRow kStatuses[] = {
#define ME_STATUS(Id, compile_code, eval_code, name) {compile_code, eval_code, name},
#include "statuses.def"
};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t code_points(std::string_view s) {
  return static_cast<std::size_t>(
      std::count_if(s.begin(), s.end(), [](char c) { return !is_continuation(c); }));
}

// Columns that a terminal gives a character: two for the wide ones of East Asia and pictures, none
// for marks that sit on the character before.
std::size_t columns_of(std::uint32_t c) {
  const bool mark = (c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) ||
                    (c >= 0xFE00 && c <= 0xFE0F);
  if (mark) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
                    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
                    (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                    (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) ||
                    (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::size_t columns(std::string_view s) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < s.size();) {
    const auto lead = static_cast<unsigned char>(s[i++]);
    std::uint32_t c = lead < 0x80 ? lead : lead & (lead >= 0xF0 ? 7 : lead >= 0xE0 ? 15 : 31);
    for (; i < s.size() && is_continuation(s[i]); ++i) {
      c = c << 6 | (static_cast<unsigned char>(s[i]) & 63);
    }
    sum += columns_of(c);
  }
  return sum;
}

}  // namespace

int compile_code_of(Status s) { return kStatuses[static_cast<std::size_t>(s)].compile_code; }
int eval_code_of(Status s) { return kStatuses[static_cast<std::size_t>(s)].eval_code; }
std::string_view name_of(Status s) { return kStatuses[static_cast<std::size_t>(s)].name; }

LineColumn locate(std::string_view text, std::uint32_t at) {
  const std::string_view before = text.substr(0, std::min<std::size_t>(at, text.size()));
  const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t newline = before.rfind('\n');
  const std::string_view head =
      newline == std::string_view::npos ? before : before.substr(newline + 1);
  return {line + 1, static_cast<std::uint32_t>(code_points(head)) + 1};
}

std::string render(const Diagnostic& d, std::string_view text, std::string_view origin) {
  std::string out = "error: " + d.message + "\n";
  if (!d.has_location) return out;
  const std::size_t begin = std::min<std::size_t>(d.span.begin, text.size());
  const LineColumn at = locate(text, static_cast<std::uint32_t>(begin));
  out += "  --> " + std::string(origin) + ":" + std::to_string(at.line) + ":" +
         std::to_string(at.column) + "\n";

  const std::size_t newline = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
  std::size_t first = newline == std::string_view::npos ? 0 : newline + 1;
  std::size_t last = std::min(text.find('\n', begin), text.size());
  const std::size_t end = std::clamp<std::size_t>(d.span.end, begin, last);
  bool cut_front = false;
  bool cut_back = false;
  if (last - first > kMaxShown) {
    if (begin - first > kMaxShown / 2) {
      first = begin - kMaxShown / 2;
      while (first < begin && is_continuation(text[first])) ++first;
      cut_front = true;
    }
    if (last - first > kMaxShown) {
      last = first + kMaxShown;
      while (last > begin && last < text.size() && is_continuation(text[last])) --last;
      cut_back = true;
    }
  }
  std::string line(text.substr(first, last - first));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  const std::string prefix = cut_front ? "..." : "";
  out += "   | " + prefix + line + (cut_back ? "..." : "") + "\n";
  const std::size_t pad = prefix.size() + columns(text.substr(first, begin - first));
  const std::size_t shown_end = std::min(end, last);
  const std::size_t width =
      shown_end > begin ? columns(text.substr(begin, shown_end - begin)) : 1;
  out += "   | " + std::string(pad, ' ') + std::string(std::max<std::size_t>(width, 1), '^');
  if (!d.note.empty()) out += " " + d.note;
  out += "\n";
  return out;
}

}  // namespace me
