// Result dtypes of the numpy dialect against tables that NumPy 2 wrote: every pair of dtypes, and
// Python scalars beside every dtype (NEP 50).
#include <doctest/doctest.h>

#include <string>

#include "lang_front.h"

namespace {

using namespace me;
using lang_test::dtype_of;

constexpr char kCodes[] = "?bhiqBHIQfd";
constexpr const char* kNames[] = {"bool",   "int8",   "int16",  "int32",   "int64",  "uint8",
                                  "uint16", "uint32", "uint64", "float32", "float64"};

std::string name_of_code(char code) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kCodes[i] == code) return kNames[i];
  }
  return "";
}

void check(const std::string& text, const std::string& params, char code) {
  INFO(text << " with " << params);
  const std::string got = dtype_of(text, params);
  if (code == '-') {
    CHECK_MESSAGE(dtype_named(got) == DType::Auto, "an error was expected, not " << got);
  } else {
    CHECK(got == name_of_code(code));
  }
}

void unary(const std::string& text, const std::string& codes) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    check(text, std::string("x:") + kNames[i], codes[i]);
  }
}

void binary(const std::string& text, const std::string& codes) {
  constexpr const char* kLiterals[] = {"1", "1.5", "True"};
  const std::size_t columns = std::size(kNames) + std::size(kLiterals);
  REQUIRE(codes.size() == columns * std::size(kNames));
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    const std::string a = std::string("a:") + kNames[i];
    for (std::size_t j = 0; j < columns; ++j) {
      const char code = codes[i * columns + j];
      if (j < std::size(kNames)) {
        check(text, a + " b:" + kNames[j], code);
        continue;
      }
      std::string with_literal = text;
      for (std::size_t at = 0; (at = with_literal.find('b', at)) != std::string::npos; ++at) {
        const auto is_word = [&](std::size_t k) {
          return k < with_literal.size() && with_literal[k] >= 'a' && with_literal[k] <= 'z';
        };
        if (is_word(at + 1) || (at > 0 && is_word(at - 1))) continue;
        with_literal.replace(at, 1, kLiterals[j - std::size(kNames)]);
      }
      check(with_literal, a, code);
    }
  }
}

}  // namespace

TEST_CASE("result dtypes are NumPy's") {
#define ME_UNARY(text, codes) unary(text, codes);
#define ME_BINARY(text, codes) binary(text, codes);
#include "lang_numpy_dtypes.inc"
}

TEST_CASE("integers that do not fit are errors in arithmetic and values in comparisons") {
  CHECK(dtype_of("x + 300", "x:uint8") ==
        "type error 1:5 300 does not fit uint8 [uint8 holds 0 to 255]");
  CHECK(dtype_of("x * -1", "x:uint64") ==
        "type error 1:5 -1 does not fit uint64 [uint64 holds 0 to 18446744073709551615]");
  CHECK(dtype_of("x + (2**63 - 1)", "x:int64") == "int64");
  CHECK(dtype_of("x + 2**63", "x:uint64") == "uint64");
  CHECK(dtype_of("x + 2**63", "x:int64").starts_with("type error"));
  CHECK(dtype_of("x / 300", "x:uint8") == "float64");
  for (const char* test : {"x < 300", "x >= -1", "x == 2**63", "x != 2**70", "-2**64 < x"}) {
    CHECK(dtype_of(test, "x:uint8") == "bool");
    CHECK(dtype_of(test, "x:int64") == "bool");
    CHECK(dtype_of(test, "x:uint64") == "bool");
  }
  CHECK(dtype_of("clip(x, -5, 300)", "x:uint8") == "uint8");
}

TEST_CASE("scalars: operators keep Python's kinds, functions give NumPy scalars") {
  CHECK(dtype_of("1 + 2", "") == "int64");
  CHECK(dtype_of("1 / 2", "") == "float64");
  CHECK(dtype_of("2**63", "") == "uint64");
  CHECK(dtype_of("True + True", "") == "int64");
  CHECK(dtype_of("(1 / 2) * x", "x:float32") == "float32");
  CHECK(dtype_of("np.sqrt(2) * x", "x:float32") == "float64");
  CHECK(dtype_of("math.sqrt(2) * x", "x:float32") == "float32");
  CHECK(dtype_of("k * x", "x:float32 k:float64:weak") == "float32");
  CHECK(dtype_of("k * x", "x:int8 k:int64:weak") == "int8");
  CHECK(dtype_of("k * x", "x:int8 k:float64:weak") == "float64");
  CHECK(dtype_of("k * x", "x:float32 k:float64:uniform") == "float64");
  CHECK(dtype_of("float32(0.5) * x", "x:int8") == "float32");
  CHECK(dtype_of("x if x > 0 else 0.5", "x:float32") == "float32");
}
