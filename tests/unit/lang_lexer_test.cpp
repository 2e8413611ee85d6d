// Tokens: spellings, spans, strings, and Python's layout.
#include <doctest/doctest.h>

#include "lang/lexer.h"

namespace {

using namespace me;
using namespace me::lang;

// "Name:a Plus Number:2", layout tokens by name, without End.
std::string tokens(const std::string& text) {
  const auto t = tokenize(text);
  if (!t) return "error " + std::to_string(t.error().span.begin) + " " + t.error().message;
  std::string out;
  for (const Token& token : t->list) {
    if (token.kind == TokenKind::End) break;
    if (!out.empty()) out += ' ';
    if (token.kind == TokenKind::Newline) out += "NL";
    else if (token.kind == TokenKind::Indent) out += ">";
    else if (token.kind == TokenKind::Dedent) out += "<";
    else out += slice(text, token.span);
  }
  return out;
}

}  // namespace

TEST_CASE("expressions split at the longest spelling") {
  CHECK(tokens("a**-b//2<<=3") == "a ** - b // 2 <<= 3");
  CHECK(tokens("x<=y!=z->w") == "x <= y != z -> w");
  CHECK(tokens("1.5e-3+0x1p-2*.5") == "1.5e-3 + 0x1p-2 * .5");
  CHECK(tokens("1e5-2") == "1e5 - 2");
  CHECK(tokens("0xe+1") == "0xe + 1");
  CHECK(tokens("notx not x") == "notx not x");
  CHECK(tokens("a # all else\n+ b") == "a + b");
  CHECK(tokens("f('a\\'b') + rb\"c\"") == "f ( 'a\\'b' ) + rb\"c\"");
  CHECK(tokens("'''a\n'b''' + ''") == "'''a\n'b''' + ''");
}

TEST_CASE("bytes outside the language are located") {
  CHECK(tokens("a $ b") == "error 2 unexpected character '$'");
  CHECK(tokens(std::string("a \0 b", 5)) == "error 2 a text cannot contain a NUL character");
  CHECK(tokens("a + \xff") == "error 4 unexpected character (byte 0xff)");
  CHECK(tokens("\xc3\xa9") == "error 0 unexpected character '\xc3\xa9'");
  CHECK(tokens("'abc") == "error 0 string is not closed");
  CHECK(tokens("'abc\n'") == "error 0 string is not closed");
  CHECK(tokens("'abc\\") == "error 0 string is not closed");
  CHECK(tokens("\"\"\"abc\"\"") == "error 0 string is not closed");
}

TEST_CASE("kernels have lines and blocks") {
  CHECK(tokens("def f(x):\n  if x:\n    y\n\n  # c\n  z\n") ==
        "def f ( x ) : NL > if x : NL > y NL < z NL NL <");
  CHECK(tokens("def f(x):\n\treturn x\n    # a comment\n\tz") ==
        "def f ( x ) : NL > return x NL z NL <");
  CHECK(tokens("def f(x):\n\treturn x\n        z") ==
        "error 20 tabs and blanks are mixed in the indentation");
  CHECK(tokens("def f(\n x,\n   y):\n  return (x\n+ y)") ==
        "def f ( x , y ) : NL > return ( x + y ) NL <");
  CHECK(tokens("def f(x):\n  a = x + \\\n 1\n") == "def f ( x ) : NL > a = x + 1 NL NL <");
  CHECK(tokens("  def f(x):\n    return x\n") == "def f ( x ) : NL > return x NL NL <");
  CHECK(tokens("def f(x):\r\n  return x\r\n") == "def f ( x ) : NL > return x NL NL <");
  CHECK(tokens("def f(x):\n    a\n  b\n") ==
        "error 16 indentation matches no enclosing block");
  CHECK(tokens("define(x)") == "define ( x )");
}

TEST_CASE("header comments are kept for pragmas") {
  const auto t = tokenize("# one\n@decorated\n# me:fp=fast\ndef f(x):\n  # three\n  return x\n");
  REQUIRE(static_cast<bool>(t));
  CHECK(t->kernel);
  CHECK(t->header_comments.size() == 1);
}
