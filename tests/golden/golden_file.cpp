// Enters: a golden file. Leaves: its cases, or the lines where it breaks the format; on request the
// file with new expectations in the same places. golden_file.h describes the format.
#include "golden_file.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace me::golden {
namespace {

constexpr const char* kUlp = "ulp<=";
// Fields that may stand behind another one on its line, two blanks or more apart.
constexpr const char* kTrailing[] = {
    "  dialect:", "  types:", "  output:", "  result:", "  cap:", "  tiers:"};

std::string trimmed(const std::string& s) {
  const std::size_t first = s.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string> split(const std::string& s, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(s);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(trimmed(part));
  return parts;
}

// Where the field that begins at `from` ends: at a trailing field or the end of the line.
std::size_t field_end(const std::string& line, std::size_t from) {
  std::size_t end = line.size();
  for (const char* key : kTrailing) end = std::min(end, line.find(key, from));
  return end;
}

class Reader {
 public:
  explicit Reader(GoldenFile* file) : file_(*file) {}

  void read() {
    for (at_ = 0; at_ < file_.lines.size(); ++at_) {
      const std::string& line = file_.lines[at_];
      if (trimmed(line).empty()) continue;
      if (line.starts_with("# ")) {
        Case next;
        next.file = file_.path;
        next.line = number();
        next.title = trimmed(line.substr(2));
        file_.cases.push_back(std::move(next));
      } else if (file_.cases.empty()) {
        mistake("a case begins with a line \"# title\"");
      } else {
        read_fields(file_.cases.back(), line);
      }
    }
    for (const Case& c : file_.cases) {
      if (c.text.empty()) mistake_at(c.line, "no expr or kernel");
      if (c.error.empty() && !c.report && c.runs.empty()) mistake_at(c.line, "neither run nor error");
    }
  }

 private:
  int number() const { return static_cast<int>(at_) + 1; }
  void mistake_at(int line, const std::string& what) {
    file_.mistakes.push_back(file_.path + ":" + std::to_string(line) + ": " + what);
  }
  void mistake(const std::string& what) { mistake_at(number(), what); }

  // The indented lines below the current one, without their common indentation.
  std::string take_block() {
    std::string block;
    std::size_t indent = std::string::npos;
    while (at_ + 1 < file_.lines.size()) {
      const std::string& line = file_.lines[at_ + 1];
      const std::size_t first = line.find_first_not_of(' ');
      if (first == 0 || first == std::string::npos) break;
      indent = std::min(indent, first);
      block += line.substr(indent) + "\n";
      ++at_;
    }
    return block;
  }

  void read_fields(Case& c, const std::string& line) {
    for (std::size_t from = 0; from < line.size();) {
      const std::size_t end = field_end(line, from);
      read_field(c, trimmed(line.substr(from, end - from)));
      from = std::min(end + 2, line.size());
    }
  }

  void read_field(Case& c, const std::string& line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return mistake("not \"key: value\"");
    const std::string key = line.substr(0, colon);
    const std::string value = trimmed(line.substr(colon + 1));
    if (key == "expr") {
      c.text = value;
    } else if (key == "kernel") {
      c.is_kernel = true;
      c.text = take_block();
    } else if (key == "dialect") {
      c.miniexpr = value == "miniexpr";
      if (!c.miniexpr && value != "numpy") mistake("unknown dialect " + value);
    } else if (key == "types") {
      read_types(c, value);
    } else if (key == "output") {
      c.output = dtype_named(value);
      if (c.output == DType::Auto) mistake("unknown dtype " + value);
    } else if (key == "result") {
      c.result = value;
      c.result_line = number();
    } else if (key == "run") {
      read_run(c, value);
    } else if (key == "cap") {
      c.cap = value;
    } else if (key == "error") {
      c.error = value;
      c.error_line = number();
    } else if (key == "report") {
      c.report_line = number();
      c.report = take_block();
    } else if (key == "ir") {
      c.ir_line = number();
      c.ir = take_block();
    } else if (key == "tiers") {
      c.interpreter_only = value == "interpreter";
      if (!c.interpreter_only) mistake("tiers: only \"interpreter\" is known");
    } else {
      mistake("unknown key " + key);
    }
  }

  // float64, or U8 and S3 for strings and bytes.
  static void read_dtype(Param& p, const std::string& text) {
    const bool counted = text.find_first_not_of("0123456789", 1) == std::string::npos;
    if (text.size() > 1 && counted && (text[0] == 'U' || text[0] == 'S')) {
      p.dtype = text[0] == 'U' ? DType::String : DType::Bytes;
      p.itemsize = unit_of(p.dtype) * static_cast<std::size_t>(std::atol(text.c_str() + 1));
    } else {
      p.dtype = dtype_named(text);
    }
  }

  void read_types(Case& c, const std::string& value) {
    std::stringstream stream(value);
    for (std::string token; stream >> token;) {
      const std::vector<std::string> parts = split(token, ':');
      Param p;
      p.name = parts[0];
      if (parts.size() > 1) read_dtype(p, parts[1]);
      if (parts.size() > 2) {
        p.uniform = parts[2] == "uniform" || parts[2] == "weak";
        p.weak = parts[2] == "weak";
        if (!p.uniform) mistake("uniform or weak, not " + parts[2]);
      }
      if (p.dtype == DType::Auto || parts.size() > 3) mistake("not name:dtype: " + token);
      c.params.push_back(p);
    }
  }

  void read_run(Case& c, const std::string& value) {
    const std::size_t arrow = value.find("->");
    if (arrow == std::string::npos) return mistake("run needs \"->\"");
    Run run;
    run.line = number();
    run.expected = trimmed(value.substr(arrow + 2));
    const std::size_t ulp = run.expected.find(kUlp);
    if (ulp != std::string::npos) {
      run.ulp = std::atof(run.expected.c_str() + ulp + std::char_traits<char>::length(kUlp));
      run.expected = trimmed(run.expected.substr(0, ulp));
    }
    run.inputs.resize(c.params.size());
    std::vector<bool> given(c.params.size());
    for (const std::string& input : split(value.substr(0, arrow), ';')) {
      if (input.empty()) continue;
      const std::size_t equals = input.find('=');
      const std::string name = trimmed(input.substr(0, equals));
      const auto p = std::find_if(c.params.begin(), c.params.end(),
                                  [&](const Param& q) { return q.name == name; });
      if (equals == std::string::npos || p == c.params.end()) {
        return mistake("not \"parameter = values\": " + input);
      }
      const auto index = static_cast<std::size_t>(p - c.params.begin());
      run.inputs[index] = trimmed(input.substr(equals + 1));
      given[index] = true;
    }
    if (std::find(given.begin(), given.end(), false) != given.end()) mistake("an input is missing");
    c.runs.push_back(std::move(run));
  }

  GoldenFile& file_;
  std::size_t at_ = 0;
};

std::string& line_of(GoldenFile& file, int line) {
  return file.lines[static_cast<std::size_t>(line) - 1];
}

}  // namespace

GoldenFile read_golden_file(const std::string& path) {
  GoldenFile file;
  file.path = path;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
  if (file.lines.empty()) file.mistakes.push_back(path + ": empty or unreadable");
  Reader(&file).read();
  return file;
}

void bless_run(GoldenFile& file, const Run& run, const std::string& expected) {
  std::string& line = line_of(file, run.line);
  const std::size_t ulp = line.find(kUlp);
  const std::string suffix = ulp == std::string::npos ? "" : "   " + line.substr(ulp);
  line = line.substr(0, line.find("->") + 2) + (expected.empty() ? "" : " " + expected) + suffix;
}

void bless_field(GoldenFile& file, int line, const std::string& key, const std::string& value) {
  std::string& text = line_of(file, line);
  const std::size_t from = text.find(key + ":") + key.size() + 1;
  text = text.substr(0, from) + " " + value + text.substr(field_end(text, from));
}

void bless_block(GoldenFile& file, int line, const std::string& block) {
  const auto first = file.lines.begin() + line;
  auto last = first;
  while (last != file.lines.end() && last->starts_with(" ")) ++last;
  std::vector<std::string> lines;
  std::stringstream stream(block);
  for (std::string text; std::getline(stream, text);)
    lines.push_back(text.empty() ? text : "  " + text);
  const auto at = file.lines.erase(first, last);
  file.lines.insert(at, lines.begin(), lines.end());
}

void save(const GoldenFile& file) {
  std::ofstream stream(file.path);
  for (const std::string& line : file.lines) stream << line << '\n';
}

}  // namespace me::golden
