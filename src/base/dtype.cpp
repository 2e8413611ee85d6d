// Element types: tables expanded from dtypes.def, promotion, and scalar conversion.
//
// Enters: dtypes and single scalar values. Leaves: sizes, names, promoted dtypes, converted scalars.
// Example: promote_numpy(Int32, UInt32) is Int64; cast_scalar(float64 300.7, UInt8) is 255.
// Tested by tests/unit/dtype_test.cpp.
#include "dtype.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace me {
namespace {

struct Info {
  std::string_view name;
  std::size_t bytes;
  DKind kind;
};

constexpr Info kInfo[] = {
    {"auto", 0, DKind::None},
#define ME_DTYPE(Id, spelling, Type, bytes, kind) {spelling, bytes, DKind::kind},
#include "dtypes.def"
};

const Info& info(DType t) { return kInfo[static_cast<std::size_t>(t)]; }

// Truncation that saturates at the limits of T; NaN gives 0.
template <class T>
T saturate(double v) {
  if (std::isnan(v)) return 0;
  // 2^digits is exact in double for every integer width; the limits of 64-bit types are not.
  const double above = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (v >= above) return std::numeric_limits<T>::max();
  const double below = std::numeric_limits<T>::is_signed ? -above : 0.0;
  if (v <= below) return std::numeric_limits<T>::min();
  return static_cast<T>(v);
}

std::uint64_t wrap_to(DType t, std::uint64_t v) {
  switch (t) {
    case DType::Bool: return v != 0;
    case DType::Int8: return static_cast<std::uint64_t>(static_cast<std::int8_t>(v));
    case DType::Int16: return static_cast<std::uint64_t>(static_cast<std::int16_t>(v));
    case DType::Int32: return static_cast<std::uint64_t>(static_cast<std::int32_t>(v));
    case DType::UInt8: return static_cast<std::uint8_t>(v);
    case DType::UInt16: return static_cast<std::uint16_t>(v);
    case DType::UInt32: return static_cast<std::uint32_t>(v);
    case DType::Int64:
    case DType::UInt64: return v;
    case DType::Auto:
    case DType::Float32:
    case DType::Float64:
    case DType::Complex64:
    case DType::Complex128:
    case DType::String:
    case DType::Bytes: break;
  }
  return v;
}

std::uint64_t saturate_bits(DType t, double v) {
  switch (t) {
    case DType::Bool: return !(v == 0);
    case DType::Int8: return static_cast<std::uint64_t>(std::int64_t{saturate<std::int8_t>(v)});
    case DType::Int16: return static_cast<std::uint64_t>(std::int64_t{saturate<std::int16_t>(v)});
    case DType::Int32: return static_cast<std::uint64_t>(std::int64_t{saturate<std::int32_t>(v)});
    case DType::Int64: return static_cast<std::uint64_t>(saturate<std::int64_t>(v));
    case DType::UInt8: return saturate<std::uint8_t>(v);
    case DType::UInt16: return saturate<std::uint16_t>(v);
    case DType::UInt32: return saturate<std::uint32_t>(v);
    case DType::UInt64: return saturate<std::uint64_t>(v);
    case DType::Auto:
    case DType::Float32:
    case DType::Float64:
    case DType::Complex64:
    case DType::Complex128:
    case DType::String:
    case DType::Bytes: break;
  }
  return 0;
}

bool is_string_kind(DKind k) { return k == DKind::String || k == DKind::Bytes; }

// The float dtype NumPy gives an integer that meets a float: 8/16-bit fit float32.
DType float_for(DType integer) { return size_of(integer) <= 2 ? DType::Float32 : DType::Float64; }

DType promote(DType a, DType b, bool numpy) {
  if (a == b) return a;
  const DKind ka = kind_of(a);
  const DKind kb = kind_of(b);
  if (ka == DKind::None || kb == DKind::None) return DType::Auto;
  if (is_string_kind(ka) || is_string_kind(kb)) return DType::Auto;
  if (ka == DKind::Bool) return b;
  if (kb == DKind::Bool) return a;
  if (ka == DKind::Complex || kb == DKind::Complex) {
    const DType complex = ka == DKind::Complex ? a : b;
    const DType other = ka == DKind::Complex ? b : a;
    if (complex == DType::Complex128 || other == DType::Complex128) return DType::Complex128;
    const DType as_float = is_int(other) ? float_for(other) : other;
    return as_float == DType::Float64 ? DType::Complex128 : DType::Complex64;
  }
  if (is_float(a) && is_float(b)) return DType::Float64;
  if (is_float(a) || is_float(b)) {
    const DType f = is_float(a) ? a : b;
    const DType i = is_float(a) ? b : a;
    return f == DType::Float64 ? f : float_for(i);
  }
  if (ka == kb) return size_of(a) >= size_of(b) ? a : b;
  const DType s = ka == DKind::Signed ? a : b;
  const DType u = ka == DKind::Signed ? b : a;
  if (numpy && size_of(s) > size_of(u)) return s;
  // miniexpr widens a signed type that already holds the unsigned one once more, except int8's row.
  const std::size_t bytes = (size_of(s) > size_of(u) ? size_of(s) : size_of(u)) * 2;
  return bytes > 8 ? DType::Float64 : int_of_size(bytes, true);
}

}  // namespace

