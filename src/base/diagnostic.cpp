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
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const std::string prefix = cut_front ? "..." : "";
  out += "   | " + prefix + line + (cut_back ? "..." : "") + "\n";
  const std::size_t pad = prefix.size() + code_points(text.substr(first, begin - first));
  const std::size_t shown_end = std::min(end, last);
  const std::size_t width =
      shown_end > begin ? code_points(text.substr(begin, shown_end - begin)) : 1;
  out += "   | " + std::string(pad, ' ') + std::string(std::max<std::size_t>(width, 1), '^');
  if (!d.note.empty()) out += " " + d.note;
  out += "\n";
  return out;
}

}  // namespace me
