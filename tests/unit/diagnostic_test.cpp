// Located errors: lines, columns, underlines, and how absurd sources are shown.
#include "base/diagnostic.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/status.h"

using namespace me;

namespace {

Diagnostic at(std::uint32_t begin, std::uint32_t end, std::string note = "") {
  return {Status::TypeError, {begin, end}, "wrong", std::move(note), true};
}

Result<int> half(int v) {
  if (v % 2 != 0) return Diagnostic{Status::InvalidArg, {}, "odd", "", false};
  return v / 2;
}
Result<int> quarter(int v) {
  ME_TRY(const int h, half(v));
  ME_TRY(const int q, half(h));
  return q;
}

}  // namespace

TEST_CASE("the underline is under the span") {
  CHECK(render(at(4, 8, "str"), "x + name", "expression") ==
        "error: wrong\n  --> expression:1:5\n   | x + name\n   |     ^^^^ str\n");
}

TEST_CASE("lines and columns count code points, from 1") {
  const std::string_view text = "a\nb\xc3\xa9\xc3\xa9 + c\n";
  CHECK(locate(text, 0).line == 1);
  CHECK(locate(text, 2).line == 2);
  CHECK(locate(text, 2).column == 1);
  const LineColumn c = locate(text, 10);
  CHECK(c.line == 2);
  CHECK(c.column == 7);
  CHECK(locate(text, 4000).line == 3);
  const std::string shown = render(at(10, 11), text, "kernel");
  CHECK(shown.find("kernel:2:7") != std::string::npos);
  CHECK(shown.find("   |       ^\n") != std::string::npos);
}

TEST_CASE("the underline stands under characters of any width") {
  const auto shown = [](std::string_view text, std::uint32_t begin, std::uint32_t end) {
    const std::string report = render(at(begin, end), text, "x");
    return report.substr(report.rfind("   | ") + 5);
  };
  CHECK(shown("\xe6\x97\xa5\xe6\x9c\xac + z", 9, 10) == "       ^\n");  // two wide ones
  CHECK(shown("\xe6\x97\xa5 + z", 0, 3) == "^^\n");
  CHECK(shown("e\xcc\x81 + z", 6, 7) == "    ^\n");  // an accent that combines
  CHECK(shown("\t\tx + z", 6, 7) == "      ^\n");
  CHECK(shown("\xff\xff\xff + z", 6, 7) == "      ^\n");
}

TEST_CASE("spans at and past the end, empty texts, control characters") {
  CHECK(render(at(3, 3), "a +", "expression").find("   |    ^\n") != std::string::npos);
  CHECK(render(at(100, 200), "a +", "expression").find("1:4") != std::string::npos);
  CHECK(render(at(0, 0), "", "expression") ==
        "error: wrong\n  --> expression:1:1\n   | \n   | ^\n");
  CHECK(render(at(0, 3), "a\tb", "expression").find("| a b\n") != std::string::npos);
  CHECK(render(at(1, 5), "a\nbcd", "kernel").find("kernel:1:2") != std::string::npos);
  CHECK(render({Status::Shape, {}, "whole", "", false}, "a", "x") == "error: whole\n");
}

TEST_CASE("long lines are cut around the span") {
  const std::string text = std::string(5000, 'a') + "?" + std::string(5000, 'b');
  const std::string shown = render(at(5000, 5001), text, "expression");
  CHECK(shown.size() < 400);
  CHECK(shown.find("...") != std::string::npos);
  // The caret stands under the question mark.
  std::size_t line = shown.find("   | ");
  const std::size_t next = shown.find('\n', line) + 1;
  CHECK(shown.find('?') - line == shown.find('^') - next);
  const std::string wide = render(at(0, 10001), text, "expression");
  CHECK(wide.size() < 400);
  CHECK(std::count(shown.begin(), shown.end(), '\n') == 4);
  // Cuts never split a character.
  std::string accents;
  for (int i = 0; i < 500; ++i) accents += "\xc3\xa9";
  for (std::uint32_t p = 300; p < 310; p += 2) {
    const std::string s = render(at(p, p + 2), accents, "expression");
    const std::size_t bar = s.find("   | ") + 5;
    CHECK((static_cast<unsigned char>(s[bar + 3]) & 0xC0) != 0x80);
  }
}

TEST_CASE("statuses map to the C integers") {
  CHECK(compile_code_of(Status::Ok) == 0);
  CHECK(compile_code_of(Status::ParseError) == -2);
  CHECK(compile_code_of(Status::ReductionInvalid) == -5);
  CHECK(compile_code_of(Status::TypeError) == -8);
  CHECK(eval_code_of(Status::VarMismatch) == -4);
  CHECK(eval_code_of(Status::WhileCap) == -5);
  CHECK(name_of(Status::ZeroStep) == "range step is zero");
}

TEST_CASE("ME_TRY passes values on and errors up") {
  CHECK(*quarter(12) == 3);
  CHECK(quarter(7).error().message == "odd");
  CHECK_FALSE(static_cast<bool>(quarter(6)));
}