std::size_t size_of(DType t) { return info(t).bytes; }
std::string type_text(DType t, std::uint32_t width) {
  if (t == DType::String) return "string<U" + std::to_string(width) + ">";
  if (t == DType::Bytes) return "bytes<S" + std::to_string(width) + ">";
  return std::string(name_of(t));
}

DKind kind_of(DType t) { return info(t).kind; }
std::string_view name_of(DType t) { return info(t).name; }

DType dtype_named(std::string_view name) {
  for (std::size_t i = 1; i < std::size(kInfo); ++i) {
    if (kInfo[i].name == name) return static_cast<DType>(i);
  }
  return DType::Auto;
}

bool is_signed_int(DType t) { return kind_of(t) == DKind::Signed; }
bool is_unsigned_int(DType t) { return kind_of(t) == DKind::Unsigned; }

DType int_of_size(std::size_t bytes, bool is_signed) {
  switch (bytes) {
    case 1: return is_signed ? DType::Int8 : DType::UInt8;
    case 2: return is_signed ? DType::Int16 : DType::UInt16;
    case 4: return is_signed ? DType::Int32 : DType::UInt32;
    default: return is_signed ? DType::Int64 : DType::UInt64;
  }
}

DType promote_numpy(DType a, DType b) { return promote(a, b, true); }
DType promote_miniexpr(DType a, DType b) { return promote(a, b, false); }

Scalar Scalar::of_int(DType t, std::int64_t v) {
  return {t, wrap_to(t, static_cast<std::uint64_t>(v))};
}

Scalar Scalar::of_float(DType t, double v) {
  Scalar s{t, 0};
  if (t == DType::Float32) {
    const float f = static_cast<float>(v);
    std::uint32_t b;
    std::memcpy(&b, &f, sizeof b);
    s.bits = b;
  } else {
    std::memcpy(&s.bits, &v, sizeof v);
  }
  return s;
}

double Scalar::as_double() const {
  if (dtype == DType::Float64) {
    double v;
    std::memcpy(&v, &bits, sizeof v);
    return v;
  }
  if (dtype == DType::Float32) {
    const auto low = static_cast<std::uint32_t>(bits);
    float v;
    std::memcpy(&v, &low, sizeof v);
    return v;
  }
  if (dtype == DType::UInt64) return static_cast<double>(bits);
  return static_cast<double>(static_cast<std::int64_t>(bits));
}

Scalar cast_scalar(Scalar v, DType to) {
  if (v.dtype == to) return v;
  if (is_float(v.dtype)) {
    if (is_float(to)) return Scalar::of_float(to, v.as_double());
    return {to, saturate_bits(to, v.as_double())};
  }
  if (to == DType::Float64) return Scalar::of_float(to, v.as_double());
  if (to == DType::Float32) {
    // Straight to float32: going through float64 would round 64-bit integers twice.
    const float f = v.dtype == DType::UInt64 ? static_cast<float>(v.bits)
                                             : static_cast<float>(v.as_int());
    return Scalar::of_float(to, f);
  }
  return {to, wrap_to(to, v.bits)};
}

void store_scalar(Scalar v, void* out) {
  // Little-endian hosts only (x86-64, aarch64, wasm): the low bytes are the value.
  std::memcpy(out, &v.bits, size_of(v.dtype));
}

Scalar load_scalar(DType t, const void* in) {
  std::uint64_t raw = 0;
  std::memcpy(&raw, in, size_of(t));
  if (is_float(t)) return {t, raw};
  return {t, wrap_to(t, raw)};
}

}  // namespace me
