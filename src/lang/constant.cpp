// Constants: reading numbers, and Python's arithmetic on them.
//
// Enters: the text of a number, or constants and an operation. Leaves: exact integers to 127 bits,
// float64 values, scalars of a dtype. Examples: "0x1p-3" is 0.125, "1_000" is 1000, 7 // -2 is -4,
// 2 ** 63 fits uint64 only.
// Tested by tests/unit/lang_number_test.cpp.
#include "constant.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace me::lang {
namespace {

constexpr Int128 kIntMax = (((Int128{1} << 126) - 1) << 1) + 1;
constexpr Int128 kIntMin = -kIntMax;
constexpr char kDivisionByZero[] = "division by zero";
constexpr char kZeroToNegative[] = "0 cannot be raised to a negative power";
constexpr char kTooLarge[] = "integer needs more than 127 bits: write it as a float";

bool is_digit_of(char c, int radix) {
  if (c >= '0' && c <= '9') return c - '0' < radix;
  const char lower = static_cast<char>(c | 0x20);
  return radix == 16 && lower >= 'a' && lower <= 'f';
}

int digit_value(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// The text without underscores; nothing if one does not stand between two digits.
std::optional<std::string> without_underscores(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '_') {
      out += s[i];
    } else if (i == 0 || i + 1 == s.size() || !is_digit_of(s[i - 1], 16) ||
               !is_digit_of(s[i + 1], 16)) {
      return std::nullopt;
    }
  }
  return out;
}

