// A located error: status, span of the source text, one-line message; and its rendering.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace me {

enum class Status : std::uint8_t {
#define ME_STATUS(Id, compile_code, eval_code, name) Id,
#include "statuses.def"
};

// Byte range [begin, end) of the source text.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

struct Diagnostic {
  Status status = Status::Ok;
  Span span;
  std::string message;       // one line, no location
  std::string note;          // printed beside the underline, may be empty: "str"
  bool has_location = true;  // false: a property of the whole call
};

// 1-based line and column (in code points) of byte offset `at`.
struct LineColumn {
  std::uint32_t line;
  std::uint32_t column;
};
LineColumn locate(std::string_view text, std::uint32_t at);

// At most six lines:
//   error: float32 and string cannot be added
//     --> expression:1:5
//      | x + name
//      |     ^^^^ string<U8>
// `origin` names the text ("expression", "kernel"). Long lines are cut around the span.
std::string render(const Diagnostic& d, std::string_view text, std::string_view origin);

}  // namespace me
