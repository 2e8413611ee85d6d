// A value known while compiling: Python's bool, int (to 127 bits), float or complex.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/dtype.h"
#include "base/ops.h"
#include "base/status.h"

namespace me::lang {

__extension__ typedef __int128 Int128;

struct Constant {
  enum class Kind : std::uint8_t { Bool, Int, Float, Complex };
  Kind kind = Kind::Int;
  Int128 integer = 0;  // Bool: 0 or 1
  double real = 0;     // Float, Complex
  double imag = 0;     // Complex

  static Constant of_bool(bool v) { return {Kind::Bool, v, 0, 0}; }
  static Constant of_int(Int128 v) { return {Kind::Int, v, 0, 0}; }
  static Constant of_float(double v) { return {Kind::Float, 0, v, 0}; }
  static Constant of_complex(double re, double im) { return {Kind::Complex, 0, re, im}; }
  bool is_float() const { return kind == Kind::Float; }
  bool is_complex() const { return kind == Kind::Complex; }
  // Bool or Int.
  bool is_integer() const { return kind == Kind::Bool || kind == Kind::Int; }
  // The value, of a complex number its real part.
  double as_double() const { return is_integer() ? static_cast<double>(integer) : real; }
  bool negative() const { return is_integer() ? integer < 0 : is_float() && real < 0; }
};

// Reads the text of a Number token: decimal, hex, octal, binary, hex float, underscores. The locale
// has no say. A `j` suffix of a decimal number makes it imaginary. `leading_zeros` allows 007.
Result<Constant> parse_number(std::string_view text, Span span, bool leading_zeros);

// int64, or uint64 for what only that holds; Auto when 64 bits are too few.
DType natural_dtype(const Constant& c);
// Whether an integer or bool constant is representable in `t` (floats hold them all).
bool fits(const Constant& c, DType t);
// The constant in `t`: integers wrap, floats round, floats to integers truncate and saturate.
Scalar to_scalar(const Constant& c, DType t);

// The value of `op a` / `a op b` in Python's arithmetic where it is exact or correctly rounded:
// integer + - * // % ** & | ^ << >> ~, float + - * /, complex + - and negation. Nothing otherwise; an
// integer beyond 127 bits, or a division by zero, is an error text.
struct Folded {
  std::optional<Constant> value;
  std::string error;
};
Folded fold_unary(Op op, const Constant& a);
Folded fold_binary(Op op, const Constant& a, const Constant& b);

std::string to_string(const Constant& c);

}  // namespace me::lang