// Decimal exponent of a number too large or too small for float64: only its sign matters.
bool is_huge(std::string_view s, bool hex) {
  const std::size_t mark = s.find_first_of(hex ? "pP" : "eE");
  if (mark == std::string_view::npos) return s.find_first_not_of("0.") < s.find('.');
  const std::string_view mantissa = s.substr(0, mark);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = std::min(mantissa.find_first_not_of("0."), mantissa.size());
  const long long digit = hex ? 4 : 1;
  const long long lead = first < point ? static_cast<long long>(point - first)
                                       : -static_cast<long long>(first - point);
  std::string_view digits = s.substr(mark + 1);
  const bool minus = digits.front() == '-';
  if (digits.front() == '-' || digits.front() == '+') digits.remove_prefix(1);
  long long exponent = 0;
  for (char c : digits) {
    if (exponent < 1'000'000'000) exponent = exponent * 10 + (c - '0');
  }
  return lead * digit + (minus ? -exponent : exponent) > 0;
}

// `s` is well formed: digits with at most one point and exponent, without 0x.
double read_float(const std::string& s, bool hex) {
#if defined(__cpp_lib_to_chars)
  double v = 0;
  const auto format = hex ? std::chars_format::hex : std::chars_format::general;
  const auto [end, code] = std::from_chars(s.data(), s.data() + s.size(), v, format);
  if (code == std::errc::result_out_of_range) {
    return is_huge(s, hex) ? std::numeric_limits<double>::infinity() : 0.0;
  }
  return v;
#else
  // Standard libraries without from_chars for doubles sit on a C library whose only numeric locale
  // is "C" (Emscripten's musl), so strtod is as good.
  return std::strtod((hex ? "0x" + s : s).c_str(), nullptr);
#endif
}

Diagnostic bad(Span span, std::string message) {
  return {Status::ParseError, span, std::move(message), "", true};
}

// digits [. digits] [e|p [sign] digits], at least one mantissa digit.
bool is_well_formed(std::string_view s, int radix, bool& is_float) {
  std::size_t i = 0;
  std::size_t digits = 0;
  is_float = false;
  for (; i < s.size() && is_digit_of(s[i], radix); ++i) ++digits;
  if (i < s.size() && s[i] == '.') {
    is_float = true;
    for (++i; i < s.size() && is_digit_of(s[i], radix); ++i) ++digits;
  }
  if (digits == 0) return false;
  if (i < s.size() && (s[i] | 0x20) == (radix == 16 ? 'p' : 'e')) {
    is_float = true;
    ++i;
    if (i < s.size() && (s[i] == '+' || s[i] == '-')) ++i;
    const std::size_t first = i;
    while (i < s.size() && is_digit_of(s[i], 10)) ++i;
    if (i == first) return false;
  }
  return i == s.size() && (!is_float || radix == 10 || radix == 16);
}

bool multiply(Int128 a, Int128 b, Int128& out) {
  return !__builtin_mul_overflow(a, b, &out) && out >= kIntMin;
}

Folded value(Int128 v) { return {Constant::of_int(v), ""}; }
Folded value(double v) { return {Constant::of_float(v), ""}; }

Folded fold_int(Op op, Int128 a, Int128 b) {
  Int128 r = 0;
  switch (op) {
    case Op::Add:
      if (__builtin_add_overflow(a, b, &r) || r < kIntMin) return {{}, kTooLarge};
      return value(r);
    case Op::Sub:
      if (__builtin_sub_overflow(a, b, &r) || r < kIntMin) return {{}, kTooLarge};
      return value(r);
    case Op::Mul:
      if (!multiply(a, b, r)) return {{}, kTooLarge};
      return value(r);
    case Op::FloorDivide:
    case Op::Mod: {
      if (b == 0) return {{}, kDivisionByZero};
      Int128 q = a / b;
      if (a % b != 0 && (a < 0) != (b < 0)) --q;
      return value(op == Op::Mod ? a - q * b : q);
    }
    case Op::Pow: {
      if (b < 0 && a == 0) return {{}, kZeroToNegative};
      if (b < 0) return {};
      r = 1;
      if (a == 0 || a == 1) return value(b == 0 ? Int128{1} : a);
      if (a == -1) return value(b % 2 == 0 ? Int128{1} : Int128{-1});
      for (Int128 k = 0; k < b; ++k) {
        if (!multiply(r, a, r)) return {{}, kTooLarge};
      }
      return value(r);
    }
    case Op::BitAnd: return value(a & b);
    case Op::BitOr: return value(a | b);
    case Op::BitXor: return value(a ^ b);
    case Op::Shl:
      if (b < 0) return {{}, "negative shift count"};
      if (a == 0) return value(a);
      if (b > 126 || !multiply(a, Int128{1} << b, r)) return {{}, kTooLarge};
      return value(r);
    case Op::Shr:
      if (b < 0) return {{}, "negative shift count"};
      return value(b > 126 ? (a < 0 ? Int128{-1} : Int128{0}) : a >> b);
    default: return {};
  }
}

// a / b of integers rounded once, as Python does it: both may have more digits than a float.
Folded divide_integers(Int128 a, Int128 b) {
  if (b == 0) return {{}, kDivisionByZero};
  __extension__ typedef unsigned __int128 Unsigned;
  const auto size = [](Int128 v) { return static_cast<Unsigned>(v < 0 ? -v : v); };
  constexpr Unsigned kExact = Unsigned{1} << 53;
  if (size(a) <= kExact && size(b) <= kExact) {
    return value(static_cast<double>(a) / static_cast<double>(b));
  }
  // The quotient's first 64 bits, with a 1 at the end if any bit follows.
  Unsigned rest = size(a);
  Unsigned quotient = rest / size(b);
  rest %= size(b);
  int exponent = 0;
  while (quotient >> 64 != 0) {
    rest |= quotient & 1;
    quotient >>= 1;
    ++exponent;
  }
  while (exponent <= 0 && rest != 0 && quotient >> 63 == 0) {
    rest <<= 1;  // b is below 2^127
    quotient = quotient << 1 | (rest >= size(b) ? 1 : 0);
    if (rest >= size(b)) rest -= size(b);
    --exponent;
  }
  if (rest != 0) quotient |= 1;
  const double r = std::ldexp(static_cast<double>(static_cast<std::uint64_t>(quotient)), exponent);
  return value((a < 0) != (b < 0) ? -r : r);
}

// Whether a power surely exceeds every float: |a| is 2^k (1 + x), whose logarithm to base 2 lies
// between k + x and k + x + 0.087.
bool power_overflows(double a, double b) {
  if (a == 0 || !std::isfinite(a) || !std::isfinite(b)) return false;
  int e = 0;
  const double m = std::frexp(std::fabs(a), &e);
  const double low = e - 1 + (2 * m - 1);
  return (b > 0 ? low : low + 0.087) * b > 1025;
}

Folded fold_float(Op op, double a, double b) {
  switch (op) {
    case Op::Add: return value(a + b);
    case Op::Sub: return value(a - b);
    case Op::Mul: return value(a * b);
    case Op::Div:
      if (b == 0) return {{}, kDivisionByZero};
      return value(a / b);
    case Op::FloorDivide:
    case Op::Mod:
      if (b == 0) return {{}, kDivisionByZero};
      return {};
    case Op::Pow:
      if (a == 0 && b < 0) return {{}, kZeroToNegative};
      if (power_overflows(a, b)) return {{}, "the power is too large for a float"};
      return {};
    default: return {};
  }
}

// Sums and differences of parts; products and quotients are left to the program, which rounds them.
Folded fold_complex(Op op, const Constant& a, const Constant& b) {
  const double sign = op == Op::Sub ? -1.0 : 1.0;
  if (op != Op::Add && op != Op::Sub) return {};
  return {Constant::of_complex(a.as_double() + sign * b.as_double(), a.imag + sign * b.imag), ""};
}

}  // namespace

