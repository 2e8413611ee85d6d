// Texts that want to exhaust the stack, memory or time: each gives a result or a located error.
#include <doctest/doctest.h>

#include <random>

#include "lang_front.h"

using namespace me;
using lang::Dialect;
using lang_test::dtype_of;

namespace {

constexpr Dialect kDialects[] = {Dialect::Numpy, Dialect::Miniexpr};

std::string repeat(const std::string& s, std::size_t n) {
  std::string out;
  out.reserve(s.size() * n);
  for (std::size_t i = 0; i < n; ++i) out += s;
  return out;
}

// The status word of the outcome, or the dtype.
std::string outcome(const std::string& text, Dialect d) {
  const auto program = lang_test::front(text, "x:float32 y:int32", d);
  if (program) return std::string(name_of(program->result));
  CHECK(program.error().span.begin <= text.size());
  CHECK(program.error().span.end <= text.size());
  CHECK(render(program.error(), text, "expression").size() < 1000);
  return std::string(name_of(program.error().status));
}

}  // namespace

TEST_CASE("nesting is bounded") {
  for (const Dialect d : kDialects) {
    for (const char* opening : {"(", "-", "~", "sin(", "x+(", "-(", "abs(-", "(x if x else "}) {
      const std::size_t n = (std::size_t{1} << 20) / std::string(opening).size() - 1;
      CHECK_MESSAGE(outcome(repeat(opening, n), d) == "limit exceeded", opening);
    }
    CHECK(outcome(repeat("not ", 200000) + "x", d) == "limit exceeded");
    CHECK(outcome(repeat("x if x else ", 80000) + "x", d) == "limit exceeded");
    CHECK(outcome(repeat("(", 150) + "x" + repeat(")", 150), d) == "float32");
    CHECK(outcome(repeat("-", 150) + "x", d) == "float32");
  }
  CHECK(outcome(repeat("x**", 300000) + "x", Dialect::Numpy) == "limit exceeded");
  CHECK(outcome(repeat("sin ", 200000) + "x", Dialect::Miniexpr) == "limit exceeded");
}

TEST_CASE("size is bounded, and long chains need no stack") {
  for (const Dialect d : kDialects) {
    CHECK(outcome(repeat("x+", 500000) + "x", d) == "limit exceeded");
    CHECK(outcome(repeat("x<", 500000) + "x", d) == "limit exceeded");
    CHECK(outcome(repeat("x+", 30000) + "x", d) == "float32");
    CHECK(outcome(repeat("x<", 15000) + "x", d) == "bool");
    CHECK(outcome(std::string(1 << 21, 'x'), d) == "limit exceeded");
    CHECK(outcome(std::string(1 << 20, 'x'), d) == "syntax error");
    CHECK(outcome(std::string(1 << 20, '9'), d) == "syntax error");
    CHECK(outcome("0." + std::string(1000000, '9'), d) != "syntax error");
  }
}

TEST_CASE("kernels are bounded") {
  const std::string head = "def f(x, y):\n";
  const auto nested = [&](std::size_t n) {
    std::string text = head;
    for (std::size_t i = 1; i <= n; ++i) text += std::string(i, ' ') + "if x > 0:\n";
    return text + std::string(n + 1, ' ') + "x = 1\n return x\n";
  };
  const auto elifs = [&](std::size_t n) {
    return head + "  if x: x = 1\n" + repeat("  elif x > 1: x = 2\n", n) + "  return x\n";
  };
  for (const Dialect d : kDialects) {
    CHECK(outcome(nested(30), d) == "float32");
    CHECK(outcome(nested(40), d) == "limit exceeded");
    CHECK(outcome(nested(1000), d) == "limit exceeded");
    CHECK(outcome(elifs(150), d) == "float32");
    CHECK(outcome(elifs(20000), d) == "limit exceeded");
  }
  // Locals that widen one by one, each walk of the program only the next.
  std::string chain = head;
  for (int i = 0; i < 3000; ++i) chain += "  a" + std::to_string(i) + " = 0\n";
  chain += "  while x > 0:\n";
  for (int i = 0; i < 2999; ++i) {
    chain += "    a" + std::to_string(i) + " = a" + std::to_string(i + 1) + "\n";
  }
  CHECK(outcome(chain + "    a2999 = x\n  return a0\n", Dialect::Numpy) == "limit exceeded");
}

TEST_CASE("random bytes and mutilated texts never crash") {
  std::mt19937 random(7);
  const std::string seed_texts[] = {
      "where(a > 1 and not b, np.sin(a) ** -2, 0x1p3) if x else [1, 'str']",
      "# me:fp=fast\n@d\ndef f(x, y: int) -> float:\n  '''doc'''\n  a, b = x, 1\n"
      "  for i in range(0, 9, y):\n    a += i\n    if a > 3: break\n    elif b: continue\n"
      "  while not x:\n    x -= 1\n  return a if b else float(x)\n"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    if (round % 4 == 0) {
      text.resize(random() % 60);
      for (char& c : text) c = static_cast<char>(random());
    } else {
      text = seed_texts[round % 2];
      for (unsigned edits = 1 + random() % 4; edits > 0; --edits) {
        const std::size_t at = random() % (text.size() + 1);
        const std::string_view pool = "()[]{}+-*/%<>=!&|^~,.:;@#'\"\\ \n\t\r0x9_eEjabdefinor";
        switch (random() % 3) {
          case 0: text.insert(at, 1, pool[random() % pool.size()]); break;
          case 1: text.erase(at, random() % 5); break;
          default:
            if (at < text.size()) text[at] = static_cast<char>(random());
        }
      }
    }
    for (const Dialect d : kDialects) {
      const auto ast = lang::parse(text, d);
      if (!ast) continue;
      CHECK_FALSE(lang::print(*ast).empty());
      const auto program = lang::infer(*ast, lang_test::signature("x:float32 y:int32"), d);
      if (program) CHECK_FALSE(lang::print(*program).empty());
    }
  }
}
