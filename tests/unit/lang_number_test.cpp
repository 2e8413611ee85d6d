// Numbers and constant arithmetic: every notation, exact integers, no locale, no overflow.
#include <doctest/doctest.h>

#include <clocale>
#include <cmath>

#include "lang/constant.h"

namespace {

using namespace me;
using namespace me::lang;

Constant number(const std::string& text, bool leading_zeros = false) {
  auto c = parse_number(text, {0, 1}, leading_zeros);
  REQUIRE_MESSAGE(static_cast<bool>(c), text);
  return *c;
}
double real(const std::string& text) {
  const Constant c = number(text);
  REQUIRE(c.is_float());
  return c.real;
}
std::string integer(const std::string& text) {
  const Constant c = number(text);
  REQUIRE_FALSE(c.is_float());
  return to_string(c);
}
bool refused(const std::string& text) {
  return !parse_number(text, {0, 1}, false);
}

}  // namespace

TEST_CASE("integers of every radix are exact") {
  CHECK(integer("0") == "0");
  CHECK(integer("000") == "0");
  CHECK(integer("1_000") == "1000");
  CHECK(integer("0x_fF") == "255");
  CHECK(integer("0b101") == "5");
  CHECK(integer("0o17") == "15");
  CHECK(integer("9007199254740993") == "9007199254740993");
  CHECK(integer("18446744073709551615") == "18446744073709551615");
  CHECK(to_string(number("007", true)) == "7");
  CHECK(refused("007"));
  CHECK(refused(std::string(60, '9')));
}

TEST_CASE("floats, decimal and hexadecimal") {
  CHECK(real("1.") == 1.0);
  CHECK(real(".5") == 0.5);
  CHECK(real("1e3") == 1000.0);
  CHECK(real("1_0.2_5e+0_1") == 102.5);
  CHECK(real("0x1.8p3") == 12.0);
  CHECK(real("0x.8p-1") == 0.25);
  CHECK(real("0.1") == 0.1);
  CHECK(real("007.5") == 7.5);
  CHECK(real("1e999") == INFINITY);
  CHECK(real("1e-999") == 0.0);
  CHECK(real("0x1p99999") == INFINITY);
  CHECK(real("0.000001e" + std::string(100, '9')) == INFINITY);
  CHECK(real("0." + std::string(100000, '3')) == doctest::Approx(1.0 / 3));
  CHECK(real("4.9e-324") == 4.9e-324);
}

TEST_CASE("malformed numbers are refused") {
  for (const char* text : {"1__0", "1_", "0x", "0b2", "0o8", "12abc", "1e", "1e+", "0x1p", "0b1.1",
                           "1.5x", "0xg", "1e5.5"}) {
    CHECK_MESSAGE(refused(text), text);
  }
  const auto complex = parse_number("2j", {0, 1}, false);
  REQUIRE(static_cast<bool>(complex));
  CHECK(complex->is_complex());
  CHECK(complex->real == 0);
  CHECK(complex->imag == 2);
  CHECK(parse_number("1_0.5e1J", {0, 1}, false)->imag == 105);
  CHECK(parse_number("010j", {0, 1}, false)->imag == 10);
  CHECK_FALSE(static_cast<bool>(parse_number("0x1j", {0, 1}, false)));
  CHECK_FALSE(static_cast<bool>(parse_number("0b1j", {0, 1}, false)));
}

TEST_CASE("the locale has no say") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) CHECK(real("1.5") == 1.5);
  }
  std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("constants know where they fit and convert exactly") {
  const Constant big = Constant::of_int((Int128{1} << 64) - 1);
  CHECK(natural_dtype(big) == DType::UInt64);
  CHECK(to_scalar(big, DType::UInt64).bits == ~std::uint64_t{0});
  CHECK(natural_dtype(Constant::of_int(Int128{1} << 64)) == DType::Auto);
  CHECK(fits(Constant::of_int(-128), DType::Int8));
  CHECK_FALSE(fits(Constant::of_int(128), DType::Int8));
  CHECK_FALSE(fits(Constant::of_int(-1), DType::UInt64));
  CHECK(fits(Constant::of_int(-1), DType::Float32));
  CHECK(to_scalar(Constant::of_int(300), DType::UInt8).bits == 44);
  // 2**24 + 1 rounds once on its way to float32.
  CHECK(to_scalar(Constant::of_int(16777217), DType::Float32).as_double() == 16777216.0);
}

TEST_CASE("arithmetic on constants is Python's") {
  const auto fold = [](Op op, Int128 a, Int128 b) {
    const Folded f = fold_binary(op, Constant::of_int(a), Constant::of_int(b));
    return f.value ? to_string(*f.value) : f.error;
  };
  CHECK(fold(Op::FloorDivide, 7, -2) == "-4");
  CHECK(fold(Op::Mod, 7, -2) == "-1");
  CHECK(fold(Op::Mod, -7, 2) == "1");
  CHECK(fold(Op::Div, 1, 4) == "0.25");
  const auto quotient = [](Int128 a, Int128 b) {
    return fold_binary(Op::Div, Constant::of_int(a), Constant::of_int(b)).value->real;
  };
  constexpr Int128 kOdd = (Int128{1} << 53) + 1;
  CHECK(quotient(1, kOdd) == 0x1.fffffffffffffp-54);
  CHECK(quotient(-3, kOdd) == -0x1.7ffffffffffffp-52);
  CHECK(quotient(kOdd, 1) == 0x1p53);
  CHECK(quotient(kOdd * kOdd, kOdd) == 0x1p53);
  CHECK(quotient((Int128{1} << 126) - 1, (Int128{1} << 63) + 1) == 0x1p63);
  CHECK(quotient(Int128{1} << 100, 3) == 0x1.5555555555555p98);
  CHECK(fold(Op::Pow, 2, 64) == "18446744073709551616");
  CHECK(fold(Op::Pow, -1, 1'000'000'000'001) == "-1");
  CHECK(fold(Op::Shr, -5, 200) == "-1");
  CHECK(fold(Op::Shl, 0, 1'000'000) == "0");
  CHECK(fold(Op::FloorDivide, 1, 0) == "division by zero");
  CHECK(fold(Op::Pow, 10, 40) == "integer needs more than 127 bits: write it as a float");
  CHECK(fold(Op::Shl, 1, 200) == "integer needs more than 127 bits: write it as a float");
  CHECK_FALSE(fold_binary(Op::Pow, Constant::of_int(2), Constant::of_int(-1)).value);
}