Result<Constant> parse_number(std::string_view text, Span span, bool leading_zeros) {
  const std::string shown(text.substr(0, 40));
  int radix = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    radix = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
  }
  if (radix == 10 && text.size() > 1 && (text.back() | 0x20) == 'j') {
    // Python reads 010j as 10j: leading zeros are allowed.
    ME_TRY(const Constant c, parse_number(text.substr(0, text.size() - 1), span, true));
    return Constant::of_complex(0, c.as_double());
  }
  std::string_view body = radix == 10 ? text : text.substr(2);
  if (radix != 10 && body.size() > 1 && body.front() == '_') body.remove_prefix(1);
  const auto digits = without_underscores(body);
  bool is_float = false;
  if (!digits || !is_well_formed(*digits, radix, is_float)) {
    return bad(span, "invalid number '" + shown + "'");
  }
  if (is_float) return Constant::of_float(read_float(*digits, radix == 16));
  if (radix == 10 && !leading_zeros && digits->size() > 1 && digits->front() == '0' &&
      digits->find_first_not_of('0') != std::string::npos) {
    return bad(span, "leading zeros in '" + shown + "': write 0o for octal");
  }
  Int128 v = 0;
  for (char c : *digits) {
    if (!multiply(v, radix, v) || v > kIntMax - digit_value(c)) return bad(span, kTooLarge);
    v += digit_value(c);
  }
  return Constant::of_int(v);
}

DType natural_dtype(const Constant& c) {
  if (c.kind == Constant::Kind::Bool) return DType::Bool;
  if (c.is_float()) return DType::Float64;
  if (c.is_complex()) return DType::Complex128;
  if (fits(c, DType::Int64)) return DType::Int64;
  return fits(c, DType::UInt64) ? DType::UInt64 : DType::Auto;
}

bool fits(const Constant& c, DType t) {
  if (is_float(t) || is_complex(t)) return true;
  if (!c.is_integer()) return false;
  if (is_bool(t)) return c.integer == 0 || c.integer == 1;
  const unsigned bits = bits_of(t);
  if (is_unsigned_int(t)) return c.integer >= 0 && c.integer < (Int128{1} << bits);
  const Int128 half = Int128{1} << (bits - 1);
  return c.integer >= -half && c.integer < half;
}

Scalar to_scalar(const Constant& c, DType t) {
  if (c.is_complex() && is_bool(t)) return Scalar::of_int(t, c.real != 0 || c.imag != 0);
  if (!c.is_integer()) return cast_scalar(Scalar::of_float(DType::Float64, c.real), t);
  if (t == DType::Float64) return Scalar::of_float(t, static_cast<double>(c.integer));
  if (t == DType::Float32) return Scalar::of_float(t, static_cast<float>(c.integer));
  if (is_bool(t)) return Scalar::of_int(t, c.integer != 0);
  return Scalar::of_int(t, static_cast<std::int64_t>(c.integer));
}

Folded fold_unary(Op op, const Constant& a) {
  if (a.is_complex()) {
    if (op == Op::Neg) return {Constant::of_complex(-a.real, -a.imag), ""};
    if (op == Op::Positive) return {a, ""};
    return {};
  }
  if (a.is_float()) {
    if (op == Op::Neg) return value(-a.real);
    if (op == Op::Positive) return value(a.real);
    return {};
  }
  if (op == Op::Positive) return value(a.integer);
  if (op == Op::Neg) return value(-a.integer);
  if (op == Op::BitNot) return fold_int(Op::Sub, -a.integer, 1);
  return {};
}

Folded fold_binary(Op op, const Constant& a, const Constant& b) {
  if (a.is_complex() || b.is_complex()) return fold_complex(op, a, b);
  if (a.is_float() || b.is_float()) return fold_float(op, a.as_double(), b.as_double());
  if (op == Op::Div) return divide_integers(a.integer, b.integer);
  return fold_int(op, a.integer, b.integer);
}

std::string to_string(const Constant& c) {
  if (c.kind == Constant::Kind::Bool) return c.integer != 0 ? "True" : "False";
  if (c.is_float()) {
    char buffer[32];
    return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, c.real).ptr);
  }
  if (c.is_complex()) {
    const std::string imag = to_string(Constant::of_float(c.imag)) + "j";
    if (c.real == 0) return imag;
    return "(" + to_string(Constant::of_float(c.real)) + (imag[0] == '-' ? "" : "+") + imag + ")";
  }
  Int128 v = c.integer < 0 ? -c.integer : c.integer;
  std::string out;
  do {
    out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(v % 10)));
    v /= 10;
  } while (v != 0);
  return c.integer < 0 ? "-" + out : out;
}

}  // namespace me::lang
