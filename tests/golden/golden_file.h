// The text format of golden cases, and how expectations are written back.
//
// A file holds cases; a case begins with a line "# title" and has a field "key: value" per line
// (short ones may follow on the same line, two blanks apart):
//
//   # comment title
//   expr: a*2 + sum(a)
//   types: a:float64
//   result: float64
//   run: a = 1 2 3 -> 8 10 12
//
//   expr      one expression, or `kernel:` followed by an indented block
//   dialect   numpy (default) or miniexpr
//   types     name:dtype of each parameter in order (strings: U8, S3); name:dtype:uniform is one value for the whole
//             call, name:dtype:weak a Python scalar
//   output    the wished result dtype (default: as inferred)
//   result    the result dtype that is expected
//   run       inputs separated by ";", "->", outputs (golden_values.h), perhaps "ulp<=1".
//             Instead of outputs: "error: <message>"
//   cap       iteration limit of while loops in this case's runs
//   error     the compile error: "<status> <line>:<column> <message>"; no run lines then
//   report    an indented block: the error as users see it, with the underlined source
//   ir        an indented block: the printed IR after all passes
//   tiers     "interpreter": compiled code is not available for this case
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/signature.h"

namespace me::golden {

struct Run {
  int line = 0;                     // 1-based line of the file
  std::vector<std::string> inputs;  // texts, by parameter
  std::string expected;             // text after "->", without the ulp suffix
  double ulp = 0;
};

struct Case {
  std::string file;
  int line = 0;
  std::string title;
  std::string text;
  bool is_kernel = false;
  bool miniexpr = false;
  std::vector<Param> params;
  DType output = DType::Auto;
  std::string result;
  int result_line = 0;
  std::string cap;
  bool interpreter_only = false;
  std::vector<Run> runs;
  std::string error;
  int error_line = 0;
  std::optional<std::string> report;
  int report_line = 0;  // of the "report:" line
  std::optional<std::string> ir;
  int ir_line = 0;  // of the "ir:" line
};

struct GoldenFile {
  std::string path;
  std::vector<std::string> lines;
  std::vector<Case> cases;
  std::vector<std::string> mistakes;  // "path:line: what", malformed cases
};

GoldenFile read_golden_file(const std::string& path);

// Replace what is expected at a line; `line` as in Run and Case. save() writes the file.
void bless_run(GoldenFile& file, const Run& run, const std::string& expected);
void bless_field(GoldenFile& file, int line, const std::string& key, const std::string& value);
void bless_block(GoldenFile& file, int line, const std::string& block);
void save(const GoldenFile& file);

}  // namespace me::golden
