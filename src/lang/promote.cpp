// Promotion with weak scalars.
//
// Enters: operand types. Leaves: their common type. Examples (numpy): int8 with a weak int is int8,
// int8 with a weak float is float64, float32 with a weak float is float32, bool with a weak int is
// int64. All pairs are compared with NumPy by tests/unit/lang_numpy_test.cpp.
#include "promote.h"

#include <algorithm>

namespace me::lang {
namespace {

// Rank of a Python scalar: bool < int < float < complex.
int rank(DType t) { return is_bool(t) ? 0 : is_int(t) ? 1 : is_float(t) ? 2 : 3; }

Type join_weak(Type a, Type b) {
  if (rank(a.dtype) != rank(b.dtype)) return rank(a.dtype) > rank(b.dtype) ? a : b;
  return a.dtype == DType::UInt64 ? a : b;
}

Type join_mixed(Type strong, Type weak) {
  const DType s = strong.dtype;
  switch (rank(weak.dtype)) {
    case 0: return strong;
    case 1: return {is_bool(s) ? DType::Int64 : s, false};
    case 2: return {is_float(s) || is_complex(s) ? s : DType::Float64, false};
    default:
      if (is_complex(s)) return strong;
      return {s == DType::Float32 ? DType::Complex64 : DType::Complex128, false};
  }
}

}  // namespace

Type join(Type a, Type b, const Rules& rules) {
  // Strings grow; families that do not mix are the business of whoever converts to the joined type.
  if (is_text(a.dtype) || is_text(b.dtype)) {
    a.width = a.dtype == b.dtype ? std::max(a.width, b.width) : a.width;
    return a;
  }
  if (a.weak && b.weak) return join_weak(a, b);
  if (a.weak) return join_mixed(b, a);
  if (b.weak) return join_mixed(a, b);
  return {rules.promote(a.dtype, b.dtype), false};
}

// Arrays first, so that a scalar meets their common type and not one of them; floats before
// integers, so that each integer meets a float by itself: int8, uint16 and float32 are float32.
Type join(std::span<const Type> types, const Rules& rules) {
  Type result;
  const auto add = [&](bool weak, bool whole) {
    for (const Type& t : types) {
      if (t.weak != weak || (rank(t.dtype) < 2) != whole) continue;
      result = result.dtype == DType::Auto ? t : join(result, t, rules);
    }
  };
  add(false, false);
  add(false, true);
  add(true, false);
  add(true, true);
  return result;
}

// Every array's own float width counts, not that of their common integer dtype: int16 and uint16
// give float32. A weak scalar counts only where it outranks all arrays: a float among integers, an
// integer among bools.
DType float_dtype(std::span<const Type> types, bool wide, const Rules& rules) {
  const auto as_float = [&](DType t) {
    if (is_float(t)) return t;
    const bool narrow = rules.narrow_floats && !wide && size_of(t) <= 2;
    return narrow ? DType::Float32 : DType::Float64;
  };
  if (!rules.narrow_floats) return as_float(join(types, rules).dtype);
  int strongest = -1;
  DType result = DType::Float32;
  for (const Type& t : types) {
    if (t.weak) continue;
    strongest = std::max(strongest, rank(t.dtype));
    if (as_float(t.dtype) == DType::Float64) result = DType::Float64;
  }
  for (const Type& t : types) {
    if (t.weak && rank(t.dtype) > strongest && as_float(t.dtype) == DType::Float64) {
      result = DType::Float64;
    }
  }
  return result;
}

}  // namespace me::lang
