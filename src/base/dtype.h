// Element types: names, sizes, classes, and the two promotion tables (NumPy 2 and miniexpr).
//
// DType::Auto stands for "to be inferred" and never reaches the IR. Numeric values follow me_dtype.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace me {

enum class DType : std::uint8_t {
  Auto = 0,
#define ME_DTYPE(Id, spelling, Type, bytes, kind) Id,
#include "dtypes.def"
};

enum class DKind : std::uint8_t { None, Bool, Signed, Unsigned, Float, Complex, String, Bytes };

// Bytes per element; 0 for Auto, String and Bytes (their width is a property of the array).
std::size_t size_of(DType t);
DKind kind_of(DType t);
std::string_view name_of(DType t);
// The dtype spelled `name` as NumPy spells it, or Auto.
DType dtype_named(std::string_view name);

inline bool is_bool(DType t) { return t == DType::Bool; }
inline bool is_float(DType t) { return t == DType::Float32 || t == DType::Float64; }
bool is_signed_int(DType t);
bool is_unsigned_int(DType t);
inline bool is_int(DType t) { return is_signed_int(t) || is_unsigned_int(t); }
// bool, integers and floats: one value per element, in registers and constants.
inline bool is_numeric(DType t) { return t == DType::Bool || is_int(t) || is_float(t); }
// Strings (UCS4) and bytes: the width of an array is counted in code units of 4 bytes or 1.
inline bool is_text(DType t) { return t == DType::String || t == DType::Bytes; }
inline std::size_t unit_of(DType t) { return t == DType::String ? 4 : 1; }
// Bytes per element of any dtype; `width` is that of strings and bytes.
inline std::size_t size_of(DType t, std::uint32_t width) {
  return is_text(t) ? unit_of(t) * width : size_of(t);
}
// "float64", "string<U8>", "bytes<S3>": what messages and dumps call a type.
std::string type_text(DType t, std::uint32_t width);
// Whether `bytes` may be the size of one element of strings or bytes; true for other dtypes.
inline bool is_itemsize(DType t, std::size_t bytes) {
  return !is_text(t) || (bytes > 0 && bytes % unit_of(t) == 0);
}
// Complex numbers are pairs of floats (real, imaginary part), in arrays one after the other.
inline bool is_complex(DType t) { return t == DType::Complex64 || t == DType::Complex128; }
// What expressions of numbers may have: every dtype but strings.
inline bool is_number(DType t) { return is_numeric(t) || is_complex(t); }
// The float dtype of a complex dtype's parts, and the complex dtype with such parts.
inline DType part_of(DType t) {
  return t == DType::Complex64 ? DType::Float32 : DType::Float64;
}
inline DType complex_of(DType part) {
  return part == DType::Float32 ? DType::Complex64 : DType::Complex128;
}
inline unsigned bits_of(DType t) { return static_cast<unsigned>(size_of(t)) * 8; }
// The integer type of the given width in bytes (1, 2, 4, 8).
DType int_of_size(std::size_t bytes, bool is_signed);

// NumPy 2's result_type of two array dtypes (NEP 50); Auto when there is none.
DType promote_numpy(DType a, DType b);
// The miniexpr table: NumPy's but for signed integers meeting narrower unsigned ones
// (int16+uint8 -> int32, int32+uint8/16 -> int64, int64+uint8/16/32 -> float64).
DType promote_miniexpr(DType a, DType b);

// One scalar. String and Bytes: `bits` is the number of a text of the program that it belongs to; 0
// is the empty one. Integers (and bool as 0/1) live in `bits` sign- or zero-extended to
// 64 bits; float64 as its bit pattern; float32 as its bit pattern in the low 32 bits.
struct Scalar {
  DType dtype = DType::Auto;
  std::uint64_t bits = 0;

  static Scalar of_int(DType t, std::int64_t v);  // wraps to the width of t (integers and bool)
  static Scalar of_float(DType t, double v);      // rounds to t (float32, float64)
  std::int64_t as_int() const { return static_cast<std::int64_t>(bits); }
  double as_double() const;  // the value of any numeric dtype, rounded to float64
  friend bool operator==(const Scalar&, const Scalar&) = default;
};

// `v` converted to `to` by the language's cast rules: floats to integers truncate and saturate, NaN
// becomes 0; integers wrap; anything to bool is `!= 0` (NaN is true).
Scalar cast_scalar(Scalar v, DType to);
// Stores the scalar at `out` in its array representation (size_of(dtype) bytes).
void store_scalar(Scalar v, void* out);
// Reads one element of dtype `t` at `in`.
Scalar load_scalar(DType t, const void* in);

}  // namespace me
